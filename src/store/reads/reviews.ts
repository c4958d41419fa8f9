import type { Queryable } from "../database.ts";

/** How many open reviews each person has, by id, leaving one run out. */
export async function reviewLoad(q: Queryable, tenant: string, besidesRun: string): Promise<Map<string, number>> {
  const rows = await q.query<{ person: string; open: number }>(
    `select substr(who, 8) as person, count(distinct a.id)::int as open
     from steward.expectation x join steward.actor a on a.tenant_id = x.tenant_id and a.id = x.actor_id
     join steward.definition d on d.tenant_id = a.tenant_id and d.hash = a.definition_hash and d.name = 'review'
     cross join lateral unnest(x.roles) as who
     where x.tenant_id = $1 and not a.done and a.id <> $2 and who like 'person:_%' group by 1`,
    [tenant, besidesRun],
  );
  return new Map(rows.map(({ person, open }) => [person, open]));
}
