import { setTimeout as wait } from "node:timers/promises";
import {
  addComment,
  createIssue,
  doTransition,
  getComments,
  getCommentsByIds,
  getIssue,
  getIssueProperty,
  getTransitions,
  searchAndReconsileIssuesUsingJqlPost as searchIssues,
} from "jira.js/cloud";
import type { Client } from "jira.js/core";
import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import { shorten } from "../../domain/text.ts";
import { defineTool } from "../../domain/tool.ts";
import { documentOf } from "./document.ts";
import { Fields, IssueKey, timeoutMs } from "./fields.ts";

const Text = z.string().min(1).max(30_000);

/** A label, because Jira's search finds labels; everybody sees that Steward opened it. */
function labelOf(effectId: string): string {
  return `steward-${effectId}`;
}

export function createTool(jira: Client, urlOf: (key: string) => string, lookAgainMs: number) {
  return defineTool({
    name: "jira.create",
    summary: "Create a Jira issue",
    params: z.object({
      project: z.string().regex(/^[A-Z][A-Z0-9_]{0,30}$/, "must be a project's key, for example OPS"),
      type: z.string().min(1).max(60).default("Task"),
      summary: z.string().min(1).max(255),
      description: Text,
      labels: z
        .array(z.string().regex(/^\S{1,100}$/))
        .max(20)
        .default([]),
    }),
    result: z.object({ key: z.string(), url: z.string() }),
    risk: () => "write" as const,
    effect: "findable",
    timeoutMs,
    steers: ["project", "type", "labels"],
    describe: ({ project, type, summary }) => `Create a ${type} in ${project}: ${summary}`,
    final: "An issue stays: whoever looks after it closes it.",
    async dryRun({ args: { project, summary } }) {
      const jql = `project = "${project}" ORDER BY created DESC`;
      const { issues = [] } = await searchIssues(jira, { jql, maxResults: 50, fields: ["summary", "status"] });
      const known = issues.map(({ key = "", fields }) => ({ key, ...Fields.parse(fields ?? {}) }));
      const found = known.find((one) => same(one.summary, summary));
      return found
        ? `There is one of this summary already: ${found.key}, which is ${found.status?.name ?? "of an unknown status"}.`
        : `None of the newest ${known.length} of ${project} has this summary.`;
    },
    async run({ args: { project, type, summary, description, labels }, effectId }) {
      const { key } = await createIssue(jira, {
        fields: {
          project: { key: project },
          issuetype: { name: type },
          summary,
          description: documentOf(description),
          labels: [...labels, labelOf(effectId)],
        },
      });
      return { key, url: urlOf(key) };
    },
    async find({ args: { project }, effectId }) {
      // What was created a moment ago may be missing from the first answers.
      for (let look = 1; look <= 3; look++) {
        const jql = `project = "${project}" AND labels = "${labelOf(effectId)}"`;
        const { issues = [] } = await searchIssues(jira, { jql, maxResults: 1, fields: ["labels"] });
        const key = issues[0]?.key;
        if (key !== undefined) return { key, url: urlOf(key) };
        if (look < 3) await wait(lookAgainMs);
      }
      return null;
    },
  });
}

const marker = "steward.effect";

export function commentTool(jira: Client) {
  return defineTool({
    name: "jira.comment",
    summary: "Comment on a Jira issue",
    params: z.object({ issue: IssueKey, text: Text }),
    result: z.object({ id: z.string() }),
    risk: () => "write" as const,
    effect: "findable",
    timeoutMs,
    steers: ["issue"],
    describe: ({ issue, text }) => `Comment on ${issue}: ${text}`,
    final: "Who was notified has read it; what is wrong is put right in another comment.",
    async dryRun({ args: { issue: issueIdOrKey } }) {
      const { fields } = await getIssue(jira, { issueIdOrKey, fields: ["summary", "status"] });
      const { summary, status } = Fields.parse(fields ?? {});
      const { total = 0 } = await getComments(jira, { issueIdOrKey, maxResults: 1 });
      const comments = total === 1 ? "1 comment" : `${total || "no"} comments`;
      return `“${shorten(summary, 200)}” is ${status?.name ?? "of an unknown status"} and has ${comments}.`;
    },
    async run({ args: { issue: issueIdOrKey, text }, effectId }) {
      const { id = "" } = await addComment(jira, {
        issueIdOrKey,
        body: documentOf(text),
        properties: [{ key: marker, value: effectId }],
      });
      return { id };
    },
    async find({ args: { issue: issueIdOrKey }, effectId }) {
      const { comments = [] } = await getComments(jira, { issueIdOrKey, maxResults: 100, orderBy: "-created" });
      const ids = comments.flatMap(({ id }) => (id === undefined ? [] : [Number(id)]));
      if (ids.length === 0) return null;
      const { values = [] } = await getCommentsByIds(jira, { ids, expand: "properties" });
      const ours = values.find(({ properties = [] }) =>
        properties.some(({ key, value }) => key === marker && value === effectId),
      );
      return ours?.id === undefined ? null : { id: ours.id };
    },
  });
}

const Moved = z.object({ before: z.string(), status: z.string() });

export function transitionTool(jira: Client) {
  return defineTool({
    name: "jira.transition",
    summary: "Move a Jira issue to another status",
    params: z.object({ issue: IssueKey, to: z.string().min(1).max(100) }),
    result: Moved,
    risk: () => "write" as const,
    effect: "findable",
    timeoutMs,
    describe: ({ issue, to }) => `Move ${issue} to ${to}`,
    compensate: ({ issue }, { before, status }) =>
      before === status ? null : { tool: "jira.transition", args: { issue, to: before } },
    async dryRun({ args: { issue, to } }) {
      const { now, offered } = await waysOf(jira, issue);
      return offered.some(({ status }) => same(status, to))
        ? `It is ${now}; it would be ${to}.`
        : `It is ${now}, and from there cannot be moved to ${to}.`;
    },
    async run({ args: { issue: issueIdOrKey, to }, effectId }) {
      const { now, offered } = await waysOf(jira, issueIdOrKey);
      if (same(now, to)) return { before: now, status: now };
      const way = offered.find(({ status }) => same(status, to));
      if (!way)
        throw new Fault(
          "bad-request",
          `${issueIdOrKey} is ${now} and cannot be moved to ${to}. It can be moved to: ${offered.map(({ status }) => status).join(", ") || "nothing"}.`,
          { undone: true },
        );
      const moved = { before: now, status: way.status };
      await doTransition(jira, {
        issueIdOrKey,
        transition: { id: way.id },
        properties: [{ key: `steward.${effectId}`, value: moved }],
      });
      return moved;
    },
    async find({ args: { issue: issueIdOrKey }, effectId }) {
      try {
        const { value } = await getIssueProperty(jira, { issueIdOrKey, propertyKey: `steward.${effectId}` });
        return Moved.parse(value);
      } catch (error) {
        if (error instanceof Fault && error.code === "not-found") return null;
        throw error;
      }
    },
  });
}

async function waysOf(jira: Client, issueIdOrKey: string) {
  const { fields } = await getIssue(jira, { issueIdOrKey, fields: ["status"] });
  const { transitions = [] } = await getTransitions(jira, { issueIdOrKey });
  return {
    now: Fields.parse(fields ?? {}).status?.name ?? "",
    offered: transitions.flatMap(({ id, to }) => (id && to?.name ? [{ id, status: to.name }] : [])),
  };
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
