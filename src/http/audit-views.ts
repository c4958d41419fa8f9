import type { JsonObject } from "../domain/json.ts";

/** One audit entry with its body, where that was not erased. */
export interface AuditLine {
  readonly seq: number;
  /** ISO, from the one clock. */
  readonly at: string;
  readonly kind: string;
  readonly by: string | null;
  /** All fields of the entry, as hashed. */
  readonly entry: JsonObject;
  readonly hash: string;
  /** What the entry's digest covers; null when erased or when there is none. */
  readonly body: JsonObject | null;
}

/** One hash chain, and how far it goes. */
export interface StreamLine {
  readonly stream: string;
  readonly entries: number;
  /** "Run: restart checkout in production"; null for a named stream. */
  readonly about: string | null;
  /** Of its newest entry, as an ISO instant; null while it is empty. */
  readonly lastAt: string | null;
}

/** What is looked for in the record; what is left out may be anything. */
export interface AuditFilter {
  /** A person's id, key:ID, system:NAME, or "system" for Steward itself. */
  readonly by?: string;
  /** A run's id or R-..., or words of its title; its tasks and gates belong to it. */
  readonly run?: string;
  /** Calls of this tool, and what people were asked about them. */
  readonly tool?: string;
  /** An entry's kind, or the event that a turn took: "refused", "vote", "cancel". */
  readonly kind?: string;
  /** ISO instants: from this one on, before that one. */
  readonly from?: string;
  readonly until?: string;
}

/** An entry that was looked for, with the actor whose stream it is in; null for the named streams. */
export interface FoundLine extends AuditLine {
  readonly stream: string;
  readonly about: {
    readonly machine: "plan" | "gate" | "agent";
    readonly name: string;
    readonly id: string;
    /** The run it belongs to: itself, when it is one. */
    readonly runId: string | null;
    readonly short: string | null;
  } | null;
}
