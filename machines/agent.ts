import type { EventObject, ParameterizedObject, ProvidedActor } from "xstate";
import { createMachine, enqueueActions } from "xstate";
import type { Specialist, TaskContext, TaskEvent, TaskInput } from "../src/agents/index.ts";
import { answerOf, isSeen, work } from "../src/agents/index.ts";
import type { Command, Perform } from "../src/domain/command.ts";
import type { JsonObject } from "../src/domain/json.ts";

export const version = 1;

/** What comes too late to matter. */
export const ignores: readonly string[] = ["effect.done", "effect.failed", "effect.inDoubt", "step.retry", "cancel"];

/** Runs one task of a specialist by its playbook, and tells whoever gave the task how it went. */
export function agentMachine(specialist: Specialist) {
  const act = enqueue((context, event) => work(specialist, context, event));
  const tell = enqueue((context) => ({ context, commands: answerOf(specialist, context) }));
  const stop = { target: "cancelled", actions: act } as const;
  return createMachine({
    types: {} as { context: TaskContext; events: TaskEvent; input: TaskInput; actions: AgentAction },
    id: "agent",
    context: ({ input }) => ({ ...input, tries: {}, outputs: {}, error: null }),
    initial: "assigned",
    states: {
      assigned: { on: { begin: { target: "acting", actions: act }, cancel: stop } },
      acting: {
        on: {
          "effect.done": { actions: act },
          "effect.failed": { actions: act },
          "effect.inDoubt": { actions: act },
          "step.retry": { actions: act },
          cancel: stop,
        },
        always: [
          { target: "failed", guard: ({ context }) => context.error !== null, actions: tell },
          { target: "reporting", guard: ({ context }) => isSeen(specialist, context) },
        ],
      },
      reporting: { always: { target: "done", actions: tell } },
      done: { type: "final" },
      failed: { type: "final" },
      cancelled: { type: "final" },
    },
  });
}

/** An action that computes what comes next and asks for it in the reserved words. */
function enqueue(
  compute: (
    context: TaskContext,
    event: TaskEvent,
  ) => { readonly context: TaskContext; readonly commands: readonly Command[] },
) {
  return enqueueActions<
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
    const next = compute(context, event as TaskEvent);
    for (const command of next.commands) {
      if (command.type === "timer")
        enqueue.raise(command.params.event as TaskEvent, { id: command.params.id, delay: command.params.delayMs });
      else if (command.type === "cancelTimer") enqueue.cancel(command.params.id);
      else enqueue(command as AgentAction);
    }
    enqueue.assign(next.context);
  });
}

type AgentAction = { type: "perform"; params: Perform } | { type: "tell"; params: JsonObject };
