import type { Queryable } from "./database.ts";

/** The body of an output that was too large for a context: canonical JSON, if a run or one of its tasks made it, else null. */
export async function readArtifact(db: Queryable, tenant: string, runId: string, id: string): Promise<string | null> {
  const [row] = await db.query<{ body: string }>(
    `select f.body from steward.artifact f
       join steward.actor a on a.tenant_id = f.tenant_id and a.id = f.actor_id
      where f.tenant_id = $1 and f.id = $3 and coalesce(a.parent_id, a.id) = $2`,
    [tenant, runId, id],
  );
  return row?.body ?? null;
}
