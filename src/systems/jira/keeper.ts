import {
  addComment,
  deleteComment,
  getComments,
  getCommentsByIds,
  getCurrentUser,
  getIssue,
  updateComment,
} from "jira.js/cloud";
import type { Client } from "jira.js/core";
import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import { cleanText } from "../../domain/text.ts";
import { keepOne } from "../one-note.ts";
import { type JiraAccess, jiraClient } from "./client.ts";
import { type Document, documentOf, linkTo, textOf } from "./document.ts";

/** What is said on a ticket of the run whose page this is, and the mark by which it is found again. */
interface OnTicket {
  readonly ticket: { readonly key: string };
  readonly mark: string;
  readonly page: string;
  readonly text: string;
  readonly signal: AbortSignal;
}

interface OwnComment {
  readonly id: string;
  readonly text: string;
}

const marker = "steward.run";
/** How Jira Service Management is told that customers do not see a comment; other projects ignore it. */
const internal = { key: "sd.public.comment", value: { internal: true } };
const pageSize = 100;
/** As many as Jira Cloud takes on one ticket. */
const mostComments = 5000;
const Home = z.looseObject({ project: z.looseObject({ key: z.string() }) });

/**
 * Keeps one comment of ours on a ticket of these projects up to date, with the rights of the account. One that Jira adds after
 * we have looked again stays until more is said.
 */
export function jiraKeeper(access: JiraAccess, projects: readonly string[]) {
  return {
    name: "Jira",
    async show({ ticket: { key }, mark, page, text, signal }: OnTicket): Promise<void> {
      const jira = jiraClient(access, signal);
      await checkProject(jira, key, projects);
      const body = bodyOf(text, page);
      const { accountId } = await getCurrentUser(jira);
      if (!accountId) throw new Fault("tool-failed", "Jira does not say whose JIRA_API_TOKEN is.");
      await keepOne<OwnComment>({
        known: () => ownComments(jira, { key, mark, accountId }),
        says: (comment) => comment.text === textOf(body),
        add: () => addComment(jira, { issueIdOrKey: key, body, properties: [{ key: marker, value: mark }, internal] }),
        edit: ({ id }) => updateComment(jira, { issueIdOrKey: key, id, body: { body } }),
        remove: ({ id }) => deleteComment(jira, { issueIdOrKey: key, id }),
      });
    },
  };
}

/** A ticket that was moved still answers to its old key: where it is now counts. */
async function checkProject(jira: Client, key: string, projects: readonly string[]): Promise<void> {
  const { fields } = await getIssue(jira, { issueIdOrKey: key, fields: ["project"] });
  const home = Home.safeParse(fields).data?.project.key;
  if (home === undefined || !projects.includes(home))
    throw new Fault(
      "bad-request",
      `${key} is in the project ${home ?? "nobody knows"}, which is not among connectors.jira.projects in steward.yaml: add it there if runs may write on its tickets.`,
      { undone: true },
    );
}

/** The comments that we wrote for this run, the oldest first: whoever copies its mark has another account. */
async function ownComments(
  jira: Client,
  { key, mark, accountId }: { readonly key: string; readonly mark: string; readonly accountId: string },
): Promise<readonly OwnComment[]> {
  const ours: OwnComment[] = [];
  let whole = false;
  for (let seen = 0; seen < mostComments && !whole; ) {
    const { comments = [], total } = await getComments(jira, {
      issueIdOrKey: key,
      startAt: seen,
      maxResults: pageSize,
      orderBy: "created",
    });
    const ids = comments.flatMap(({ id, author }) => (author?.accountId === accountId ? [Number(id)] : []));
    const { values = [] } = ids.length === 0 ? {} : await getCommentsByIds(jira, { ids, expand: "properties" });
    for (const { id, body, properties = [] } of values)
      if (id !== undefined && properties.some((one) => one.key === marker && one.value === mark))
        ours.push({ id, text: textOf(body) });
    seen += comments.length;
    whole = comments.length === 0 || seen === total;
  }
  if (!whole && ours.length === 0)
    throw new Fault("bad-request", `${key} has more than ${mostComments} comments: none is added to it.`, {
      undone: true,
    });
  return ours.sort((one, other) => Number(one.id) - Number(other.id));
}

/** The words as plain text, in which nobody is called, no macro runs and no address becomes a link, and our own page as the one link. */
function bodyOf(text: string, page: string): Document {
  const said = documentOf(
    cleanText(text)
      .replace(/[^\P{Cc}\n]/gu, " ")
      .replace(/:\/\//g, ": //"),
  );
  return { ...said, content: [...said.content, linkTo(page)] };
}
