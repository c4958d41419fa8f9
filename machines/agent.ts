import type { EventObject, ParameterizedObject, ProvidedActor } from "xstate";
import { createMachine, enqueueActions } from "xstate";
import type { Specialist, TaskContext, TaskEvent, TaskInput, TaskPhase, Tools } from "../src/agents/index.ts";
import { failedAs, taskContext, work } from "../src/agents/index.ts";
import type { MachineEvent, Note, Open, Perform } from "../src/domain/command.ts";
import type { Json, JsonObject } from "../src/domain/json.ts";

export const version = 4;

const heard = [
  "effect.done",
  "effect.failed",
  "effect.inDoubt",
  "step.retry",
  "seat.again",
  "budget.again",
  "time.short",
  "gate.opened",
  "gate.waived",
  "gate.approved",
  "gate.denied",
  "gate.expired",
  "gate.superseded",
  "message",
] as const satisfies readonly TaskEvent["type"][];

/** What comes too late to matter. */
export const ignores: readonly string[] = [...heard, "cancel"];

/**
 * A task of version 1 knew only its playbook, and had begun it as soon as it was there. What version 2 wrote says the same in
 * version 3, whose tasks may also pass to a specialist that has a seat. Version 4 looks who else asks about a cap; what was being
 * asked before is asked on.
 */
export function upgrade(snapshot: Json, from: number): Json {
  const { value, context, ...rest } = snapshot as { value: TaskPhase; context: JsonObject };
  if (from > 2) return snapshot;
  // Version 2 did not note that a raise was allowed.
  if (from > 1) {
    const talk = context["talk"] as JsonObject | null;
    return talk?.["raise"] ? { ...rest, value, context: { ...context, talk: { ...talk, raising: true } } } : snapshot;
  }
  return {
    ...rest,
    value,
    context: { phase: value, seat: 0, talk: null, instead: null, retryable: false, ...context },
  };
}

/** Whoever gave the task hears that it failed; a person may resume it all the same. */
export function parked(snapshot: Json, because: string): MachineEvent {
  return failedAs((snapshot as { context: TaskContext }).context, because);
}

/**
 * Runs one task of a specialist, and tells whoever gave it how it went. With the tool `model.turn` a model thinks and the
 * machine acts, by rules the model has no part in; without, or when it is of no use, the playbook does.
 */
export function agentMachine(specialist: Specialist, tools: Tools) {
  const act = enqueueActions<
    TaskContext,
    // biome-ignore lint/suspicious/noExplicitAny: one action takes every event; XState asks for one type for each
    any,
    undefined,
    TaskEvent,
    ProvidedActor,
    AgentAction,
    ParameterizedObject,
    string,
    EventObject
  >(({ context, event, enqueue }) => {
    const next = work(specialist, context, event as TaskEvent, tools);
    for (const command of next.commands) {
      if (command.type === "timer")
        enqueue.raise(command.params.event as TaskEvent, { id: command.params.id, delay: command.params.delayMs });
      else if (command.type === "cancelTimer") enqueue.cancel(command.params.id);
      else enqueue(command as AgentAction);
    }
    enqueue.assign(next.context);
  });
  const on = Object.fromEntries([...heard, "cancel"].map((type) => [type, { actions: act }])) as Record<
    (typeof heard)[number] | "cancel",
    { actions: typeof act }
  >;
  const working = (state: TaskPhase) => ({
    on,
    always: phases
      .filter((target) => target !== state)
      .map((target) => ({ target, guard: ({ context }: { context: TaskContext }) => context.phase === target })),
  });
  return createMachine({
    types: {} as { context: TaskContext; events: TaskEvent; input: TaskInput; actions: AgentAction },
    id: "agent",
    context: ({ input }) => taskContext(input),
    initial: "assigned",
    states: {
      assigned: { ...working("assigned"), on: { ...on, begin: { actions: act } } },
      thinking: working("thinking"),
      acting: working("acting"),
      waiting: working("waiting"),
      reporting: working("reporting"),
      overBudget: working("overBudget"),
      done: { type: "final" },
      failed: { type: "final" },
      passed: { type: "final" },
      cancelled: { type: "final" },
    },
  });
}

const phases = [
  "assigned",
  "thinking",
  "acting",
  "waiting",
  "reporting",
  "overBudget",
  "done",
  "failed",
  "passed",
  "cancelled",
] as const satisfies readonly TaskPhase[];

/** The reserved actions a task speaks in; timers are delayed raises. */
type AgentAction =
  | { type: "perform"; params: Perform }
  | { type: "open"; params: Open }
  | { type: "tell"; params: JsonObject }
  | { type: "note"; params: Note };
