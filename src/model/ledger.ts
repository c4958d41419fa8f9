import type { Json } from "../domain/json.ts";
import type { Caps, Scope, Usage } from "./prices.ts";

/** A question to a model, or a call of a tool that costs money, about to be made. Money is whole millionths of a US dollar. */
export interface Asking {
  /**
   * A call of a tool: what costs is its effect, so that a try without an outcome is the same call made again, however often its
   * process ends. `model` is the tool's name then. Absent: a question to a model.
   */
  readonly kind?: "tool";
  readonly tenant: string;
  readonly effectId: string;
  /** Which of the effect's questions: "turn", "turn:2" after a pause, "summary:N"; of a tool "call". */
  readonly purpose: string;
  readonly runId: string;
  readonly personId: string | null;
  readonly specialist: string;
  readonly task: string;
  readonly model: string;
  readonly requestHash: string;
  /** The most it may cost. */
  readonly micro: number;
  readonly pricedAs: string;
  readonly flagged: boolean;
  readonly caps: Caps;
}

/** An answer as it was recorded: the one that counts for its effect and purpose. */
export interface Recorded {
  readonly effectId: string;
  readonly purpose: string;
  readonly content: readonly Json[];
  readonly stopReason: string;
  /** What the whole effect has cost so far: other questions and lost tries too. */
  readonly effectMicro: number;
}

export type Reserved =
  | { readonly kind: "reserved"; readonly callId: string }
  /** Of a tool: it was held back before, by a try that may still be under way. */
  | { readonly kind: "held" }
  | { readonly kind: "answered"; readonly recorded: Recorded }
  /**
   * Nothing was reserved: with this question the scope may come to more than its cap. `isHeld`: only because of what is held
   * back for other questions, so there may be room when those are answered.
   */
  | {
      readonly kind: "over-budget";
      readonly scope: Scope;
      readonly spentMicro: number;
      readonly capMicro: number;
      readonly isHeld: boolean;
    }
  /** It was asked and lost as often as it may be. */
  | { readonly kind: "given-up" };

export type Outcome =
  | {
      readonly state: "answered";
      readonly content: readonly Json[];
      readonly stopReason: string;
      readonly answeredBy: string;
      /** Null: of a tool. */
      readonly usage: Usage | null;
      readonly micro: number;
      readonly pricedAs: string;
      readonly flagged: boolean;
    }
  /** Nothing was charged: what was reserved is free again. */
  | { readonly state: "failed"; readonly because: string }
  /** It may have been charged: the whole reservation counts as spent. */
  | { readonly state: "lost"; readonly because: string; readonly usage: Usage | null };

/** How much of a cap is used. US dollars. */
export interface Spend {
  readonly scope: Scope;
  /** The run; the person and day; the month; the day. */
  readonly key: string;
  readonly spentUsd: number;
  readonly reservedUsd: number;
  readonly capUsd: number;
}

/** One call, for people to look at. `model` is a tool's name where its kind says so. */
export interface CallLine {
  readonly kind: "model" | "tool";
  readonly effectId: string;
  readonly purpose: string;
  readonly specialist: string;
  readonly task: string;
  readonly model: string;
  readonly state: "asked" | "answered" | "lost" | "failed";
  readonly failure: string | null;
  readonly usage: Usage | null;
  /** What it cost, or what is held back for it while it is asked. */
  readonly usd: number;
  readonly pricedAs: string;
  readonly flagged: boolean;
  readonly at: string;
}

/** Where every question to a model is written down before it is asked, and every answer before it is used; and every call that costs. */
export interface Ledger {
  /** The answers of these effects of this run, in the order they were asked, and what time it is (ISO). */
  answers(
    tenant: string,
    runId: string,
    effectIds: readonly string[],
  ): Promise<{ readonly at: string; readonly recorded: readonly Recorded[] }>;
  /**
   * Holds back the most a question may cost under all caps at once, or nothing. A try of the same question without an outcome
   * was lost with its process: its reservation counts as spent. Two lost tries are all there are.
   */
  reserve(asking: Asking): Promise<Reserved>;
  /**
   * Writes down what came of it and charges what it really cost. Returns the answer that counts: another try's, if that was
   * answered first. Null when there is none.
   */
  settle(tenant: string, callId: string, outcome: Outcome): Promise<Recorded | null>;
  /** The call of this effect that is held back and has no outcome yet. */
  held(tenant: string, effectId: string): Promise<{ readonly callId: string; readonly micro: number } | null>;
  /** Lets a scope spend more, once for an effect id. */
  raise(raise: {
    readonly tenant: string;
    readonly effectId: string;
    readonly scope: Scope;
    readonly runId: string;
    readonly personId: string | null;
    readonly micro: number;
    readonly caps: Caps;
  }): Promise<Spend>;
  /** What was spent of each cap: of this run, this person today, this month, today. Scopes nobody spent in are left out. */
  spend(tenant: string, of: { readonly runId?: string; readonly personId?: string }): Promise<readonly Spend[]>;
  /** Every call of a run, oldest first. */
  calls(tenant: string, runId: string): Promise<readonly CallLine[]>;
}
