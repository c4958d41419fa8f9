import type { Queryable } from "./database.ts";

/** A workflow that people took into use, besides those of the folder. */
interface Used {
  readonly name: string;
  /** The definition as it is kept. */
  readonly body: string;
  readonly byId: string | null;
  readonly by: string | null;
  /** R-... of the run that took it into use. */
  readonly run: string;
  /** ISO instant. */
  readonly at: string;
}

/** Takes a workflow into use, or with null out of it; the same effect once. */
export async function noteUse(
  q: Queryable,
  tenant: string,
  use: {
    readonly effectId: string;
    readonly name: string;
    readonly hash: string | null;
    readonly byId: string | null;
    readonly runId: string;
  },
): Promise<void> {
  await q.query(
    `insert into steward.workflow_use (tenant_id, effect_id, name, hash, by_id, run_id) values ($1, $2, $3, $4, $5, $6)
     on conflict (tenant_id, effect_id) do nothing`,
    [tenant, use.effectId, use.name, use.hash, use.byId, use.runId],
  );
}

/** How often what is in use has changed. Not the newest number: a change with a lower one may be committed later. */
export async function useVersion(q: Queryable, tenant: string): Promise<string> {
  const [row] = await q.query<{ version: string }>(`select ${version} as version`, [tenant], "use-version");
  return row?.version ?? "0";
}

/** The same inside a statement whose first value is the tenant. */
export const version = "(select count(*)::text from steward.workflow_use u where u.tenant_id = $1)";

/** What is in use now, in the order it was taken. */
export async function inUse(q: Queryable, tenant: string): Promise<Used[]> {
  const rows = await q.query<Omit<Used, "at"> & { at: string | Date }>(
    `select u.name, d.body, u.by_id as "byId", p.name as by, coalesce(a.short, '') as run, u.at from (
       select distinct on (name) * from steward.workflow_use where tenant_id = $1 order by name, n desc) u
     join steward.definition d on d.tenant_id = $1 and d.hash = u.hash
     left join steward.person p on p.tenant_id = $1 and p.id = u.by_id
     left join steward.actor a on a.tenant_id = $1 and a.id = u.run_id
     order by u.n`,
    [tenant],
  );
  return rows.map(({ at, ...row }) => ({ ...row, at: new Date(at).toISOString() }));
}
