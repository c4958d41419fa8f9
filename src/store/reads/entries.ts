import { and, asc, desc, eq, gt, sql } from "drizzle-orm";
import { isId } from "../../domain/ids.ts";
import type { AuditLine, Reads, StreamLine } from "../../http/reads.ts";
import type { Queryable } from "../database.ts";
import { actor, audit, fact, mail } from "../schema/kernel.ts";
import { asText, objectOf } from "./json.ts";
import type { Row } from "./select.ts";
import { rows, select } from "./select.ts";

// A turn's body is its mail, joined by the sequence that took it; the body of any other entry is a fact.
const fields = {
  seq: audit.seq,
  entry: audit.entry,
  hash: audit.hash,
  body: sql<string | null>`coalesce(${mail.event}, ${fact.body})`,
};

/** Entries of one stream with their bodies: after a number, oldest first. */
export async function entries(
  db: Queryable,
  { tenant, stream, after, limit }: Parameters<Reads["entries"]>[0],
): Promise<readonly AuditLine[]> {
  const query = withBodies(tenant, stream)
    .where(and(inStream(tenant, stream), gt(audit.seq, after)))
    .orderBy(asc(audit.seq))
    .limit(limit);
  return (await rows<typeof fields>(db, query)).map(lineOf);
}

/** The newest entries of a stream, oldest of them first. */
export async function newestEntries(
  db: Queryable,
  tenant: string,
  stream: string,
  limit: number,
): Promise<readonly AuditLine[]> {
  const query = withBodies(tenant, stream).where(inStream(tenant, stream)).orderBy(desc(audit.seq)).limit(limit);
  return (await rows<typeof fields>(db, query)).map(lineOf).reverse();
}

/** Read from the ends of the streams, never counted: there may be a million entries. */
export async function streams(
  db: Queryable,
  { tenant, limit, before }: Parameters<Reads["streams"]>[0],
): Promise<readonly StreamLine[]> {
  const ofActor = {
    stream: sql<string>`'actor:' || ${actor.id}`,
    entries: actor.seq,
    about: sql<string>`case ${actor.machine} when 'plan' then 'Run' when 'gate' then 'Gate' else 'Task' end || ': ' || ${actor.name}`,
    lastAt: actor.updatedAt,
  };
  // A gate's id is derived from its run's, so only the time of its making says how new it is.
  const older =
    before === undefined
      ? undefined
      : sql`(${actor.createdAt}, ${actor.id}) < (select b.created_at, b.id from steward.actor b
          where b.tenant_id = ${tenant} and b.id = ${idOf(before)}::uuid)`;
  const query = select(ofActor)
    .from(actor)
    .where(and(eq(actor.tenantId, tenant), older))
    .orderBy(desc(actor.createdAt), desc(actor.id))
    .limit(limit);
  const actors = await rows<typeof ofActor>(db, query);
  return before === undefined ? [...(await namedStreams(db, tenant)), ...actors] : actors;
}

function namedStreams(db: Queryable, tenant: string): Promise<StreamLine[]> {
  return Promise.all(
    ["admin", "auth", "ingress", "process"].map(async (stream) => {
      const last = { seq: audit.seq, entry: audit.entry };
      const query = select(last).from(audit).where(inStream(tenant, stream)).orderBy(desc(audit.seq)).limit(1);
      const [newest] = await rows<typeof last>(db, query);
      const lastAt = newest === undefined ? null : asText(objectOf(newest.entry)["at"]);
      return { stream, entries: newest?.seq ?? 0, about: null, lastAt };
    }),
  );
}

function withBodies(tenant: string, stream: string) {
  // Compared as uuid, so that the index on mail is used.
  const actorId = idOf(stream);
  return select(fields)
    .from(audit)
    .leftJoin(
      mail,
      and(eq(mail.tenantId, tenant), sql`${mail.actorId} = ${actorId}::uuid`, eq(mail.takenSeq, audit.seq)),
    )
    .leftJoin(fact, and(eq(fact.tenantId, tenant), eq(fact.stream, stream), eq(fact.seq, audit.seq)));
}

/** Whose stream it is; null for the named ones. */
function idOf(stream: string): string | null {
  const id = stream.slice("actor:".length);
  return stream.startsWith("actor:") && isId(id) ? id : null;
}

function inStream(tenant: string, stream: string) {
  return and(eq(audit.tenantId, tenant), eq(audit.stream, stream));
}

/** An entry as it was read; its body is null where it was erased. */
export function lineOf({ seq, entry: text, hash, body }: Row<typeof fields>): AuditLine {
  const entry = objectOf(text);
  return {
    seq,
    at: asText(entry["at"]) ?? "",
    kind: asText(entry["kind"]) ?? "",
    by: asText(entry["by"]),
    entry,
    hash: Buffer.from(hash).toString("hex"),
    body: body === null ? null : objectOf(body),
  };
}
