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

/** The bodies of every definition that an actor may still need. */
export async function keptDefinitions(q: Queryable, tenant: string): Promise<string[]> {
  const rows = await q.query<{ body: string }>("select body from steward.definition where tenant_id = $1", [tenant]);
  return rows.map((row) => row.body);
}
