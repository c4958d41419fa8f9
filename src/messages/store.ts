import type { Card } from "../domain/card.ts";
import type { Place, Platform } from "../domain/incoming.ts";

/** A conversation as a job names it. */
export interface ConversationKey {
  readonly tenant: string;
  readonly conversationId: string;
}

/** The right to deliver in a conversation, alone, for a while. */
export interface Lease extends ConversationKey {
  /** Whoever holds it: a new UUID for every delivery. */
  readonly holder: string;
  readonly forMs: number;
}

export type Leased =
  | { readonly kind: "held"; readonly place: Place }
  | { readonly kind: "busy"; readonly retryAfterMs: number }
  /** There is no such conversation. */
  | { readonly kind: "none" };

/** A message whose wanted version is not shown yet. Its id is also its marker on the platform. */
export interface DueMessage {
  readonly id: string;
  readonly wanted: Card;
  readonly version: number;
  readonly ref: string | null;
  /** An earlier try began, so it may be on the platform although there is no ref. */
  readonly triedBefore: boolean;
  /** It, or one that has to wait until it began their thread, must not wait for others. */
  readonly urgent: boolean;
  /** Messages that go on with its text were wanted before. */
  readonly continued: boolean;
  /** One person alone may see it: the platform's user id, or null when that person has none there. */
  readonly private: boolean;
  readonly privateTo: string | null;
}

/** A button's row: which decision on which gate, and the hex SHA-256 of its token. */
export interface KeptButton {
  readonly gate: string;
  readonly decision: "approve" | "deny" | "change";
  readonly hash: string;
}

/** Where the courier keeps what is wanted and what is shown. Every method is a short transaction of its own. */
export interface MessageStore {
  /** One that runs out far later than it could, because the clock has been set back, is over. `busy` waits no longer than a lease lasts. */
  lease(lease: Lease): Promise<Leased>;
  /**
   * The next message due, urgent ones first, then in the order of their ids, in its newest wanted version; a thread that
   * is not there yet is begun by the first of all, however urgent another is. Extends the lease and marks the message as
   * tried before it returns; null when nothing is due or the lease was lost.
   */
  next(lease: Lease): Promise<DueMessage | null>;
  /** Gives the lease back and says whether something became due meanwhile. */
  release(lease: Lease): Promise<boolean>;
  /** It is shown now, in this version; in one transaction with the thread it began. */
  record(message: {
    readonly tenant: string;
    readonly id: string;
    readonly version: number;
    readonly ref: string;
    /** The thread this message began, where the conversation had none yet. */
    readonly begun?: string;
  }): Promise<void>;
  /** It was not tried after all: nothing was sent. */
  putBack(message: { readonly tenant: string; readonly id: string }): Promise<void>;
  /**
   * Wants these to follow a message, each a message of its own right behind it in the order of ids; those that followed
   * before and are not needed any more are emptied.
   */
  follow(message: { readonly tenant: string; readonly id: string; readonly rest: readonly Card[] }): Promise<void>;
  /** The platform will never show this version; a newer one is tried again. */
  refuse(message: {
    readonly tenant: string;
    readonly id: string;
    readonly version: number;
    readonly because: string;
  }): Promise<void>;
  /** Who may answer a gate now, then who has answered it, by their ids on a platform, at most so many. */
  askedOf(tenant: string, gate: string, platform: Platform, most: number): Promise<readonly string[]>;
  /** The body of an artifact, if the run that wants this message made it, or one of its tasks did; else null. */
  picture(tenant: string, messageId: string, artifact: string): Promise<string | null>;
  buttonsOf(tenant: string, messageId: string): Promise<readonly KeptButton[]>;
  /** Stores buttons; earlier ones for the same gate and decision on the same message stay good. */
  keepButtons(tenant: string, messageId: string, buttons: readonly KeptButton[]): Promise<void>;
}
