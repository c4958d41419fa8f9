/** A call that costs money, about to be made. */
export interface PaidCall {
  readonly tenant: string;
  readonly effectId: string;
  readonly runId: string;
  readonly personId: string | null;
  readonly step: string;
  readonly tool: string;
  readonly argsHash: string;
  readonly usd: number;
}

export type Held =
  /** `isNew`: by this very call of `hold`; otherwise by an earlier try, whose process ended or is still at it. */
  | { readonly kind: "held"; readonly isNew: boolean }
  /** There is no room under a cap. `isHeld`: only because of what is held back for others, so there may be in a moment. */
  | ({ readonly kind: "over"; readonly isHeld: boolean } & Shortage);

/** Which cap has no room, and how much more than is left the call needs. US dollars. */
export interface Shortage {
  readonly scope: "run" | "person" | "tenant" | "day";
  readonly spentUsd: number;
  readonly capUsd: number;
  readonly needsUsd: number;
}

/** What became of a call: it was made, certainly not made, or nobody knows, which counts as made. */
export type Paid = "paid" | "free" | "unknown";

/** Where the money for calls comes from. */
export interface Purse {
  /** Holds back what an effect's call costs under all caps at once, or nothing. An effect holds it once, however often it is tried after a crash. */
  hold(call: PaidCall): Promise<Held>;
  /** Charges what is held for an effect, or lets it go; where nothing is held, nothing happens. */
  settle(call: Pick<PaidCall, "tenant" | "effectId" | "tool">, became: Paid): Promise<void>;
}
