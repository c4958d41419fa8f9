import type { Place } from "../domain/incoming.ts";

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
  /** How many of this person's there were. */
  forget(tenant: string, personId: string): Promise<number>;
}
