import type { Queryable } from "./database.ts";

export interface StoredKey {
  readonly id: string;
  readonly name: string;
  readonly hash: Buffer;
  readonly scopes: readonly string[];
  readonly revoked: boolean;
  readonly createdAt: string;
  /** Whose it is; null: nobody's. */
  readonly owner: { readonly id: string; readonly name: string; readonly active: boolean } | null;
}

const select = `select k.id, k.name, k.hash, k.scopes, k.revoked_at is not null as revoked, k.created_at as "createdAt",
    case when p.id is not null then json_build_object('id', p.id, 'name', p.name, 'active', p.active) end as owner
  from steward.api_key k left join steward.person p on p.tenant_id = k.tenant_id and p.id = k.owner_id where k.tenant_id = $1`;

/** Looked up at every use, so a revoked key is closed at once on every replica. */
export async function findKey(q: Queryable, tenant: string, id: string): Promise<StoredKey | null> {
  const [row] = await q.query<StoredKey>(`${select} and k.id = $2`, [tenant, id]);
  return row ?? null;
}

export function allKeys(q: Queryable, tenant: string): Promise<StoredKey[]> {
  return q.query<StoredKey>(`${select} order by k.created_at`, [tenant]);
}
