import type { Queryable } from "./database.ts";

export interface StoredKey {
  readonly id: string;
  readonly name: string;
  readonly hash: Buffer;
  readonly scopes: readonly string[];
  readonly revoked: boolean;
  readonly createdAt: string;
}

const columns = `id, name, hash, scopes, revoked_at is not null as revoked, created_at as "createdAt"`;

/** Looked up at every use, so a revoked key is closed at once on every replica. */
export async function findKey(q: Queryable, tenant: string, id: string): Promise<StoredKey | null> {
  const [row] = await q.query<StoredKey>(`select ${columns} from steward.api_key where tenant_id = $1 and id = $2`, [tenant, id]);
  return row ?? null;
}

export function allKeys(q: Queryable, tenant: string): Promise<StoredKey[]> {
  return q.query<StoredKey>(`select ${columns} from steward.api_key where tenant_id = $1 order by created_at`, [tenant]);
}

export async function addKey(q: Pick<Queryable, "query">, tenant: string, key: { readonly id: string; readonly name: string; readonly hash: Buffer; readonly scopes: readonly string[] }): Promise<void> {
  await q.query("insert into steward.api_key (tenant_id, id, name, hash, scopes) values ($1, $2, $3, decode($4, 'hex'), $5::text[])", [
    tenant, key.id, key.name, key.hash.toString("hex"), key.scopes,
  ]);
}

/** False when there is no such key or it is revoked already. */
export async function revokeKey(q: Pick<Queryable, "query">, tenant: string, id: string): Promise<boolean> {
  const rows = await q.query("update steward.api_key set revoked_at = steward.now() where tenant_id = $1 and id = $2 and revoked_at is null returning 1", [tenant, id]);
  return rows.length > 0;
}
