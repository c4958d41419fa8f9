import { specialists } from "./agents/index.ts";
import { deriveId } from "./domain/ids.ts";
import type { Agents } from "./http/ports.ts";
import { type Definition, define, findReferences, nearName } from "./workflow/index.ts";

type Spawned = Awaited<ReturnType<Agents["spawn"]>>;
type Spawn = Parameters<Agents["spawn"]>[0];

const step = "task";

/** Gives a specialist a task as a run of its own: a definition with that one step. */
export async function spawn(
  { specialist: name, task, input, ...start }: Spawn,
  begin: (start: Omit<Spawn, "specialist" | "task" | "input"> & { readonly definition: Definition }) => Promise<string>,
): Promise<Spawned> {
  const specialist = specialists.find((one) => one.name === name);
  if (specialist === undefined)
    return unknown(
      `There is no specialist “${name}”`,
      name,
      specialists.map((one) => one.name),
    );
  if (!Object.hasOwn(specialist.tasks, task))
    return unknown(`${name} has no task “${task}”`, task, Object.keys(specialist.tasks));
  if (findReferences(input).length > 0)
    return { kind: "refused", sentence: "The input of a task is plain values: leave out ${{ }}.", near: [] };
  const definition = define({
    name: `${name}-${task}`,
    summary: specialist.tasks[task]?.summary ?? "",
    on: [{ manual: true }],
    input: {},
    title: `have ${name} do ${task}`,
    steps: [{ id: step, kind: "agent", dependsOn: [], agent: { specialist: name, task, input }, onError: "fail" }],
    reply: `\${{ steps.${step}.output.summary }}`,
  });
  const workflowId = await begin({ ...start, definition });
  return { kind: "spawned", workflowId, agentId: deriveId(workflowId, `${step}#1`) };
}

function unknown(sentence: string, name: string, names: readonly string[]): Spawned {
  const near = nearName(name, names);
  return {
    kind: "refused",
    sentence: `${sentence}: ${near === null ? `there is ${names.join(", ")}` : `did you mean ${near}?`}`,
    near: near === null ? names : [near],
  };
}
