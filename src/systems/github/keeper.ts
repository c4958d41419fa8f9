import { Fault } from "../../domain/fault.ts";
import { keepOne } from "../one-note.ts";
import { type Github, type GithubAccess, githubClient, placeOf } from "./client.ts";

/** What is written on an issue, and the mark by which it is found again. */
interface OnIssue {
  readonly ticket: { readonly repository: string; readonly number: number };
  readonly mark: string;
  readonly text: string;
  readonly signal: AbortSignal;
}

interface OwnComment {
  readonly id: number;
  readonly body: string;
}

const pageSize = 100;
const pagesSearched = 20;
const onComments = "/repos/{owner}/{repo}/issues/{issue_number}/comments";
const onComment = "/repos/{owner}/{repo}/issues/comments/{comment_id}";

/** Keeps one comment of ours on an issue up to date, and closes issues, with the rights of the token. */
export function githubKeeper(access: GithubAccess) {
  const github = githubClient(access);
  return {
    name: "GitHub",
    async show({ ticket, mark, text, signal }: OnIssue): Promise<void> {
      const where = { ...placeOf(ticket.repository), request: { signal } };
      const body = `${plain(text)}\n\n${markOf(mark)}`;
      const self = await loginOf(github);
      await keepOne<OwnComment>({
        known: () => ownComments(github, { ticket, mark, signal }, self),
        says: (comment) => comment.body === body,
        add: () => github(`POST ${onComments}`, { ...where, issue_number: ticket.number, body }),
        edit: ({ id }) => github(`PATCH ${onComment}`, { ...where, comment_id: id, body }),
        remove: ({ id }) => github(`DELETE ${onComment}`, { ...where, comment_id: id }),
      });
    },
    async close({ ticket, signal }: OnIssue): Promise<void> {
      await github("PATCH /repos/{owner}/{repo}/issues/{issue_number}", {
        ...placeOf(ticket.repository),
        issue_number: ticket.number,
        state: "closed",
        state_reason: "completed",
        request: { signal },
      });
    },
  };
}

function markOf(run: string): string {
  return `<!-- steward:run:${run} -->`;
}

/** Who the token is; null where it is no user's but an app's. */
async function loginOf(github: Github): Promise<string | null> {
  try {
    return (await github("GET /user")).data.login;
  } catch (error) {
    if (error instanceof Fault && error.retryAfterMs === null) return null;
    throw error;
  }
}

/** The comments that we wrote for this run, the oldest first: whoever copies its mark has another name. */
async function ownComments(
  github: Github,
  { ticket, mark, signal }: Omit<OnIssue, "text">,
  self: string | null,
): Promise<readonly OwnComment[]> {
  const ours: OwnComment[] = [];
  let whole = false;
  for (let page = 1; page <= pagesSearched && !whole; page++) {
    const { data } = await github(`GET ${onComments}`, {
      ...placeOf(ticket.repository),
      issue_number: ticket.number,
      per_page: pageSize,
      page,
      request: { signal },
    });
    for (const { id, body, user } of data)
      if (body?.endsWith(markOf(mark)) && (self === null ? user?.type === "Bot" : user?.login === self))
        ours.push({ id: Number(id), body });
    whole = data.length < pageSize;
  }
  if (!whole && ours.length === 0)
    throw new Fault(
      "bad-request",
      `${ticket.repository} #${ticket.number} has more than ${pagesSearched * pageSize} comments: none is added to it.`,
      { undone: true },
    );
  return ours.sort((one, other) => one.id - other.id);
}

/** Words as they are: nobody is called by @, no other issue is named, nothing becomes a link, a heading or HTML. */
function plain(text: string): string {
  return text.replace(/[@#[\]<>`*_~|\\]/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/:\/\//g, ":&#47;/");
}
