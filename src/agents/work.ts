import type { Command, MachineEvent } from "../domain/command.ts";
import type { Json } from "../domain/json.ts";
import { takeBack } from "./calls.ts";
import { askForFound, foundStep, knownOf, withFound } from "./found.ts";
import { inItsPlace, noTime, watchTime } from "./limit.ts";
import { goOn, missed, playbookOf, retry, seen } from "./playbook.ts";
import { askForSeat, endWait, readSeat, waitForSeat } from "./seat.ts";
import { type Specialist, type Thinking, thinks } from "./specialist.ts";
import { beginTalk, endTalk, hear } from "./talk.ts";
import type { Progress, Talk, TaskContext, TaskEvent, TaskInput, Tools } from "./task.ts";
import { turnTool } from "./turn.ts";

type Talking = TaskContext & { readonly talk: Talk };

/** A task before its first event. */
export function taskContext(input: TaskInput): TaskContext {
  return {
    ...input,
    phase: "assigned",
    seat: 0,
    tries: {},
    outputs: {},
    talk: null,
    instead: null,
    error: null,
    retryable: false,
  };
}

/**
 * One event in the life of a task. Pure: with the same tools the same task and event always give the same. A task with a
 * model is done by talking to it, as far as that leads; otherwise by its playbook.
 */
export function work(specialist: Specialist, task: TaskContext, event: TaskEvent, tools: Tools): Progress {
  const next = step(specialist, task, event, tools);
  const { phase, error, retryable } = next.context;
  if (phase !== "failed" || task.phase === "failed") return next;
  const known = knownOf(next.context);
  const told = tell(task, { message: error ?? "it failed", retryable, ...(known !== "" && { known }) });
  return { context: next.context, commands: [...next.commands, ...told] };
}

function step(specialist: Specialist, task: TaskContext, event: TaskEvent, tools: Tools): Progress {
  const same: Progress = { context: task, commands: [] };
  if (event.type === "cancel") return cancelled(task, event);
  // A later version may have it no more.
  if (!Object.hasOwn(specialist.tasks, task.task)) return failed(task, `${specialist.name} has no task “${task.task}”`);
  if (event.type === "begin") return begun(specialist, task, tools);
  if (task.phase === "assigned") return assigned(specialist, task, event, tools);
  if (task.talk !== null && task.instead === null && thinks(specialist))
    return hear(specialist, task as Talking, event, tools);
  const playbook = playbookOf(specialist, task.task);
  if (playbook === null) return failed(task, `${specialist.name} cannot do “${task.task}” without a model`);
  switch (event.type) {
    case "gate.opened":
      // It was taken back before it was there.
      return { context: task, commands: [takeBack(event.gate, inItsPlace)] };
    case "effect.done":
      return Object.hasOwn(task.tries, event.step) ? seen(playbook, task, event.step, event.output, tools) : same;
    case "effect.failed":
      return Object.hasOwn(task.tries, event.step) ? missed(playbook, task, event.step, event.error, tools) : same;
    case "effect.inDoubt":
      // Looks only read, so one that may or may not have happened is simply taken again.
      return Object.hasOwn(task.tries, event.step)
        ? missed(playbook, task, event.step, { message: "it did not answer", retryable: true }, tools)
        : same;
    case "step.retry":
      return retry(playbook, task, event.step, tools);
    default:
      return same;
  }
}

function begun(specialist: Specialist, task: TaskContext, tools: Tools): Progress {
  const asked = askForSeat(specialist, task);
  const watch = talks(specialist, task, tools) ? watchTime(specialist, task) : [];
  return { context: asked.context, commands: [...asked.commands, ...watch] };
}

