import type { Command } from "../domain/command.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import type { Failure } from "../workflow/index.ts";
import { resolve } from "../workflow/index.ts";
import type { Look, Playbook, Specialist } from "./specialist.ts";

/** What a task begins with: `id` is the name its answer carries. */
export type TaskInput = {
  readonly id: string;
  readonly task: string;
  readonly specialist: string;
  readonly input: JsonObject;
};

/** A task's whole memory: the tries and outputs of its looks, and why it failed. */
export type TaskContext = TaskInput & {
  readonly tries: Readonly<Record<string, number>>;
  readonly outputs: JsonObject;
  readonly error: string | null;
};

export type TaskEvent =
  | { readonly type: "begin" }
  | { readonly type: "effect.done"; readonly step: string; readonly generation: number; readonly output: Json }
  | { readonly type: "effect.failed"; readonly step: string; readonly generation: number; readonly error: Failure }
  | { readonly type: "effect.inDoubt"; readonly step: string; readonly generation: number }
  | { readonly type: "step.retry"; readonly step: string }
  | { readonly type: "cancel" };

const triesAllowed = 2;
const retryAfterMs = 1000;

/** One event in the life of a task. Pure. Looks only read, so one that may or may not have happened is simply taken again. */
export function work(
  specialist: Specialist,
  task: TaskContext,
  event: TaskEvent,
): { readonly context: TaskContext; readonly commands: readonly Command[] } {
  const playbook = playbookOf(specialist, task.task);
  if (playbook === null)
    return { context: { ...task, error: `${specialist.name} has no task “${task.task}”` }, commands: [] };
  switch (event.type) {
    case "begin":
      return takeNext(playbook, task);
    case "effect.done":
      return Object.hasOwn(task.outputs, event.step)
        ? { context: task, commands: [] }
        : takeNext(playbook, { ...task, outputs: { ...task.outputs, [event.step]: event.output } });
    case "effect.failed":
      return again(task, event.step, event.error);
    case "effect.inDoubt":
      return again(task, event.step, { message: "it did not answer", retryable: true });
    case "step.retry": {
      const look = playbook.looks.find((one) => one.id === event.step);
      return look === undefined || Object.hasOwn(task.outputs, look.id)
        ? { context: task, commands: [] }
        : take(task, look);
    }
    case "cancel":
      return { context: task, commands: timersOf(task) };
  }
}

/** Whether every look has its output. */
export function isSeen(specialist: Specialist, task: TaskContext): boolean {
  return playbookOf(specialist, task.task)?.looks.every((look) => Object.hasOwn(task.outputs, look.id)) ?? false;
}

/** What is told to whoever gave the task, done or failed; and the timers that are no longer wanted. */
export function answerOf(specialist: Specialist, task: TaskContext): readonly Command[] {
  const event =
    task.error === null
      ? {
          type: "task.done",
          task: task.id,
          output: playbookOf(specialist, task.task)?.report(task.input, task.outputs) ?? null,
        }
      : { type: "task.failed", task: task.id, error: { message: task.error, retryable: false } };
  return [...timersOf(task), { type: "tell", params: { id: "answer", to: "parent", event } }];
}

function playbookOf(specialist: Specialist, task: string): Playbook | null {
  return Object.hasOwn(specialist.tasks, task) ? (specialist.tasks[task]?.playbook ?? null) : null;
}

function takeNext(playbook: Playbook, task: TaskContext): { context: TaskContext; commands: Command[] } {
  const open = playbook.looks.filter((look) => task.tries[look.id] === undefined);
  const inFlight = Object.keys(task.tries).some((id) => !Object.hasOwn(task.outputs, id));
  const next = playbook.order === "together" ? open : inFlight ? [] : open.slice(0, 1);
  return next.reduce<{ context: TaskContext; commands: Command[] }>(
    (so, look) => {
      const { context, commands } = take(so.context, look);
      return { context, commands: [...so.commands, ...commands] };
    },
    { context: task, commands: [] },
  );
}

function take(task: TaskContext, look: Look): { context: TaskContext; commands: Command[] } {
  const args = resolve(look.args, {
    input: task.input,
    requester: { id: "", name: "" },
    outputs: task.outputs,
  }) as JsonObject;
  const perform: Command = {
    type: "perform",
    params: { id: `${look.id}#1`, step: look.id, generation: 1, tool: look.tool, args, gate: null },
  };
  return {
    context: { ...task, tries: { ...task.tries, [look.id]: (task.tries[look.id] ?? 0) + 1 } },
    commands: [perform],
  };
}

function again(task: TaskContext, step: string, error: Failure): { context: TaskContext; commands: Command[] } {
  if (Object.hasOwn(task.outputs, step)) return { context: task, commands: [] };
  if (!error.retryable || (task.tries[step] ?? 0) >= triesAllowed)
    return { context: { ...task, error: `“${step}” failed: ${error.message}` }, commands: [] };
  return {
    context: task,
    commands: [
      { type: "timer", params: { id: `retry:${step}`, event: { type: "step.retry", step }, delayMs: retryAfterMs } },
    ],
  };
}

function timersOf(task: TaskContext): Command[] {
  return Object.keys(task.tries)
    .filter((id) => !Object.hasOwn(task.outputs, id))
    .map((id) => ({ type: "cancelTimer", params: { id: `retry:${id}` } }));
}
