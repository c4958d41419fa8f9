import { z } from "zod";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import { excerpt } from "../answer.ts";
import { type Github, type GithubAccess, githubClient, placeOf, Repository } from "./client.ts";
import { commitsTool, deploymentsTool, workflowRunsTool } from "./history.ts";
import { Issue, Label, labelTool, timeoutMs } from "./labels.ts";

const Body = z.string().min(1).max(60_000);

/** Issues, labels and the history of repositories, with the rights of the token. */
export function githubTools(access: GithubAccess): AnyTool[] {
  const github = githubClient(access);
  const egress = [new URL(access.url).host];
  return [
    issueTool(github),
    commentTool(github),
    labelTool(github),
    createTool(github),
    commitsTool(github),
    deploymentsTool(github),
    workflowRunsTool(github),
  ].map((tool) => ({ ...tool, egress, timeoutMs }));
}

/** An invisible line by which what we wrote is found again. */
function mark(body: string, effectId: string): string {
  return `${body}\n\n${markOf(effectId)}`;
}

function markOf(effectId: string): string {
  return `<!-- steward:${effectId} -->`;
}

function issueTool(github: Github) {
  return defineTool({
    name: "github.issue",
    summary: "Read an issue or pull request with its newest comments",
    params: Issue,
    result: z.object({
      number: z.number(),
      title: z.string(),
      state: z.string(),
      author: z.string(),
      labels: z.array(z.string()),
      body: z.string(),
      url: z.string(),
      comments: z.array(z.object({ author: z.string(), at: z.string(), body: z.string() })),
    }),
    risk: () => "read" as const,
    effect: "keyed",
    timeoutMs,
    steers: ["repository", "number"],
    describe: ({ repository, number }) => `Read ${repository}#${number}`,
    async run({ args: { repository, number }, signal }) {
      const where = { ...placeOf(repository), issue_number: number, request: { signal } };
      const { data } = await github("GET /repos/{owner}/{repo}/issues/{issue_number}", where);
      const newest = Math.max(1, Math.ceil(data.comments / 10));
      const comments =
        data.comments === 0
          ? []
          : (
              await github("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", {
                ...where,
                per_page: 10,
                page: newest,
              })
            ).data;
      return {
        number: data.number,
        title: data.title,
        state: data.state,
        author: data.user?.login ?? "nobody",
        labels: data.labels.map((label) => (typeof label === "string" ? label : (label.name ?? ""))),
        body: excerpt(data.body),
        url: data.html_url,
        comments: comments.map((comment) => ({
          author: comment.user?.login ?? "nobody",
          at: comment.created_at,
          body: excerpt(comment.body, 2000),
        })),
      };
    },
  });
}

const Written = z.object({ id: z.number(), url: z.string() });

function commentTool(github: Github) {
  return defineTool({
    name: "github.comment",
    summary: "Comment on an issue or pull request",
    params: Issue.extend({ body: Body }),
    result: Written,
    risk: () => "write" as const,
    effect: "findable",
    timeoutMs,
    steers: ["repository", "number"],
    describe: ({ repository, number, body }) => `Comment on ${repository}#${number}: ${body}`,
    final: "Who was notified has read it; what is wrong is put right in another comment.",
    async dryRun({ args: { repository, number } }) {
      const where = { ...placeOf(repository), issue_number: number };
      const { data } = await github("GET /repos/{owner}/{repo}/issues/{issue_number}", where);
      const locked = data.locked ? " It is locked: the comment may be turned away." : "";
      return `“${excerpt(data.title, 200)}” is ${data.state} and has ${countOf(data.comments, "comment")}.${locked}`;
    },
    async run({ args: { repository, number, body }, effectId, signal }) {
      const { data } = await github("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
        ...placeOf(repository),
        issue_number: number,
        body: mark(body, effectId),
        request: { signal },
      });
      return { id: data.id, url: data.html_url };
    },
    async find({ args: { repository, number }, effectId }) {
      const where = { ...placeOf(repository), issue_number: number };
      const { data } = await github("GET /repos/{owner}/{repo}/issues/{issue_number}", where);
      // The newest are on the last pages; a quoted mark can only come after ours.
      const last = Math.ceil(data.comments / 100);
      for (let page = last; page > Math.max(0, last - pagesSearched); page--) {
        const comments = await github("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", {
          ...where,
          per_page: 100,
          page,
        });
        const ours = comments.data.find((comment) => comment.body?.endsWith(markOf(effectId)));
        if (ours) return { id: ours.id, url: ours.html_url };
      }
      return null;
    },
  });
}

const pagesSearched = 5;

function countOf(count: number, what: string): string {
  return count === 0 ? `no ${what}s` : count === 1 ? `1 ${what}` : `${count} ${what}s`;
}

function createTool(github: Github) {
  return defineTool({
    name: "github.createIssue",
    summary: "Open an issue",
    params: z.object({
      repository: Repository,
      title: z.string().min(1).max(256),
      body: Body,
      labels: z.array(Label).max(20).default([]),
    }),
    result: Written.extend({ number: z.number() }),
    risk: () => "write" as const,
    effect: "findable",
    timeoutMs,
    steers: ["repository", "labels"],
    describe: ({ repository, title }) => `Open an issue in ${repository}: ${title}`,
    final: "An issue stays: whoever looks after it closes it.",
    async dryRun({ args: { repository, title } }) {
      const { data } = await github("GET /repos/{owner}/{repo}/issues", {
        ...placeOf(repository),
        state: "all",
        sort: "created",
        direction: "desc",
        per_page: 100,
      });
      const same = data.find((issue) => issue.title.toLowerCase() === title.toLowerCase());
      return same
        ? `There is one of this title already: #${same.number}, which is ${same.state}.`
        : `None of the newest ${data.length} of ${repository} has this title.`;
    },
    async run({ args: { repository, title, body, labels }, effectId, signal }) {
      const { data } = await github("POST /repos/{owner}/{repo}/issues", {
        ...placeOf(repository),
        title,
        body: mark(body, effectId),
        labels,
        request: { signal },
      });
      return { id: data.id, number: data.number, url: data.html_url };
    },
    async find({ args: { repository }, effectId }) {
      // The list knows a new issue at once; GitHub's search knows it later.
      for (let page = 1; page <= pagesSearched; page++) {
        const { data } = await github("GET /repos/{owner}/{repo}/issues", {
          ...placeOf(repository),
          state: "all",
          sort: "created",
          direction: "desc",
          per_page: 100,
          page,
        });
        const ours = data.find((issue) => issue.body?.endsWith(markOf(effectId)));
        if (ours) return { id: ours.id, number: ours.number, url: ours.html_url };
        if (data.length < 100) break;
      }
      return null;
    },
  });
}
