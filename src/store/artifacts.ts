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

/** The same for the run that wants a message: what another run made is nothing it may show. */
export async function artifactOfMessage(
  db: Queryable,
  tenant: string,
  messageId: string,
  id: string,
): Promise<string | null> {
  const [row] = await db.query<{ body: string }>(
    `select f.body from steward.message m
       join steward.actor owner on owner.tenant_id = m.tenant_id and owner.id = m.actor_id
       join steward.artifact f on f.tenant_id = m.tenant_id and f.id = $3
       join steward.actor maker on maker.tenant_id = f.tenant_id and maker.id = f.actor_id
      where m.tenant_id = $1 and m.id = $2
        and coalesce(maker.parent_id, maker.id) = coalesce(owner.parent_id, owner.id)`,
    [tenant, messageId, id],
    "artifact-of-message",
  );
  return row?.body ?? null;
}
