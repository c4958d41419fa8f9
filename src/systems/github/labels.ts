import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import { defineTool } from "../../domain/tool.ts";
import { type Github, placeOf, Repository } from "./client.ts";

export const Issue = z.object({ repository: Repository, number: z.int().min(1) });
export const Label = z.string().max(50).regex(/[^.]/, "must hold more than dots");
export const timeoutMs = 30_000;

/** Puts labels on an issue and takes them off. */
export function labelTool(github: Github) {
  return defineTool({
    name: "github.label",
    summary: "Put labels on an issue or pull request, or take them off",
    params: Issue.extend({ add: z.array(Label).max(20).default([]), remove: z.array(Label).max(20).default([]) }),
    result: z.object({ added: z.array(z.string()), removed: z.array(z.string()) }),
    risk: () => "write" as const,
    // Labels carry no key and no mark of ours: a second try could not tell what the first has changed, nor take it back.
    effect: "opaque",
    timeoutMs,
    describe: ({ repository, number, add, remove }) =>
      `Label ${repository}#${number}: ${[...add.map((label) => `add “${label}”`), ...remove.map((label) => `remove “${label}”`)].join(", ") || "nothing"}`,
    compensate: ({ repository, number }, { added, removed }) =>
      added.length + removed.length === 0
        ? null
        : { tool: "github.label", args: { repository, number, add: removed, remove: added } },
    async dryRun({ args: { repository, number, add, remove } }) {
      const has = await labelsOf(github, repository, number);
      const missing = add.filter((label) => !has.includes(label));
      const there = remove.filter((label) => has.includes(label));
      return `It has ${has.join(", ") || "no labels"}. ${missing.length} would be added, ${there.length} removed.`;
    },
    async run({ args: { repository, number, add, remove }, signal }) {
      const has = await labelsOf(github, repository, number).catch((error: unknown) => {
        throw nothingDone(error);
      });
      const where = { ...placeOf(repository), issue_number: number, request: { signal } };
      const added = add.filter((label) => !has.includes(label));
      const removed: string[] = [];
      if (added.length > 0)
        await github("POST /repos/{owner}/{repo}/issues/{issue_number}/labels", { ...where, labels: added });
      for (const name of remove.filter((label) => has.includes(label)))
        try {
          await github("DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}", { ...where, name });
          removed.push(name);
        } catch (error) {
          // Somebody else has just taken it off.
          if (error instanceof Fault && error.code === "not-found") continue;
          throw added.length + removed.length > 0 ? halfDone(error) : error;
        }
      return { added, removed };
    },
  });
}

/** What went wrong before anything was asked to change. */
function nothingDone(error: unknown): unknown {
  if (!(error instanceof Fault)) return error;
  const { code, message, retryAfterMs } = error;
  return new Fault(code, message, { cause: error, undone: true, ...(retryAfterMs !== null && { retryAfterMs }) });
}

/** What was refused after some labels were changed: it has happened in part, which the refusal does not say. */
function halfDone(error: unknown): Fault {
  return new Fault("tool-failed", `Some labels are changed, and then: ${(error as Error).message}`, { cause: error });
}

async function labelsOf(github: Github, repository: string, number: number): Promise<string[]> {
  const { data } = await github("GET /repos/{owner}/{repo}/issues/{issue_number}/labels", {
    ...placeOf(repository),
    issue_number: number,
    per_page: 100,
  });
  return data.map((label) => label.name);
}
