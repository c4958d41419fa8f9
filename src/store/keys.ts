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
  const [row] = await q.query<StoredKey>(`select ${columns} from steward.api_key where tenant_id = $1 and id = $2`, [
    tenant,
    id,
  ]);
  return row ?? null;
}

export function allKeys(q: Queryable, tenant: string): Promise<StoredKey[]> {
  return q.query<StoredKey>(`select ${columns} from steward.api_key where tenant_id = $1 order by created_at`, [
    tenant,
  ]);
}
