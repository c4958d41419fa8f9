import type { Card, Field } from "./card.ts";
import type { ChannelPlace } from "./incoming.ts";
import type { JsonObject } from "./json.ts";

/** Events are plain JSON with a type. */
export type MachineEvent = { readonly type: string } & JsonObject;

/**
 * What a machine may ask for: six reserved actions with JSON parameters and an `id` that is stable for the same wish of
 * the same actor. Machines emit them with `enqueueActions`; timers are XState's own delayed `raise` and `cancel`.
 */
export type Command =
  /**
   * Run a tool once. `step` and `generation` name the effect; `gate` is the id of the `open` command that covers it, or
   * null. Answers: effect.done {step, generation, output}, effect.failed {step, generation, error: {message, retryable}}.
   */
  | { readonly type: "perform"; readonly params: Perform }
  /** Put a question to people. Answers, all with {gate: id}: gate.opened, gate.waived {policy}, gate.approved {by}, gate.denied {by, reason}, gate.expired, gate.elsewhere {run, how}. With `unasked` nobody was asked, and `step` is the call that can never run. */
  | { readonly type: "open"; readonly params: Open }
  /** Begin another actor. Answers come by its `tell`s to "parent": task.done {task, output}, task.failed {task, error}. */
  | {
      readonly type: "start";
      readonly params: {
        readonly id: string;
        readonly machine: "agent";
        readonly name: string;
        readonly input: JsonObject;
      };
    }
  /**
   * Send an event to "parent", or to another actor this one started (the id of its `start` or `open`). To "inbox":
   * {type: "expect", name, match, roles} opens an expectation under this command's id, {type: "forget"} closes it;
   * what was expected arrives as {type: "expected", id, by, params}.
   */
  | {
      readonly type: "tell";
      readonly params: { readonly id: string; readonly to: string; readonly event: MachineEvent };
    }
  /** Have this card visible under this id, in the run's thread or a named channel; the same id again replaces it. */
  | { readonly type: "note"; readonly params: Note }
  | {
      readonly type: "timer";
      readonly params: { readonly id: string; readonly event: MachineEvent; readonly delayMs: number };
    }
  | { readonly type: "cancelTimer"; readonly params: { readonly id: string } };

/** What an actor calls the timer of a step's next try: while it runs, an effect that failed is still wanted. */
export function retryTimer(step: string): string {
  return `retry:${step}`;
}

export interface Perform {
  readonly id: string;
  readonly step: string;
  readonly generation: number;
  readonly tool: string;
  readonly args: JsonObject;
  readonly gate: string | null;
  readonly timeoutMs?: number;
  /** Arguments whose values came from outside: they may not steer the tool unless a person saw them on a card. */
  readonly tainted?: readonly string[];
}

/** One effect a gate covers, as the plan means to run it. */
export interface Covered {
  readonly step: string;
  readonly generation: number;
  readonly tool: string;
  readonly args: JsonObject;
  readonly tainted?: readonly string[];
  /** Where each of those came from, in words for people: "the alert “HighErrorRate” of Alertmanager". */
  readonly origins?: Readonly<Record<string, string>>;
}

export interface Open {
  readonly id: string;
  readonly title: string;
  readonly covers: readonly Covered[];
  /** What the model that wants this says about it: shown as its words, never as ours. */
  readonly says?: string;
  /** Besides those of the run, who may not approve it: they made it more than was asked for. */
  readonly barred?: readonly string[];
  /** No fewer people of these roles, whatever the policy says now. */
  readonly floor?: readonly { readonly role: string; readonly count: number }[];
  /** "Cara (for: 2h → 4h)": who changed what since it was first asked. */
  readonly changed?: readonly string[];
  /** What else whoever answers should know. It may quote what came from outside. */
  readonly fields?: readonly Field[];
  /** Arguments by which the question is the same as one that another run of a system asks already, or that was approved just now: then nobody is asked. */
  readonly alike?: readonly string[];
  /** Whoever changed it to this approves it with that, if they may. `sees` is what they saw: the arguments by step. */
  readonly vote?: FirstVote;
}

export type FirstVote = {
  readonly by: string;
  readonly surface: string;
  readonly sees: Readonly<Record<string, JsonObject>>;
};

export interface Note {
  readonly id: string;
  readonly card: Card;
  /** "thread" is where the run was asked for, "approvals" where approvals are mirrored; otherwise a channel's name, and the one of its places that is told already. */
  readonly to: "thread" | "approvals" | { readonly channel: string; readonly except?: ChannelPlace };
  /** Only this person sees it, on this account of theirs where they have several. */
  readonly privateTo?: string;
  readonly account?: string;
  /** Goes before status messages. */
  readonly urgent?: boolean;
}
