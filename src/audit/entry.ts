import { hash as digestOf, randomBytes } from "node:crypto";
import type { JsonObject } from "../domain/json.ts";
import { canonical } from "../domain/json.ts";

/** What an entry can say happened. A new kind is a new word here. */
export type EntryKind =
  | "turn"
  | "pause"
  | "resume"
  | "stuck"
  | "skip"
  | "unstuck"
  | "cancel"
  | "vote.refused"
  | "refused"
  | "rejected"
  | "effect.started"
  | "effect.in_doubt"
  | "start"
  | "stop"
  | "people.changed"
  | "key.created"
  | "key.revoked"
  | "identity.linked"
  | "identity.refused"
  | "model.refused"
  | "model.unpriced"
  | "identity.unlinked"
  | "quiet.set"
  | "workflow.used"
  | "workflow.stopped"
  | "erased";

/** The streams that are not an actor's. */
export const commonStreams = ["admin", "auth", "ingress", "process"] as const;

/** The name of a chain: an actor's, or one of the common ones. */
export type Stream = `actor:${string}` | (typeof commonStreams)[number];

/** The end of a stream: number and hash of its last entry. */
export interface Head {
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** The head of a stream that has no entries yet. */
export const emptyHead: Head = { seq: 0, hash: Buffer.alloc(32) };

export interface EntryFields {
  readonly tenant: string;
  readonly stream: Stream;
  /** steward.now() of the transaction. */
  readonly at: Date;
  readonly kind: EntryKind;
  /** A person's id, "key:ID" for an API key, or "system". */
  readonly by: string;
  /** `bodyDigest` of the erasable text beside the entry, or null when there is none. */
  readonly body: string | null;
  /** Ids, state names, codes, digests. Never free text: an entry cannot be erased. */
  readonly data: JsonObject;
}

/** An entry ready to be stored: `entry` is the exact text that `hash` covers. */
export interface Entry {
  readonly seq: number;
  readonly entry: string;
  readonly hash: Buffer;
}

const domain = "steward/audit/v1\n";

/**
 * The entry that follows `head` in its stream: canonical JSON (RFC 8785), hashed together with the hash before it.
 * Throws TypeError on a lone surrogate or anything else JSON cannot say.
 */
export function nextEntry(head: Head, fields: EntryFields): Entry {
  const seq = head.seq + 1;
  // The keys are fixed and stand in canonical order, so only `data` has to be sorted: half the time of doing it all.
  const entry = `{"at":"${fields.at.toISOString()}","body":${fields.body === null ? "null" : quote(fields.body)},"by":${quote(fields.by)},"data":${canonical(fields.data)},"kind":${quote(fields.kind)},"prev":"${toHex(head.hash)}","seq":${seq},"stream":${quote(fields.stream)},"tenant":${quote(fields.tenant)},"v":1}`;
  return { seq, entry, hash: hashEntry(entry) };
}

/** SHA-256 of an entry's text behind a line that says what it is, so that no other hash of ours can pass for it. */
export function hashEntry(entry: string): Buffer {
  return digestOf("sha256", domain + entry, "buffer");
}

/** Hex SHA-256 of salt and text. Without the salt, which erasing removes too, nobody can guess a short text from it. */
export function bodyDigest(salt: Uint8Array, text: string): string {
  return digestOf("sha256", Buffer.concat([salt, Buffer.from(text, "utf8")]), "hex");
}

let random = Buffer.alloc(0);

/** 16 random bytes, new for each body. Drawn 256 at a time: a turn needs one, and each draw is a system call. */
export function newSalt(): Buffer {
  if (random.length < 16) random = randomBytes(16 * 256);
  const salt = random.subarray(0, 16);
  random = random.subarray(16);
  return salt;
}

/** Lower-case hex, as entries and exports write hashes. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

function quote(text: string): string {
  if (!text.isWellFormed()) throw new TypeError(`An audit entry cannot hold a lone surrogate: ${JSON.stringify(text)}`);
  return JSON.stringify(text);
}
