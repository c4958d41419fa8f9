import { type Command, retryTimer } from "../domain/command.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import type { Failure } from "../workflow/index.ts";
import { outsideIn, resolve } from "../workflow/index.ts";
import type { Look, Playbook, Specialist } from "./specialist.ts";
import type { Progress, TaskContext, Tools } from "./task.ts";

const triesAllowed = 2;
const retryAfterMs = 1000;

/** The playbook of a task; null when it takes a model. */
export function playbookOf(specialist: Specialist, task: string): Playbook | null {
  return Object.hasOwn(specialist.tasks, task) ? (specialist.tasks[task]?.playbook ?? null) : null;
}

/** Takes the looks that can be taken now; with all of them seen, the task is done. */
export function goOn(playbook: Playbook, task: TaskContext, tools: Tools): Progress {
  if (playbook.looks.every((look) => Object.hasOwn(task.outputs, look.id))) return report(playbook, task);
  const open = playbook.looks.filter((look) => task.tries[look.id] === undefined);
  const inFlight = Object.keys(task.tries).some((id) => !Object.hasOwn(task.outputs, id));
  const next = playbook.order === "together" ? open : inFlight ? [] : open.slice(0, 1);
  return next.reduce<Progress>(
    (so, look) => {
      const { context, commands } = take(playbook, so.context, look, tools);
      return { context, commands: [...so.commands, ...commands] };
    },
    { context: { ...task, phase: "acting" }, commands: [] },
  );
}

/** A look has its output. */
export function seen(playbook: Playbook, task: TaskContext, step: string, output: Json, tools: Tools): Progress {
  if (Object.hasOwn(task.outputs, step)) return { context: task, commands: [] };
  return goOn(playbook, { ...task, outputs: { ...task.outputs, [step]: output } }, tools);
}

/** A look failed: it is taken once more in a moment, or the task does without it, or fails. */
export function missed(playbook: Playbook, task: TaskContext, step: string, error: Failure, tools: Tools): Progress {
  if (Object.hasOwn(task.outputs, step)) return { context: task, commands: [] };
  if (!error.retryable || (task.tries[step] ?? 0) >= triesAllowed) {
    const others = playbook.looks.filter(({ id }) => id !== step);
    const blind = others.every(({ id }) => isUnknown(task.outputs[id]));
    if (playbook.looks.find(({ id }) => id === step)?.optional && !blind)
      return seen(playbook, task, step, { unknown: error.message }, tools);
    return {
      context: { ...task, phase: "failed", error: `“${step}” failed: ${error.message}`, retryable: error.retryable },
      commands: [],
    };
  }
  const again: Command = {
    type: "timer",
    params: { id: retryTimer(step), event: { type: "step.retry", step }, delayMs: retryAfterMs },
  };
  return { context: task, commands: [again] };
}

function isUnknown(output: Json | undefined): boolean {
  return output !== null && typeof output === "object" && "unknown" in output;
}

/** The moment has passed. */
export function retry(playbook: Playbook, task: TaskContext, step: string, tools: Tools): Progress {
  const look = playbook.looks.find((one) => one.id === step);
  return look === undefined || Object.hasOwn(task.outputs, step)
    ? { context: task, commands: [] }
    : take(playbook, task, look, tools);
}

function report(playbook: Playbook, task: TaskContext): Progress {
  const found = playbook.report(task.input, task.outputs);
  const output =
    task.instead === null
      ? found
      : { ...found, summary: `${found.summary} (without a model: ${task.instead})`, withoutModel: task.instead };
  const tell: Command = {
    type: "tell",
    params: { id: "answer", to: "parent", event: { type: "task.done", task: task.id, output } },
  };
  return { context: { ...task, phase: "done" }, commands: [tell] };
}

function take(playbook: Playbook, task: TaskContext, look: Look, tools: Tools): Progress {
  const args = resolve(look.args, {
    input: task.input,
    requester: { id: "", name: "" },
    outputs: task.outputs,
  }) as JsonObject;
  const tainted = taintedIn(playbook, task, look.args, tools);
  const perform: Command = {
    type: "perform",
    params: {
      id: `${look.id}#1`,
      step: look.id,
      generation: 1,
      tool: look.tool,
      args,
      gate: null,
      ...(tainted.length > 0 && { tainted }),
    },
  };
  return {
    context: { ...task, tries: { ...task.tries, [look.id]: (task.tries[look.id] ?? 0) + 1 } },
    commands: [perform],
  };
}

/** The arguments of a look that hold input from outside, or what a tool brought from there. */
function taintedIn(playbook: Playbook, task: TaskContext, args: JsonObject, tools: Tools): string[] {
  return outsideIn(args, {
    trusted: (tool) => tools.get(tool)?.trusted === true,
    call(id) {
      const look = playbook.looks.find((one) => one.id === id);
      return look === undefined ? null : { name: look.tool, args: look.args };
    },
    isOutside: (reference) =>
      reference.source === "input" ? (task.tainted?.includes(reference.name) ?? false) : reference.source === "step",
  });
}
