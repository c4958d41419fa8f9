import { z } from "zod";
import { defineTool } from "../../domain/tool.ts";
import { excerpt } from "../answer.ts";
import { type Github, placeOf, Repository } from "./client.ts";

const timeoutMs = 30_000;
const Limit = z.int().min(1).max(50).default(20);
const Instant = z.iso.datetime({ offset: true });

/** What was committed to a branch, newest first. */
export function commitsTool(github: Github) {
  return defineTool({
    name: "github.commits",
    summary: "List the newest commits of a branch",
    params: z.object({
      repository: Repository,
      branch: z.string().min(1).max(200).optional(),
      since: Instant.optional(),
      until: Instant.optional(),
      limit: Limit,
    }),
    result: z.object({
      commits: z.array(z.object({ sha: z.string(), title: z.string(), author: z.string(), at: z.string() })),
    }),
    risk: () => "read" as const,
    effect: "keyed",
    timeoutMs,
    steers: ["repository", "branch"],
    describe: ({ repository, branch }) => `List commits of ${repository}${branch ? ` on ${branch}` : ""}`,
    async run({ args: { repository, branch, since, until, limit }, signal }) {
      const { data } = await github("GET /repos/{owner}/{repo}/commits", {
        ...placeOf(repository),
        ...(branch ? { sha: branch } : {}),
        ...(since ? { since } : {}),
        ...(until ? { until } : {}),
        per_page: limit,
        request: { signal },
      });
      return {
        commits: data.map(({ sha, commit, author }) => ({
          sha,
          title: excerpt(commit.message.split("\n")[0], 200),
          author: author?.login ?? commit.author?.name ?? "nobody",
          at: commit.committer?.date ?? commit.author?.date ?? "",
        })),
      };
    },
  });
}

/** What was deployed where, newest first, and how it ended. */
export function deploymentsTool(github: Github) {
  return defineTool({
    name: "github.deployments",
    summary: "List the newest deployments and how they ended",
    params: z.object({
      repository: Repository,
      environment: z.string().min(1).max(100).optional(),
      limit: z.int().min(1).max(10).default(5),
    }),
    result: z.object({
      deployments: z.array(
        z.object({
          id: z.number(),
          environment: z.string(),
          ref: z.string(),
          sha: z.string(),
          by: z.string(),
          at: z.string(),
          /** "success", "failure", ...; null: nobody has said yet. */
          state: z.string().nullable(),
        }),
      ),
    }),
    risk: () => "read" as const,
    effect: "keyed",
    timeoutMs,
    steers: ["repository", "environment"],
    describe: ({ repository, environment }) =>
      `List deployments of ${repository}${environment ? ` to ${environment}` : ""}`,
    run: async ({ args, signal }) => ({ deployments: await deploymentsOf(github, args, signal) }),
  });
}

/** The newest deployments, with how each ended. */
export async function deploymentsOf(
  github: Github,
  wanted: { readonly repository: string; readonly environment?: string | undefined; readonly limit: number },
  signal: AbortSignal,
) {
  const { repository, environment, limit } = wanted;
  const place = placeOf(repository);
  const { data } = await github("GET /repos/{owner}/{repo}/deployments", {
    ...place,
    ...(environment ? { environment } : {}),
    per_page: limit,
    request: { signal },
  });
  const states = await Promise.all(
    data.map(({ id }) =>
      github("GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses", {
        ...place,
        deployment_id: Number(id),
        per_page: 1,
        request: { signal },
      }),
    ),
  );
  return data.map((one, i) => ({
    id: Number(one.id),
    environment: one.environment,
    ref: one.ref,
    sha: one.sha,
    by: one.creator?.login ?? "nobody",
    at: one.created_at,
    state: states[i]?.data[0]?.state ?? null,
  }));
}

/** What the workflows (CI) did, newest first. */
export function workflowRunsTool(github: Github) {
  return defineTool({
    name: "github.workflowRuns",
    summary: "List the newest workflow runs and how they ended",
    params: z.object({
      repository: Repository,
      branch: z.string().min(1).max(200).optional(),
      status: z.enum(["success", "failure", "cancelled", "in_progress", "queued", "completed"]).optional(),
      limit: Limit,
    }),
    result: z.object({
      runs: z.array(
        z.object({
          id: z.number(),
          workflow: z.string(),
          title: z.string(),
          branch: z.string().nullable(),
          sha: z.string(),
          event: z.string(),
          status: z.string().nullable(),
          conclusion: z.string().nullable(),
          at: z.string(),
          url: z.string(),
        }),
      ),
    }),
    risk: () => "read" as const,
    effect: "keyed",
    timeoutMs,
    steers: ["repository", "branch"],
    describe: ({ repository, branch }) => `List workflow runs of ${repository}${branch ? ` on ${branch}` : ""}`,
    async run({ args: { repository, branch, status, limit }, signal }) {
      const { data } = await github("GET /repos/{owner}/{repo}/actions/runs", {
        ...placeOf(repository),
        ...(branch ? { branch } : {}),
        ...(status ? { status } : {}),
        per_page: limit,
        request: { signal },
      });
      return {
        runs: data.workflow_runs.map((run) => ({
          id: run.id,
          workflow: run.name ?? "",
          title: excerpt(run.display_title, 200),
          branch: run.head_branch,
          sha: run.head_sha,
          event: run.event,
          status: run.status,
          conclusion: run.conclusion,
          at: run.created_at,
          url: run.html_url,
        })),
      };
    },
  });
}
