/** A run that has not ended. Durations are milliseconds. */
export interface OpenRun {
  /** R-... */
  readonly short: string;
  /** The definition's name. */
  readonly workflow: string;
  readonly title: string;
  readonly state: string;
  readonly requesterId: string | null;
  readonly openMs: number;
  readonly paused: boolean;
  /** Why it or one of its tasks does not go on, or null. */
  readonly stuck: string | null;
  /** Effects of which nobody knows whether they happened. */
  readonly doubts: number;
}

/** An open run in which the next word is a person's. Durations are milliseconds. */
export interface AwaitingRun {
  readonly id: string;
  readonly short: string;
  readonly title: string;
  readonly openMs: number;
  /** untaken: a system began it, and nobody has taken it of those who hold a role of theirs. taken: they said they would do it. asked: it asks them, who began it. halted: theirs, and it does not go on by itself. */
  readonly because: "untaken" | "taken" | "asked" | "halted";
  /** What people read while it waits, or why it does not go on. */
  readonly says: string | null;
}
