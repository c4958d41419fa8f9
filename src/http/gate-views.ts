import type { Json, JsonObject } from "../domain/json.ts";

/** One effect a gate covers, as people read it. */
export interface GateAction {
  readonly tool: string;
  readonly risk: string | null;
  readonly describes: string;
  readonly args: JsonObject;
  /** What it would have done when it was asked, as its tool said; null when that could not be told. */
  readonly dryRun: string | null;
  /** The names of arguments whose values nobody here chose. */
  readonly outside: readonly string[];
  /** Where each of those came from, as far as that is known. */
  readonly origins: Readonly<Record<string, string>>;
  /** What it would act on, as it was when it was asked: what was approved holds for that alone. */
  readonly pin: Json;
  /** Why it is asked although the policy would let it pass; null when it is asked about for its own sake. */
  readonly because: string | null;
}

export interface GateVote {
  readonly personId: string;
  readonly name: string;
  readonly decision: "approve" | "deny";
  readonly reason: string | null;
  readonly surface: string;
  readonly at: string;
}

export interface GateView {
  readonly id: string;
  readonly runId: string;
  /** The task of that run which asked; null where the run itself did. */
  readonly taskId: string | null;
  readonly title: string;
  /** open, approved, denied, expired, withdrawn, superseded, waived. */
  readonly state: string;
  readonly requesterId: string | null;
  readonly requesterName: string | null;
  /** Its run is for whoever asked: of the others those see it whom it asks, and those who read the audit. */
  readonly personal: boolean;
  readonly openedAt: string;
  readonly expiresAt: string;
  readonly decidedAt: string | null;
  readonly barred: readonly string[];
  /** Canonical JSON, as hashed. */
  readonly policy: string;
  readonly subjectHash: string;
  readonly actions: readonly GateAction[];
  /** "1 manager and 1 security". */
  readonly approvers: string | null;
  /** Why it was asked for, in the requester's words; null when they did not say. */
  readonly reason: string | null;
  /** What else whoever answers should know, as the workflow says. */
  readonly fields: readonly { readonly label: string; readonly value: string }[];
  readonly votes: readonly GateVote[];
  /** The gate machine's own memory, for judging who may answer. */
  readonly context: JsonObject;
}

/** What somebody wrote in the thread of a run while one of its questions was open. Only data: it decides nothing. */
export interface Remark {
  readonly personId: string | null;
  readonly name: string;
  /** ISO instant. */
  readonly at: string;
  readonly text: string;
}

/** A button of a card, and what a press on it decides. */
export interface ButtonView {
  readonly token: string;
  readonly decision: "approve" | "deny" | "change";
  readonly gate: GateView;
}
