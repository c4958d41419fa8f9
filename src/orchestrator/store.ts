import type { Card } from "../domain/card.ts";
import type { Person } from "../domain/incoming.ts";
import type { EffectClass, Risk } from "../domain/tool.ts";
import type { HeldJob, NewJob, Statements } from "./queue.ts";

export type MachineName = "plan" | "agent" | "gate";

/** A durable instance of a machine: one row, and everything there is to know about it. */
export interface ActorRow {
  readonly tenant: string;
  readonly id: string;
  readonly machine: MachineName;
  readonly machineVersion: number;
  readonly definitionHash: string | null;
  readonly parentId: string | null;
  /** Number and hash of the last entry in its audit stream. */
  readonly seq: number;
  readonly head: Buffer;
  /** The machine's persisted snapshot: JSON. */
  readonly snapshot: unknown;
  readonly state: string;
  readonly done: boolean;
  readonly paused: boolean;
  readonly stuck: string | null;
  readonly name: string;
  readonly requesterId: string | null;
  readonly barred: readonly string[];
  readonly conversationId: string | null;
  readonly priority: string;
  /** As it begins: what it alone is about while it is open. */
  readonly openGroup?: string;
}

export interface MailRow {
  readonly actorId: string;
  readonly key: string;
  /** Canonical JSON of the event. */
  readonly event: string;
  readonly salt: Buffer;
  readonly takenSeq: number | null;
}

export interface EffectRow {
  readonly tenant: string;
  readonly id: string;
  readonly actorId: string;
  readonly step: string;
  readonly generation: number;
  readonly tool: string;
  readonly contractHash: string;
  readonly class: EffectClass;
  readonly risk: Risk;
  /** Canonical JSON of the resolved arguments. */
  readonly args: string;
  /** Arguments whose values came from outside. */
  readonly tainted: readonly string[];
  readonly gateId: string | null;
}

/** What a worker needs to know before it runs an effect. */
export interface EffectAtHand extends EffectRow {
  readonly state: "pending" | "started" | "done" | "failed" | "in_doubt" | "cancelled";
  readonly attempt: number;
  /** The run whose effect this is, or that its task belongs to. */
  readonly runId: string;
  readonly paused: boolean;
  readonly ended: boolean;
  readonly requesterId: string | null;
  /** Who has voted on its gate, so that their roles are read together with what else a batch needs. */
  readonly voters: readonly string[];
}

/** Everything one batch writes, as plain rows; written in one statement. */
export interface Writes {
  readonly begun: ActorRow[];
  /** Actors that moved, with the seq each turn was computed on. The same seq means: only make sure it is still so. */
  readonly moved: { readonly row: ActorRow; readonly from: number }[];
  /** Guarded: actors that something was decided on are still as they were. */
  readonly unmoved: { readonly id: string; readonly seq: number }[];
  readonly mail: MailRow[];
  /** Mail that waited and is taken now. */
  readonly taken: { readonly actorId: string; readonly key: string; readonly seq: number }[];
  /** Told a person when their quiet hours are over; kept once under its key. */
  readonly kept: { readonly id: string; readonly personId: string; readonly key: string; readonly text: string }[];
  readonly keptTold: { readonly id: string; readonly personId: string }[];
  readonly audit: { readonly stream: string; readonly seq: number; readonly entry: string; readonly hash: Buffer }[];
  readonly facts: { readonly stream: string; readonly seq: number; readonly body: string; readonly salt: Buffer }[];
  /** One that is there and failed is the same effect, one attempt later. Cancelled: its actor has ended on the way. */
  readonly effects: (EffectRow & { readonly state: "pending" | "cancelled" })[];
  /** Guarded: effects that failed and were asked for again at once; seen in one of the states `from`, at this attempt. */
  readonly renewed: (EffectRow & { readonly from: readonly EffectAtHand["state"][]; readonly attempt: number })[];
  /** Guarded: the effect must still be in one of the states `from`, at this attempt. */
  readonly effectStates: {
    readonly id: string;
    readonly state: "started" | "done" | "failed" | "in_doubt";
    readonly from: readonly EffectAtHand["state"][];
    readonly attempt: number;
    /** Its arguments are not needed any more. */
    readonly forget?: boolean;
  }[];
  /** Guarded: nobody else is at work on the thing, where one begins to be. */
  readonly entered: { readonly effectId: string; readonly thing: string; readonly atWork: boolean }[];
  /** Guarded: these stood in a line. */
  readonly wentAway: { readonly effectId: string }[];
  /** Guarded: these waited, and are at work from now on; of their thing, after `wentAway`, nobody else is. */
  readonly movedUp: { readonly effectId: string }[];
  readonly gates: {
    readonly id: string;
    readonly runId: string;
    readonly subject: string;
    readonly subjectHash: string;
    readonly policy: string;
    readonly policyHash: string;
    readonly barred: readonly string[];
    readonly state: string;
    readonly expiresInMs: number;
  }[];
  readonly gateStates: { readonly id: string; readonly state: string }[];
  readonly votes: {
    readonly gateId: string;
    readonly personId: string;
    readonly decision: "approve" | "deny";
    readonly reason: string | null;
    readonly roles: readonly string[];
    readonly surface: string;
    readonly subjectHash: string;
  }[];
  readonly timers: {
    readonly actorId: string;
    readonly id: string;
    readonly delayMs: number;
    readonly event: string;
    readonly mailKey: string;
  }[];
  /** Guarded: timers that fire are still there, exactly as they were set. */
  readonly fired: { readonly actorId: string; readonly id: string; readonly mailKey: string }[];
  /** Guarded: these people hold exactly these roles now. */
  readonly held: {
    readonly id: string;
    readonly active: boolean;
    readonly kind: string;
    readonly roles: readonly string[];
  }[];
  readonly keys: {
    readonly id: string;
    readonly name: string;
    readonly hash: Buffer;
    readonly scopes: readonly string[];
    /** Whose it is; null or absent: nobody's. */
    readonly ownerId?: string | null;
  }[];
  readonly keysRevoked: { readonly id: string }[];
  /** Guarded: the person's link is still there for exactly this account, which is nobody's yet. */
  readonly identities: {
    readonly linkId: string;
    readonly personId: string;
    readonly platform: string;
    readonly workspace: string;
    readonly userId: string;
  }[];
  /** Guarded: these accounts, once linked, are still this person's. What was being linked to them with those ends too. */
  readonly identitiesGone: {
    readonly personId: string;
    readonly platform: string;
    readonly workspace: string;
    readonly userId: string;
  }[];
  /** Guarded: these links are still there, and whoever typed the code has not become the person. */
  readonly linksGone: { readonly id: string; readonly personId: string }[];
  readonly timersGone: { readonly actorId: string; readonly id: string }[];
  readonly messages: {
    readonly id: string;
    readonly actorId: string;
    readonly conversationId: string;
    readonly key: string;
    readonly wanted: Card;
    readonly privateTo: string | null;
    /** Which of that person's accounts on the platform, if one asked. */
    readonly account: string | null;
    readonly urgent: boolean;
  }[];
  readonly conversations: {
    readonly id: string;
    readonly platform: string;
    readonly channel: string;
    readonly thread: string;
  }[];
  readonly artifacts: { readonly id: string; readonly actorId: string; readonly body: string }[];
  readonly expectations: {
    readonly actorId: string;
    readonly id: string;
    readonly name: string;
    readonly match: string;
    readonly roles: readonly string[];
  }[];
  readonly expectationsGone: { readonly actorId: string; readonly id: string }[];
  /** Actors that ended: their timers, expectations and unstarted effects go. */
  readonly ended: string[];
  readonly inbox: InboxRow[];
  readonly inboxDone: { readonly id: string; readonly outcome: string }[];
}

