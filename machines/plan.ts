import type { EventObject, ParameterizedObject, ProvidedActor } from "xstate";
import { createMachine, enqueueActions } from "xstate";
import type { Note, Open, Perform } from "../src/domain/command.ts";
import type { Json, JsonObject } from "../src/domain/json.ts";
import type { Audiences, Definition, PlanContext, PlanEvent, PlanInput, Trusted } from "../src/workflow/index.ts";
import { planContext, progress } from "../src/workflow/index.ts";

export const version = 2;

type Heard = PlanEvent["type"];
const heard = [
  "effect.done",
  "effect.failed",
  "effect.inDoubt",
  "gate.opened",
  "gate.waived",
  "gate.approved",
  "gate.denied",
  "gate.expired",
  "gate.elsewhere",
  "gate.superseded",
  "task.done",
  "task.failed",
  "expected",
  "event",
  "step.retry",
  "step.repeat",
  "repeat.over",
  "step.timeout",
  "wait.over",
  "cancel",
] as const satisfies readonly Heard[];

/** What comes too late or too often to matter; where a state does not take one of these, it is no fault. */
export const ignores: readonly string[] = [...heard, "again"];

/** Version 2 hears of events and looks again; what version 1 wrote says the same in it. */
export function upgrade(snapshot: Json, _from: number): Json {
  return snapshot;
}

/** Runs a definition. Its steps are in the context, its states say how the run is; `failed` has ended, but takes `again`. */
export function planMachine(definition: Definition, trusted?: Trusted, audiences?: Audiences) {
  const advance = enqueueActions<
    PlanContext,
    // biome-ignore lint/suspicious/noExplicitAny: one action takes every event; XState asks for one type for each
    any,
    undefined,
    PlanEvent,
    ProvidedActor,
    PlanAction,
    ParameterizedObject,
    string,
    EventObject
  >(({ context, event, enqueue }) => {
    const next = progress(definition, context, event as PlanEvent, trusted, audiences);
    for (const command of next.commands) {
      if (command.type === "timer")
        enqueue.raise(command.params.event as PlanEvent, { id: command.params.id, delay: command.params.delayMs });
      else if (command.type === "cancelTimer") enqueue.cancel(command.params.id);
      else enqueue(command as PlanAction);
    }
    enqueue.assign(next.context);
  });
  const always = (["running", "waiting", "compensating", "completed", "failed", "cancelled"] as const).map(
    (target) => ({
      target,
      guard: ({ context }: { context: PlanContext }) => context.phase === target,
    }),
  );
  const onwards = { target: "running", actions: advance } as const;
  const on = Object.fromEntries(heard.map((type) => [type, { actions: advance }])) as Record<
    (typeof heard)[number],
    { actions: typeof advance }
  >;
  return createMachine({
    types: {} as { context: PlanContext; events: PlanEvent; input: PlanInput; actions: PlanAction },
    id: "plan",
    context: ({ input }) => planContext(definition, input),
    initial: "pending",
    states: {
      pending: { on: { begin: onwards, cancel: onwards } },
      running: { on, always: always.filter(({ target }) => target !== "running") },
      waiting: { on, always: always.filter(({ target }) => target !== "waiting") },
      compensating: { on, always: always.filter(({ target }) => target !== "compensating") },
      completed: { type: "final" },
      failed: { meta: { ends: true }, on: { again: onwards, cancel: onwards } },
      cancelled: { type: "final" },
    },
  });
}

/** The reserved actions a plan speaks in; timers are delayed raises. */
type PlanAction =
  | { type: "perform"; params: Perform }
  | { type: "open"; params: Open }
  | { type: "start" | "tell"; params: JsonObject }
  | { type: "note"; params: Note };
