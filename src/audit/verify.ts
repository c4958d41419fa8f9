import type { Finding } from "./chain.ts";
import { Chain } from "./chain.ts";
import type { ActorHead, AuditRow, BodyRow, Place } from "./rows.ts";
import { Cursor, comparePlaces } from "./rows.ts";

/** The three sources, each ordered by tenant and stream (`collate "C"`) and seq, all read in one repeatable-read snapshot. */
export interface VerifySources {
  readonly entries: AsyncIterable<AuditRow>;
  readonly bodies: AsyncIterable<BodyRow>;
  /** Every actor there is, in the order of tenant and id. */
  readonly heads: AsyncIterable<ActorHead>;
}

export interface AuditReport {
  readonly ok: boolean;
  readonly entries: number;
  readonly streams: number;
  /** Bodies that were erased. Their entries still prove that there was one. */
  readonly erased: number;
  /** Streams in which something is wrong. */
  readonly broken: number;
  /** The first bad place in the order of tenant, stream and seq. */
  readonly first?: Finding;
}

/** What verification cannot see yet, in words for whoever reads a report. Checkpoints will close these. */
export const limits: readonly string[] = [
  "Someone who can write the whole database can rewrite a stream from some entry to its end, and the actor's row with it, and leaves no trace.",
  "If the newest entries of the streams admin, auth, ingress or process are deleted together with their bodies, nothing here shows it.",
  "If a whole stream is deleted together with its actor's row, or a whole admin, auth, ingress or process stream, nothing here shows it.",
  "That a body was erased can be seen, but not here whether it was right to: that is in the stream admin.",
];

/** Checks every chain, body and actor's head in one pass and constant memory. Throws TypeError when a source is not in order. */
export async function verify(sources: VerifySources): Promise<AuditReport> {
  const rows: Rows = {
    entries: await Cursor.over("audit entries", sources.entries),
    bodies: await Cursor.over("bodies", sources.bodies),
    heads: await Cursor.over("actors' heads", asPlaces(sources.heads)),
  };
  const tally = { entries: 0, streams: 0, erased: 0, broken: 0 };
  let first: Finding | undefined;
  const note = (finding: Finding) => {
    tally.broken += 1;
    first ??= finding;
  };

  while (rows.entries.next) {
    const { tenant, stream } = rows.entries.next;
    for await (const finding of emptyStreams(rows, { tenant, stream, seq: Number.NEGATIVE_INFINITY })) note(finding);
    const { chain, count } = await follow(rows, tenant, stream);
    tally.entries += count;
    tally.streams += 1;
    tally.erased += chain.erased;
    if (chain.finding) note(chain.finding);
  }
  for await (const finding of emptyStreams(rows, null)) note(finding);
  return { ok: tally.broken === 0, ...tally, ...(first && { first }) };
}

/** An actor's head at the place where its stream begins. */
interface HeadPlace extends Place {
  readonly head: ActorHead;
}

interface Rows {
  readonly entries: Cursor<AuditRow>;
  readonly bodies: Cursor<BodyRow>;
  readonly heads: Cursor<HeadPlace>;
}

/** Follows one stream through all its rows. */
async function follow({ entries, bodies, heads }: Rows, tenant: string, stream: string) {
  const chain = new Chain(tenant, stream);
  const orphansBefore = async (place: Place) => {
    for (let body = await bodies.takeBefore(place); body; body = await bodies.takeBefore(place)) chain.takeOrphan(body);
  };
  let count = 0;
  for (let row = entries.next; row?.tenant === tenant && row.stream === stream; row = entries.next) {
    await orphansBefore(row);
    const beside: BodyRow[] = [];
    for (let body = await bodies.takeAt(row); body; body = await bodies.takeAt(row)) beside.push(body);
    chain.take(row, beside);
    count += 1;
    await entries.advance();
  }
  chain.end((await heads.takeAt({ tenant, stream, seq: 0 }))?.head ?? null);
  await orphansBefore({ tenant, stream, seq: Number.POSITIVE_INFINITY });
  return { chain, count };
}

/** Streams before this place (null: to the end) of which there is an actor or a body but no entry. */
async function* emptyStreams({ bodies, heads }: Rows, place: Place | null): AsyncGenerator<Finding> {
  const isAhead = (row: HeadPlace | BodyRow | null): row is HeadPlace | BodyRow =>
    row !== null && (place === null || comparePlaces(row, place) < 0);
  for (;;) {
    const next = [heads.next, bodies.next].filter(isAhead).sort(comparePlaces)[0];
    if (!next) return;
    const { tenant, stream } = next;
    const rest = { tenant, stream, seq: Number.POSITIVE_INFINITY };
    const sentence = `The stream ${stream} is missing as a whole, while ${next === heads.next ? "its actor is" : "bodies of it are"} still there.`;
    while (await heads.takeBefore(rest));
    while (await bodies.takeBefore(rest));
    yield { tenant, stream, seq: 1, kind: "stream-missing", sentence };
  }
}

async function* asPlaces(heads: AsyncIterable<ActorHead>): AsyncGenerator<HeadPlace> {
  for await (const head of heads) yield { tenant: head.tenant, stream: `actor:${head.actor}`, seq: 0, head };
}