export interface InboxRow {
  readonly id: string;
  readonly source: string;
  readonly deliveryKey: string;
  readonly kind: string;
  readonly personId: string | null;
  readonly body: string;
  /** What became of it, when that is known at once. */
  readonly outcome: string | null;
}

/** Reads of the kernel, each a statement of its own. What is decided on them is guarded by the write. */
export interface KernelReads extends Statements {
  /** These actors, these people with the roles they hold now, and the one clock as ISO with milliseconds, in one statement. */
  look(
    tenant: string,
    actorIds: readonly string[],
    peopleIds: readonly string[],
  ): Promise<{ readonly now: string; readonly actors: ActorRow[]; readonly people: Person[] }>;
  waitingMail(tenant: string, actorId: string): Promise<MailRow[]>;
  /** Mail with these (actor, key) pairs that is already there, as "actor/key". */
  knownMail(tenant: string, keys: readonly { actorId: string; key: string }[]): Promise<Set<string>>;
  effects(tenant: string, ids: readonly string[]): Promise<EffectAtHand[]>;
  /** The last entry of a stream that is not an actor's. */
  streamHead(tenant: string, stream: string): Promise<{ seq: number; hash: Buffer | null }>;
  /** Whether this actor was let go on, after a pause or whatever it was stuck on, since that instant (ISO). */
  resumedSince(tenant: string, actorId: string, at: string): Promise<boolean>;
  /** What became of a delivery, if it is known. */
  delivered(tenant: string, source: string, deliveryKey: string): Promise<{ readonly outcome: string | null } | null>;
}

export interface DueTimer {
  readonly tenant: string;
  readonly actorId: string;
  readonly id: string;
  readonly event: string;
  readonly mailKey: string;
}

/** The kernel's half of the database. */
export interface KernelStore extends KernelReads {
  /**
   * Writes a batch, stamped `now`, with its queue jobs in one statement, which is the transaction: all of it or nothing. Throws `Moved`
   * when an actor, effect, timer or role is no longer as it was read, or when something new was already there.
   */
  write(
    tenant: string,
    now: string,
    writes: Writes,
    jobs: readonly NewJob[],
    completed: readonly HeldJob[],
  ): Promise<void>;
  /** Due timers, at most `limit`. They stay until the turn that takes their mail deletes them. */
  dueTimers(limit: number): Promise<DueTimer[]>;
  /** Has a timer that is still there as it was seen become due later. */
  postpone(timer: DueTimer, ms: number): Promise<void>;
}

/** Thrown when what was computed no longer fits what is stored: the batch did not happen and is tried again. */
export class Moved extends Error {
  override readonly name = "Moved";
}
