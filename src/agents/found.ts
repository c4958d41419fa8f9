import type { Json } from "../domain/json.ts";
import type { Progress, TaskContext } from "./task.ts";

/** The tool that says what the tasks found that had this one's work before it. */
export const foundTool = "agents.found";
export const foundStep = "found";

/** Asks what was found so far, before a model goes on with it. */
export function askForFound(task: TaskContext): Progress {
  const tasks = (task.takesOver ?? []).map((before) => before.task);
  const params = { id: `${foundStep}#1`, step: foundStep, generation: 1, tool: foundTool, args: { tasks }, gate: null };
  return { context: task, commands: [{ type: "perform", params }] };
}

/** The task with what came of that in its input, as something from outside: tools and models wrote it. */
export function withFound(task: TaskContext, found: Json): TaskContext {
  const tried = (task.takesOver ?? []).map(({ by, error }) => ({ by, error }));
  return {
    ...task,
    input: { ...task.input, takenOver: { tried, found } },
    tainted: [...(task.tainted ?? []), "takenOver"],
  };
}

/** What a task that failed had found out, in our own words: the tools that answered, and the calls of which nobody knows. */
export function knownOf({ talk, outputs }: TaskContext): string {
  const results = (talk?.turns ?? []).flatMap((turn) => turn.results);
  const answered = [
    ...results.flatMap(({ tool, error }) => (error === undefined ? [tool] : [])),
    ...Object.keys(outputs),
  ];
  const doubtful = (talk?.calls ?? []).flatMap(({ tool, state }) => (state === "doubt" ? [tool] : []));
  return [
    ...(answered.length > 0 ? [`It had answers of ${[...new Set(answered)].join(", ")}.`] : []),
    ...(doubtful.length > 0 ? [`Nobody knows whether ${[...new Set(doubtful)].join(", ")} happened.`] : []),
  ].join(" ");
}
