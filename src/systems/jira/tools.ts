import { getComments, getIssue, searchAndReconsileIssuesUsingJqlPost as searchIssues } from "jira.js/cloud";
import type { Client } from "jira.js/core";
import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import { excerpt } from "../answer.ts";
import { commentTool, createTool, transitionTool } from "./acts.ts";
import { type JiraAccess, jiraClient } from "./client.ts";
import { textOf } from "./document.ts";
import { Fields, IssueKey, timeoutMs } from "./fields.ts";
import type { FindIssues } from "./tickets.ts";

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
