import type { ActorHead, AuditRow, BodyRow } from "../audit/rows.ts";
import type { Database, Queryable } from "./database.ts";

const pageSize = 2000;

export interface Sources {
  readonly entries: AsyncIterable<AuditRow>;
  readonly bodies: AsyncIterable<BodyRow>;
  readonly heads: AsyncIterable<ActorHead>;
}

/**
 * A tenant's record as it is at one moment, however long reading it takes. PostgreSQL keeps a snapshot for that. The embedded
 * database has one connection, which others need meanwhile: there each page is a statement of its own, rows written later are
 * passed over, and the actors' heads, which change, are all read at the start.
 */
export function recordNow<T>(db: Database, tenant: string, read: (sources: Sources) => Promise<T>): Promise<T> {
  if (db.kind === "postgres")
    return db.tx(async (q) => {
      await q.query("set transaction isolation level repeatable read");
      return read(auditSources(q, tenant));
    });
  return db
    .tx(async (q) => {
      const [row] = await q.query<{ next: number }>(
        "select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next",
      );
      const heads: ActorHead[] = [];
      for await (const head of auditSources(q, tenant).heads) heads.push(head);
      return { heads, next: row?.next ?? 0 };
    })
    .then(({ heads, next }) => read({ ...auditSources(db, tenant, next), heads: each(heads) }));
}

/**
 * A tenant's record, read in pages in the order verification wants: stream (collate "C"), then seq. Constant memory. `before`
 * leaves out what transactions from this one on have written.
 */
export function auditSources(q: Queryable, tenant: string, before: number | null = null): Sources {
  return {
    entries: pages<AuditRow>((after) =>
      q.query(
        `select tenant_id as tenant, stream, seq, entry, hash from steward.audit
         where tenant_id = $1 and (stream collate "C", seq) > ($2 collate "C", $3::bigint) and ($5::bigint is null or xmin::text::bigint < $5)
         order by stream collate "C", seq limit $4`,
        [tenant, after?.stream ?? "", after?.seq ?? 0, pageSize, before],
      ),
    ),
    bodies: pages<BodyRow>((after) =>
      q.query(
        `select * from (
           select tenant_id as tenant, 'actor:' || actor_id as stream, taken_seq::bigint as seq, event as text, salt from steward.mail
             where tenant_id = $1 and taken_seq is not null and ($5::bigint is null or xmin::text::bigint < $5)
           union all
           select tenant_id, stream, seq, body, salt from steward.fact where tenant_id = $1 and ($5::bigint is null or xmin::text::bigint < $5)
         ) b where (stream collate "C", seq) > ($2 collate "C", $3::bigint) order by stream collate "C", seq limit $4`,
        [tenant, after?.stream ?? "", after?.seq ?? 0, pageSize, before],
      ),
    ),
    heads: pages<ActorHead>((after) =>
      q.query(
        "select tenant_id as tenant, id as actor, seq, head from steward.actor where tenant_id = $1 and ($2::uuid is null or id > $2::uuid) order by id limit $3",
        [tenant, after?.actor ?? null, pageSize],
      ),
    ),
  };
}

async function* pages<T>(read: (after: T | null) => Promise<T[]>): AsyncGenerator<T> {
  for (let after: T | null = null; ; ) {
    // The embedded database answers without leaving this turn of the event loop: others get theirs between two pages.
    await new Promise((resolve) => setImmediate(resolve));
    const rows = await read(after);
    yield* rows;
    after = rows.at(-1) ?? null;
    if (rows.length < pageSize) return;
  }
}

async function* each<T>(rows: readonly T[]): AsyncGenerator<T> {
  yield* rows;
}