/** Waiting for a seat, or for what those who had the task before it found. */
function assigned(specialist: Specialist, task: TaskContext, event: TaskEvent, tools: Tools): Progress {
  switch (event.type) {
    case "effect.done":
      return event.step === foundStep
        ? start(specialist, withFound(task, event.output), tools)
        : seated(specialist, task, event.output, tools);
    case "effect.failed":
      if (event.step === foundStep) return start(specialist, withFound(task, null), tools);
      return event.error.retryable
        ? waitForSeat(specialist, task, 0)
        : failed(task, `no seat could be had: ${event.error.message}`);
    case "seat.again":
      return askForSeat(specialist, task);
    case "time.short":
      return { context: { ...task, instead: noTime }, commands: [] };
    case "message":
      return { context: { ...task, heard: [...(task.heard ?? []), `${event.from}: ${event.text}`] }, commands: [] };
    default:
      return { context: task, commands: [] };
  }
}

function seated(specialist: Specialist, task: TaskContext, output: Json, tools: Tools): Progress {
  const { seated: isSeated, ahead, free } = readSeat(output);
  if (isSeated) {
    const isTaken = (task.takesOver ?? []).length > 0 && talks(specialist, task, tools);
    const next = isTaken ? askForFound(task) : start(specialist, task, tools);
    return { context: next.context, commands: [...endWait(specialist, task), ...next.commands] };
  }
  if (free === null || !task.others?.includes(free)) return waitForSeat(specialist, task, ahead);
  const error = { message: `${specialist.name} has no seat free`, retryable: true };
  const event = { type: "task.failed", task: task.id, error, to: free };
  return {
    context: { ...task, phase: "passed" },
    commands: [{ type: "tell", params: { id: "answer", to: "parent", event } }],
  };
}

function talks(specialist: Specialist, task: TaskContext, tools: Tools): specialist is Thinking {
  return tools.has(turnTool) && thinks(specialist) && specialist.tasks[task.task]?.plain !== true;
}

/** Why none of these specialists can do a task here: it takes a model, and there is none. Null where one can. */
export function whyNoAgent(
  specialists: readonly Specialist[],
  hasModel: boolean,
  names: readonly string[],
  task: string,
): string | null {
  const able = specialists.filter(({ name }) => names.includes(name));
  const [first] = able;
  if (hasModel || first === undefined || able.some((one) => playbookOf(one, task) !== null)) return null;
  return `The agent ${needsModel(first, task)}: set ANTHROPIC_API_KEY for one, or ask for what is to be done itself.`;
}

function needsModel({ name }: Specialist, task: string): string {
  return `${name} needs a model to do “${task}”, and none is configured`;
}

function start(specialist: Specialist, task: TaskContext, tools: Tools): Progress {
  if (talks(specialist, task, tools) && task.instead === null) return beginTalk(specialist, task);
  const playbook = playbookOf(specialist, task.task);
  return playbook === null ? failed(task, needsModel(specialist, task.task)) : goOn(playbook, task, tools);
}

/** Whoever gave the task knows that it ended it; when somebody else did, it is told. */
function cancelled(task: TaskContext, { by, reason = "" }: Extract<TaskEvent, { type: "cancel" }>): Progress {
  const open = task.talk === null ? [] : endTalk(task as Talking);
  const who = typeof by === "string" ? by : "somebody";
  const message = `${who} stopped it${reason && `: ${reason}`}`;
  const told = by === undefined ? [] : tell(task, { message, retryable: false, ended: true });
  return { context: { ...task, phase: "cancelled" }, commands: [...open, ...told] };
}

function failed(task: TaskContext, error: string): Progress {
  return { context: { ...task, phase: "failed", error }, commands: [] };
}

/** What a task that is stuck tells whoever gave it: it counts as failed. */
export function failedAs(task: TaskContext, because: string): MachineEvent {
  const known = knownOf(task);
  const error = { message: `it is stuck (${because})`, retryable: false, ...(known !== "" && { known }) };
  return { type: "task.failed", task: task.id, error };
}

function tell(task: TaskContext, error: { readonly [key: string]: Json }): Command[] {
  const event = { type: "task.failed", task: task.id, error };
  return [{ type: "tell", params: { id: "answer", to: "parent", event } }];
}
