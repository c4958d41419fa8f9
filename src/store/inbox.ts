import type { Json } from "../domain/json.ts";
import type { Expectation } from "../inbox/route.ts";
import type { Queryable } from "./database.ts";

/** A stored delivery and what became of it. */
export async function storedDelivery(
  q: Queryable,
  tenant: string,
  id: string,
): Promise<{ body: string; outcome: string | null } | null> {
  const [row] = await q.query<{ body: string; outcome: string | null }>(
    "select body, outcome from steward.inbox where tenant_id = $1 and id = $2",
    [tenant, id],
    "stored-delivery",
  );
  return row ?? null;
}

/** Who waits for this intent. */
export async function expectationsOf(q: Queryable, tenant: string, name: string): Promise<Expectation[]> {
  const rows = await q.query<Omit<Expectation, "match"> & { match: string }>(
    `select x.actor_id as "actorId", x.id, x.match, x.roles, a.requester_id as "requesterId"
     from steward.expectation x join steward.actor a on a.tenant_id = x.tenant_id and a.id = x.actor_id
     where x.tenant_id = $1 and x.name = $2 order by x.actor_id limit 1000`,
    [tenant, name],
  );
  return rows.map((row) => ({ ...row, match: JSON.parse(row.match) as Record<string, Json> }));
}
