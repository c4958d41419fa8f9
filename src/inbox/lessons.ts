import type { Place } from "../domain/incoming.ts";

/** One lesson as its person sees it. */
export interface Learnt {
  /** Names and times are taken out: "wiggle {name}". */
  readonly text: string;
  readonly intent: string;
  /** When it was said. */
  readonly at: Date;
}

/** What was said and not understood, and what it turned out to mean. */
export interface Lessons {
  /** The last text of a person, of the ten minutes before this delivery, that was answered with a question. */
  misunderstood(
    tenant: string,
    personId: string,
    before: string,
  ): Promise<{
    readonly id: string;
    readonly text: string;
    readonly place: Place | null;
    readonly agoMs: number;
  } | null>;
  /** Keeps one as an example; the oldest of whoever has too many go. */
  keep(lesson: {
    readonly tenant: string;
    readonly id: string;
    readonly personId: string;
    readonly text: string;
    readonly intent: string;
  }): Promise<void>;
  /** What was learnt from this person, newest first. */
  of(tenant: string, personId: string): Promise<readonly Learnt[]>;
  /** How many of this person's there were: those with this text, or all of them. */
  forget(tenant: string, personId: string, text?: string): Promise<number>;
}
