import type { Command } from "../domain/command.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import type { AnyTool } from "../domain/tool.ts";
import type { Answered, Change } from "../workflow/index.ts";
import type { Raise, TurnAsked } from "./turn.ts";

/** What a task begins with: `id` is the name its answer carries, `tainted` the fields of its input that came from outside. */
export type TaskInput = {
  readonly id: string;
  readonly task: string;
  readonly specialist: string;
  readonly input: JsonObject;
  readonly tainted?: readonly string[];
  /** How long whoever gave it waits for its answer, in milliseconds; without, for ever. */
  readonly limitMs?: number;
  /** Other specialists that could do it, while this one has no seat. */
  readonly others?: readonly string[];
  /** Who had it before and could not do it: the specialist, its task's id, and why. */
  readonly takesOver?: readonly { readonly by: string; readonly task: string; readonly error: string }[];
};

/** How a task is, in one word. `assigned` waits for a seat, `waiting` for people, `reporting` is the model's last word, `passed` went to somebody with a seat. */
export type TaskPhase =
  | "assigned"
  | "thinking"
  | "acting"
  | "waiting"
  | "reporting"
  | "overBudget"
  | "done"
  | "failed"
  | "passed"
  | "cancelled";

/** A call the model wants, from the wish to its result. */
export type Call = {
  /** The model's own name for it. */
  readonly id: string;
  readonly step: string;
  readonly tool: string;
  readonly args: Json;
  readonly tainted: readonly string[];
  /** running: on its way; asked: people are asked; doubt: nobody knows whether it happened. */
  readonly state: "running" | "asked" | "doubt" | "settled";
  /** How often people were asked. */
  readonly asked: number;
  readonly output?: Json;
  readonly error?: string;
  /** What those who may approve it made of it. */
  readonly change?: Change;
  /** The error is our own judgement: nobody outside had a word in it. */
  readonly own?: true;
};

/** What a task with a model remembers of their talk. */
export type Talk = {
  readonly turns: TurnAsked["turns"];
  /** The generation of the turn being asked: it rises when the budget was raised for it. */
  readonly generation: number;
  /** Effects whose turns stopped at a cap. */
  readonly earlier?: readonly string[];
  /** Messages of other agents that it has not heard yet. */
  readonly heard: readonly string[];
  /** It has read something that nobody here vouches for: what it chooses from now on came from outside. */
  readonly tainted: boolean;
  /** The model's answer that holds `calls`, in the ledger. */
  readonly call: string;
  readonly calls: readonly Call[];
  /** Ids the model has used, and how often each call was made, by its digest. */
  readonly ids: readonly string[];
  readonly made: Readonly<Record<string, number>>;
  /** Questions to people that came to nothing. */
  readonly denied?: number;
  /** Times it had to be told what is expected. */
  readonly told: number;
  /** What people are asked to add to a budget, while they are. */
  readonly raise: Raise | null;
  /** What the question says of the cap; how often it was looked whether others ask it already, and whether they did. */
  readonly over?: { readonly spentUsd: number; readonly capUsd: number; readonly needsUsd: number };
  readonly looked?: number;
  readonly waits?: true;
  /** They allowed it, and it is on its way. */
  readonly raising?: true;
  /** What those who may allow it made of that. */
  readonly change?: Change;
  readonly usd: number;
};

/** A task's whole memory. */
export type TaskContext = TaskInput & {
  readonly phase: TaskPhase;
  /** Tries at a seat. */
  readonly seat: number;
  /** Messages that came before it could hear any. */
  readonly heard?: readonly string[];
  /** The tries and outputs of the playbook's looks. */
  readonly tries: Readonly<Record<string, number>>;
  readonly outputs: JsonObject;
  /** Null: nobody talks to a model. */
  readonly talk: Talk | null;
  /** Why the playbook does what the model was to do. */
  readonly instead: string | null;
  /** Why it failed, and whether another task may do better: whoever gave it decides. */
  readonly error: string | null;
  readonly retryable: boolean;
};

export type TaskEvent =
  | { readonly type: "begin" }
  | Answered
  | { readonly type: "step.retry"; readonly step: string }
  | { readonly type: "seat.again" }
  /** Others were being asked about the same cap. */
  | { readonly type: "budget.again" }
  /** Most of the time that was set for it is over. */
  | { readonly type: "time.short" }
  | { readonly type: "gate.waived"; readonly gate: string }
  /** `unasked`: what it would act on could not be read, so nobody was asked. */
  | {
      readonly type: "gate.denied";
      readonly gate: string;
      readonly by: Json;
      readonly reason: string;
      readonly unasked?: true;
    }
  | { readonly type: "message"; readonly from: string; readonly text: string }
  /** `by` is who ended it; without, whoever gave the task did, and is not told. */
  | { readonly type: "cancel"; readonly by?: Json; readonly reason?: string };

/** What becomes of a task, and what it asks for. */
export interface Progress {
  readonly context: TaskContext;
  readonly commands: readonly Command[];
}

/** The tools there are, by name. A task only reads what they say of themselves. */
export type Tools = ReadonlyMap<string, AnyTool>;
