import type { ActorHead, AuditRow, BodyRow } from "../audit/rows.ts";
import type { Queryable } from "./database.ts";

const pageSize = 2000;

/** A tenant's record, read in pages in the order verification wants: stream (collate "C"), then seq. Constant memory. */
export function auditSources(
  q: Queryable,
  tenant: string,
): { entries: AsyncIterable<AuditRow>; bodies: AsyncIterable<BodyRow>; heads: AsyncIterable<ActorHead> } {
  return {
    entries: pages<AuditRow>((after) =>
      q.query(
        `select tenant_id as tenant, stream, seq, entry, hash from steward.audit
         where tenant_id = $1 and (stream collate "C", seq) > ($2 collate "C", $3::bigint) order by stream collate "C", seq limit $4`,
        [tenant, after?.stream ?? "", after?.seq ?? 0, pageSize],
      ),
    ),
    bodies: pages<BodyRow>((after) =>
      q.query(
        `select * from (
           select tenant_id as tenant, 'actor:' || actor_id as stream, taken_seq::bigint as seq, event as text, salt from steward.mail
             where tenant_id = $1 and taken_seq is not null
           union all
           select tenant_id, stream, seq, body, salt from steward.fact where tenant_id = $1
         ) b where (stream collate "C", seq) > ($2 collate "C", $3::bigint) order by stream collate "C", seq limit $4`,
        [tenant, after?.stream ?? "", after?.seq ?? 0, pageSize],
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
    const rows = await read(after);
    yield* rows;
    after = rows.at(-1) ?? null;
    if (rows.length < pageSize) return;
  }
}
