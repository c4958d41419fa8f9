import type { Queryable } from "./database.ts";

/** Keeps definitions by their hash; one that is there already stays as it is. */
export async function keepDefinitions(
  q: Queryable,
  tenant: string,
  definitions: readonly { readonly hash: string; readonly name: string; readonly body: string }[],
): Promise<void> {
  await q.query(
    `insert into steward.definition (tenant_id, hash, name, body)
     select $1, r.hash, r.name, r.body from json_to_recordset($2::json) as r(hash text, name text, body text) on conflict do nothing`,
    [tenant, JSON.stringify(definitions.map(({ hash, name, body }) => ({ hash, name, body })))],
  );
}

/** The body of one definition. */
export async function keptDefinition(q: Queryable, tenant: string, hash: string): Promise<string | null> {
  const [row] = await q.query<{ body: string }>(
    "select body from steward.definition where tenant_id = $1 and hash = $2",
    [tenant, hash],
  );
  return row?.body ?? null;
}
