import type { EntryKind, Head, Stream } from "../../src/audit/entry.ts";
import { bodyDigest, emptyHead, nextEntry } from "../../src/audit/entry.ts";
import type { ActorHead, AuditRow, BodyRow, Place } from "../../src/audit/rows.ts";
import { comparePlaces } from "../../src/audit/rows.ts";
import { verify } from "../../src/audit/verify.ts";

type Open<T> = { -readonly [K in keyof T]: T[K] };

/** A whole record in memory, open to whoever wants to tamper with it. */
export interface OpenRecord {
  entries: Open<AuditRow>[];
  bodies: Open<BodyRow>[];
  heads: Open<ActorHead>[];
}

/** What to write: a stream and, for each of its entries, the body or null. */
export interface Told {
  readonly tenant: string;
  readonly stream: Stream;
  readonly bodies: readonly (string | null)[];
}

const noon = new Date("2026-11-21T12:00:00.000Z");

/** Writes the streams as the product does. */
export function writeRecord(told: readonly Told[]): OpenRecord {
  const record: OpenRecord = { entries: [], bodies: [], heads: [] };
  for (const { tenant, stream, bodies } of told) {
    let head: Head = emptyHead;
    for (const text of bodies) {
      const salt = Buffer.alloc(16, head.seq + 1);
      const body = text === null ? null : bodyDigest(salt, text);
      const kind: EntryKind = text === null ? "pause" : "turn";
      const entry = nextEntry(head, { tenant, stream, at: noon, kind, by: "ana", body, data: { from: "running" } });
      record.entries.push({ tenant, stream, ...entry });
      if (text !== null) record.bodies.push({ tenant, stream, seq: entry.seq, text, salt });
      head = entry;
    }
    const actor = /^actor:(.*)$/.exec(stream)?.[1];
    if (actor && head.seq > 0) record.heads.push({ tenant, actor, seq: head.seq, head: head.hash });
  }
  return record;
}

/** Verifies it, reading in the order the store would. */
export function check(record: OpenRecord) {
  const heads = record.heads.toSorted((a, b) => comparePlaces(placeOf(a), placeOf(b)));
  return verify({
    entries: stream(record.entries.toSorted(comparePlaces)),
    bodies: stream(record.bodies.toSorted(comparePlaces)),
    heads: stream(heads),
  });
}

/** Rows as the store hands them out. */
export async function* stream<T>(rows: readonly T[]): AsyncGenerator<T> {
  yield* rows;
}

function placeOf(head: ActorHead): Place {
  return { tenant: head.tenant, stream: `actor:${head.actor}`, seq: 0 };
}
