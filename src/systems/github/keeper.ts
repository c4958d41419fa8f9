import { Fault } from "../../domain/fault.ts";
import { type Github, type GithubAccess, githubClient, placeOf } from "./client.ts";

/** What is written on an issue, and the mark by which it is found again. */
interface OnIssue {
  readonly ticket: { readonly repository: string; readonly number: number };
  readonly mark: string;
  readonly text: string;
  readonly signal: AbortSignal;
}

const pageSize = 100;
const pagesSearched = 20;

/** Keeps one comment of ours on an issue up to date, and closes issues, with the rights of the token. */
export function githubKeeper(access: GithubAccess) {
  const github = githubClient(access);
  let self: Promise<string | null> | undefined;
  return {
    name: "GitHub",
    async show({ ticket, mark, text, signal }: OnIssue): Promise<void> {
      const where = { ...placeOf(ticket.repository), request: { signal } };
      const body = `${plain(text)}\n\n${markOf(mark)}`;
      self ??= loginOf(github);
      const known = await ownComment(github, { ticket, mark, signal }, await self);
      if (known === null)
        await github("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
          ...where,
          issue_number: ticket.number,
          body,
        });
      else if (known.body !== body)
        await github("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", {
          ...where,
          comment_id: known.id,
          body,
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

/** The comment that we wrote for this run: whoever copies its mark has another name. */
async function ownComment(
  github: Github,
  { ticket, mark, signal }: Omit<OnIssue, "text">,
  self: string | null,
): Promise<{ readonly id: number; readonly body: string } | null> {
  for (let page = 1; page <= pagesSearched; page++) {
    const { data } = await github("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", {
      ...placeOf(ticket.repository),
      issue_number: ticket.number,
      per_page: pageSize,
      page,
      request: { signal },
    });
    const ours = data.find(
      ({ body, user }) => body?.endsWith(markOf(mark)) && (self === null ? user?.type === "Bot" : user?.login === self),
    );
    if (ours) return { id: Number(ours.id), body: ours.body ?? "" };
    if (data.length < pageSize) return null;
  }
  return null;
}

/** Words as they are: nobody is called by @, no other issue is named, nothing becomes a link, a heading or HTML. */
function plain(text: string): string {
  return text.replace(/[@#[\]<>`*_~|\\]/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/:\/\//g, ":&#47;/");
}
