import type { ChangeKind } from "../../src/audit/chain.ts";
import type { Stream } from "../../src/audit/entry.ts";
import { hashEntry } from "../../src/audit/entry.ts";
import type { OpenRecord, Told } from "./record.ts";
import { writeRecord } from "./record.ts";

/** The streams of the record that is tampered with. */
export const [a, b, auth] = ["actor:a", "actor:b", "auth"] as const;
export const told: readonly Told[] = [
  { tenant: "default", stream: a, bodies: ["one", null, "three", "four", "five", null, "seven"] },
  { tenant: "default", stream: b, bodies: ["eins", "zwei", "drei"] },
  { tenant: "default", stream: auth, bodies: ["who", "where"] },
  { tenant: "other", stream: a, bodies: ["one", "two"] },
];

export function row(record: OpenRecord, seq: number, name: Stream = a, tenant = "default") {
  const found = record.entries.find((entry) => entry.seq === seq && entry.stream === name && entry.tenant === tenant);
  if (!found) throw new Error(`no ${name} ${seq}`);
  return found;
}

export function body(record: OpenRecord, seq: number, name: Stream = a) {
  const found = record.bodies.find((item) => item.seq === seq && item.stream === name);
  if (!found) throw new Error(`no body ${name} ${seq}`);
  return found;
}

export function drop(record: OpenRecord, ...gone: unknown[]): void {
  record.entries = record.entries.filter((entry) => !gone.includes(entry));
  record.bodies = record.bodies.filter((item) => !gone.includes(item));
}

/** Rewrites an entry and gives it a fitting hash, as somebody would who knows the format. */
export function forge(entry: OpenRecord["entries"][number], change: Record<string, unknown>): void {
  entry.entry = JSON.stringify({ ...JSON.parse(entry.entry), ...change });
  entry.hash = hashEntry(entry.entry);
}

/** Moves the numbers of the rows of actor a, and of their bodies, from `from` on. */
function shift(record: OpenRecord, from: number, by: number): void {
  for (const item of [...record.entries, ...record.bodies])
    if (item.tenant === "default" && item.stream === a && item.seq >= from) item.seq += by;
}

function swap(record: OpenRecord, one: number, two: number): void {
  const [first, second] = [row(record, one), row(record, two)];
  [first.seq, second.seq] = [two, one];
}

type Tampering = [what: string, (record: OpenRecord) => void, kind: ChangeKind, stream: string, seq: number];

