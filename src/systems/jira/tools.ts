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
import { ticketKey } from "../../domain/ids.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import { excerpt } from "../answer.ts";
import { type JiraAccess, jiraClient } from "./client.ts";
import { documentOf, textOf } from "./document.ts";
import type { FindIssues } from "./tickets.ts";

const IssueKey = z.string().regex(ticketKey, "must be an issue's key, for example OPS-12");
const Text = z.string().min(1).max(30_000);
const timeoutMs = 30_000;

const Named = z.looseObject({ name: z.string().default("") }).nullish();
const Fields = z.looseObject({
  summary: z.string().default(""),
  status: Named,
  issuetype: Named,
  priority: Named,
  assignee: z.looseObject({ displayName: z.string().default("") }).nullish(),
  labels: z.array(z.string()).default([]),
  updated: z.coerce.string().default(""),
});
const Summary = z.object({
  key: z.string(),
  summary: z.string(),
  status: z.string(),
  type: z.string(),
  priority: z.string().nullable(),
  assignee: z.string().nullable(),
  labels: z.array(z.string()),
  updated: z.string(),
  url: z.string(),
});

/** Issues of a Jira site, with the rights of the account. `lookAgainMs`: how long its search may lag behind what was created. */
export function jiraTools(access: JiraAccess, { lookAgainMs = 4000 } = {}): AnyTool[] {
  const jira = jiraClient(access);
  const urlOf = (key: string) => new URL(`/browse/${key}`, access.url).href;
  const egress = [new URL(access.url).host];
  return [
    issueTool(jira, urlOf),
    searchTool(jira, urlOf),
    createTool(jira, urlOf, lookAgainMs),
    commentTool(jira),
    transitionTool(jira),
  ].map((tool) => ({ ...tool, egress, timeoutMs }));
}

const shownFields = ["summary", "status", "issuetype", "priority", "assignee", "labels", "updated"];

function summaryOf(key: string, fields: unknown, url: string): z.output<typeof Summary> {
  const known = Fields.safeParse(fields ?? {});
  if (!known.success) throw new Fault("tool-failed", `Jira describes ${key} in an unknown form.`);
  const { summary, status, issuetype, priority, assignee, labels, updated } = known.data;
  return {
    key,
    summary,
    status: status?.name ?? "",
    type: issuetype?.name ?? "",
    priority: priority?.name ?? null,
    assignee: assignee?.displayName ?? null,
    labels,
    updated,
    url,
  };
}

function issueTool(jira: Client, urlOf: (key: string) => string) {
  return defineTool({
    name: "jira.issue",
    summary: "Read a Jira issue with its newest comments",
    params: z.object({ issue: IssueKey }),
    result: Summary.extend({
      description: z.string(),
      comments: z.array(z.object({ author: z.string(), at: z.string(), text: z.string() })),
    }),
    risk: () => "read" as const,
    effect: "keyed",
    timeoutMs,
    // The account may see tickets that whoever reads the answer may not.
    steers: ["issue"],
    describe: ({ issue }) => `Read ${issue}`,
    async run({ args: { issue: issueIdOrKey } }) {
      const issue = await getIssue(jira, { issueIdOrKey, fields: [...shownFields, "description"] });
      const { comments = [] } = await getComments(jira, { issueIdOrKey, maxResults: 10, orderBy: "-created" });
      return {
        ...summaryOf(issueIdOrKey, issue.fields, urlOf(issueIdOrKey)),
        description: excerpt(textOf((issue.fields as Record<string, unknown> | undefined)?.["description"])),
        comments: comments.map(({ author, created, body }) => ({
          author: author?.displayName ?? "nobody",
          at: created ? new Date(created).toISOString() : "",
          text: excerpt(textOf(body), 2000),
        })),
      };
    },
  });
}

function searchTool(jira: Client, urlOf: (key: string) => string) {
  return defineTool({
    name: "jira.search",
    summary: "Find Jira issues with a JQL query",
    params: z.object({ jql: z.string().min(1).max(2000), limit: z.int().min(1).max(50).default(20) }),
    result: z.object({ issues: z.array(Summary), more: z.boolean() }),
    risk: () => "read" as const,
    effect: "keyed",
    timeoutMs,
    steers: ["jql"],
    describe: ({ jql }) => `Find Jira issues: ${jql}`,
    run: ({ args: { jql, limit } }) => found(jira, urlOf, jql, limit),
  });
}

async function found(jira: Client, urlOf: (key: string) => string, jql: string, limit: number) {
  const { issues = [], nextPageToken } = await searchIssues(jira, { jql, maxResults: limit, fields: shownFields });
  return {
    issues: issues.map(({ key = "", fields }) => summaryOf(key, fields, urlOf(key))),
    more: nextPageToken !== undefined,
  };
}

/** Finds issues of a Jira site by JQL, with the rights of the account. */
export function issueFinder(access: JiraAccess): FindIssues {
  const jira = jiraClient(access);
  return (jql, limit) => found(jira, (key) => new URL(`/browse/${key}`, access.url).href, jql, limit);
}

/** A label, because Jira's search finds labels; everybody sees that Steward opened it. */
function labelOf(effectId: string): string {
  return `steward-${effectId}`;
}

function createTool(jira: Client, urlOf: (key: string) => string, lookAgainMs: number) {
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

function commentTool(jira: Client) {
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

function transitionTool(jira: Client) {
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
