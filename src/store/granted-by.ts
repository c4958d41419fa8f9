import type { Queryable } from "./database.ts";

/** The R-... of the run that each of these effects belongs to, by the effect's id; those that are no longer kept are left out. */
export async function runsOfEffects(
  q: Queryable,
  tenant: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await q.query<{ id: string; short: string }>(
    `with recursive up as (
       select e.id, a.id as actor_id, a.parent_id, a.machine, a.short from steward.effect e
         join steward.actor a on a.tenant_id = e.tenant_id and a.id = e.actor_id where e.tenant_id = $1 and e.id::text = any ($2::text[])
       union all
       select up.id, a.id, a.parent_id, a.machine, a.short from up join steward.actor a on a.tenant_id = $1 and a.id = up.parent_id)
     select id, short from up where machine = 'plan' and parent_id is null`,
    [tenant, ids],
  );
  return new Map(rows.map(({ id, short }) => [id, short]));
}