/** What somebody might do to a record, and what verification must say of it. */
export const tamperings: Tampering[] = [
  [
    "an entry's text is changed",
    (r) => {
      row(r, 3).entry = row(r, 3).entry.replace("running", "stopped");
    },
    "changed",
    a,
    3,
  ],
  [
    "an entry's hash is changed",
    (r) => {
      row(r, 3).hash = Buffer.alloc(32);
    },
    "changed",
    a,
    3,
  ],
  [
    "an entry becomes garbage",
    (r) => {
      row(r, 3).entry = "{";
    },
    "changed",
    a,
    3,
  ],
  [
    "an entry becomes garbage with a fitting hash",
    (r) => {
      row(r, 3).entry = "{";
      row(r, 3).hash = hashEntry("{");
    },
    "unreadable",
    a,
    3,
  ],
  ["an entry claims a version that is not there yet", (r) => forge(row(r, 3), { v: 2 }), "unreadable", a, 3],
  ["an entry is rewritten with a fitting hash", (r) => forge(row(r, 3), { by: "eve" }), "changed", a, 3],
  ["the first is rewritten with a fitting hash", (r) => forge(row(r, 1), { by: "eve" }), "changed", a, 1],
  [
    "an entry's link is rewritten with a fitting hash",
    (r) => forge(row(r, 3), { prev: "f".repeat(64) }),
    "changed",
    a,
    3,
  ],
  ["the first one's link is rewritten", (r) => forge(row(r, 1), { prev: "f".repeat(64) }), "changed", a, 1],
  ["the last is rewritten with a fitting hash", (r) => forge(row(r, 7), { by: "eve" }), "changed", a, 7],
  ["the last one's link is rewritten", (r) => forge(row(r, 7), { prev: "f".repeat(64) }), "changed", a, 7],
  ["the one before the last is rewritten", (r) => forge(row(r, 6), { by: "eve" }), "changed", a, 6],
  ["an entry is removed", (r) => drop(r, row(r, 4), body(r, 4)), "removed", a, 4],
  ["several entries are removed", (r) => drop(r, row(r, 3), row(r, 4), body(r, 3), body(r, 4)), "removed", a, 3],
  ["an entry is removed and its body left", (r) => drop(r, row(r, 4)), "removed", a, 4],
  ["the first is removed", (r) => drop(r, row(r, 1), body(r, 1)), "removed", a, 1],
  [
    "an entry is removed and the rest renumbered",
    (r) => {
      drop(r, row(r, 4), body(r, 4));
      shift(r, 5, -1);
    },
    "removed",
    a,
    4,
  ],
  [
    "the one before the last is removed and the last renumbered",
    (r) => {
      drop(r, row(r, 6));
      shift(r, 7, -1);
    },
    "removed",
    a,
    6,
  ],
  ["the newest is removed", (r) => drop(r, row(r, 7), body(r, 7)), "truncated", a, 7],
  [
    "the newest three are removed",
    (r) => drop(r, row(r, 5), row(r, 6), row(r, 7), body(r, 5), body(r, 7)),
    "truncated",
    a,
    5,
  ],
  ["the newest of auth is removed and its body left", (r) => drop(r, row(r, 2, auth)), "removed", auth, 2],
  [
    "a stream is removed",
    (r) => drop(r, ...r.entries.filter((e) => e.stream === b), ...r.bodies.filter((e) => e.stream === b)),
    "stream-missing",
    b,
    1,
  ],
  [
    "auth is removed and its bodies left",
    (r) => drop(r, ...r.entries.filter((e) => e.stream === auth)),
    "stream-missing",
    auth,
    1,
  ],
  [
    "an entry is put in",
    (r) => {
      shift(r, 4, 1);
      const forged = { ...row(r, 3), seq: 4 };
      forge(forged, { seq: 4, prev: hex(row(r, 3).hash) });
      r.entries.push(forged);
    },
    "inserted",
    a,
    4,
  ],
  [
    "an entry is doubled",
    (r) => {
      shift(r, 4, 1);
      r.entries.push({ ...row(r, 3), seq: 4 });
    },
    "inserted",
    a,
    4,
  ],
  [
    "an old entry is put in again",
    (r) => {
      shift(r, 6, 1);
      r.entries.push({ ...row(r, 2), seq: 6 });
    },
    "inserted",
    a,
    6,
  ],
  [
    "an entry is put before the first",
    (r) => {
      r.entries.push({ ...row(r, 1), seq: 0 });
    },
    "inserted",
    a,
    0,
  ],
  [
    "an entry is added at the end",
    (r) => {
      const forged = { ...row(r, 7), seq: 8 };
      forge(forged, { seq: 8, prev: hex(row(r, 7).hash), body: null });
      r.entries.push(forged);
    },
    "inserted",
    a,
    8,
  ],
  ["two neighbours change places", (r) => swap(r, 3, 4), "reordered", a, 3],
  ["two far apart change places", (r) => swap(r, 2, 6), "reordered", a, 2],
  ["the first and the last change places", (r) => swap(r, 1, 7), "reordered", a, 1],
  [
    "two change texts but not hashes",
    (r) => {
      const [x, y] = [row(r, 3), row(r, 4)];
      [x.entry, y.entry] = [y.entry, x.entry];
    },
    "changed",
    a,
    3,
  ],
  [
    "the last gets a higher number",
    (r) => {
      row(r, 7).seq = 9;
      body(r, 7).seq = 9;
    },
    "reordered",
    a,
    7,
  ],
  ["all numbers are moved up", (r) => shift(r, 1, 1), "reordered", a, 1],
  [
    "an entry is moved to another stream",
    (r) => {
      row(r, 4).stream = b;
      body(r, 4).stream = b;
    },
    "removed",
    a,
    4,
  ],
  [
    "an entry of another stream is appended",
    (r) => {
      Object.assign(row(r, 2, auth), { stream: b, seq: 4 });
    },
    "foreign",
    b,
    4,
  ],
  [
    "an entry of another stream takes an entry's place",
    (r) => {
      drop(r, row(r, 3));
      r.entries.push({ ...row(r, 3, b), stream: a });
    },
    "foreign",
    a,
    3,
  ],
  [
    "an entry of another tenant takes an entry's place",
    (r) => {
      drop(r, row(r, 2));
      r.entries.push({ ...row(r, 2, a, "other"), tenant: "default" });
    },
    "foreign",
    a,
    2,
  ],
  [
    "a stream is renamed",
    (r) => {
      for (const e of [...r.entries, ...r.bodies]) if (e.stream === b) e.stream = "actor:bb";
    },
    "stream-missing",
    b,
    1,
  ],
  [
    "a stream is made up",
    (r) => {
      const more = writeRecord([{ tenant: "default", stream: "actor:c", bodies: [null, null] }]);
      r.entries.push(...more.entries);
    },
    "foreign",
    "actor:c",
    1,
  ],
  [
    "a stream is made up that has no actor in its name",
    (r) => {
      const more = writeRecord([{ tenant: "default", stream: "zoo" as Stream, bodies: [null] }]);
      r.entries.push(...more.entries);
    },
    "foreign",
    "zoo",
    1,
  ],
  [
    "a body's text is changed",
    (r) => {
      body(r, 3).text = "drei";
    },
    "body-changed",
    a,
    3,
  ],
  [
    "a body's salt is changed",
    (r) => {
      body(r, 3).salt = Buffer.alloc(16);
    },
    "body-changed",
    a,
    3,
  ],
  [
    "a body's salt is removed",
    (r) => {
      body(r, 3).salt = null;
    },
    "body-changed",
    a,
    3,
  ],
  [
    "the last one's body is changed",
    (r) => {
      body(r, 7).text = "VII";
    },
    "body-changed",
    a,
    7,
  ],
  [
    "two bodies change places",
    (r) => {
      const [x, y] = [body(r, 4), body(r, 5)];
      [x.seq, y.seq] = [5, 4];
    },
    "body-changed",
    a,
    4,
  ],
  [
    "an entry without a body gets one",
    (r) => {
      r.bodies.push({ ...body(r, 1), seq: 2 });
    },
    "body-changed",
    a,
    2,
  ],
  [
    "a body is doubled",
    (r) => {
      r.bodies.push({ ...body(r, 3) });
    },
    "body-changed",
    a,
    3,
  ],
  [
    "a body is put where no entry is",
    (r) => {
      r.bodies.push({ ...body(r, 3), seq: 8 });
    },
    "removed",
    a,
    8,
  ],
  [
    "an actor's row forgets its newest entries",
    (r) => {
      r.heads[0] = { ...head(r), seq: 5, head: row(r, 5).hash };
    },
    "inserted",
    a,
    6,
  ],
  [
    "an actor's row names another hash",
    (r) => {
      r.heads[0] = { ...head(r), head: Buffer.alloc(32) };
    },
    "changed",
    a,
    7,
  ],
];

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function head(record: OpenRecord) {
  const [first] = record.heads;
  if (!first) throw new Error("no head");
  return first;
}
