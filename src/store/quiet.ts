import { newId } from "../domain/ids.ts";
import type { QuietHours } from "../people/quiet.ts";
import type { Queryable } from "./database.ts";

/** Something that waits until its person may be disturbed. */
interface Held {
  readonly id: string;
  readonly at: string;
  readonly text: string;
}

const mostShown = 50;

/** What these people said of their quiet hours; null: never. Who said nothing is left out. */
export async function saidQuiet(
  q: Pick<Queryable, "query">,
  tenant: string,
  people: readonly string[],
): Promise<ReadonlyMap<string, QuietHours | null>> {
  const rows = await q.query<{ id: string; from: number | null; to: number | null }>(
    `select person_id as id, from_minute as "from", to_minute as "to" from steward.quiet_hours
     where tenant_id = $1 and person_id = any ($2::text[])`,
    [tenant, people],
    "said-quiet",
  );
  return new Map(rows.map(({ id, from, to }) => [id, from === null || to === null ? null : { from, to }]));
}

export async function sayQuiet(q: Queryable, tenant: string, person: string, hours: QuietHours | null): Promise<void> {
  await q.query(
    `insert into steward.quiet_hours (tenant_id, person_id, from_minute, to_minute) values ($1, $2, $3, $4)
     on conflict (tenant_id, person_id) do update set from_minute = excluded.from_minute, to_minute = excluded.to_minute`,
    [tenant, person, hours?.from ?? null, hours?.to ?? null],
  );
}

/** Keeps a text for somebody, once under its key. */
export async function hold(
  q: Queryable,
  held: { readonly tenant: string; readonly person: string; readonly key: string; readonly text: string },
): Promise<void> {
  await q.query(
    `insert into steward.held (tenant_id, id, person_id, key, text) values ($1, $2, $3, $4, $5)
     on conflict (tenant_id, person_id, key) do nothing`,
    [held.tenant, newId(), held.person, held.key, held.text],
  );
}

/** What is kept for somebody, oldest first, at most 50 at a time. */
export async function heldFor(q: Queryable, tenant: string, person: string): Promise<Held[]> {
  const rows = await q.query<Held>(
    `select id, held_at as at, text from steward.held where tenant_id = $1 and person_id = $2 order by n limit ${mostShown}`,
    [tenant, person],
  );
  return rows.map((row) => ({ ...row, at: new Date(row.at).toISOString() }));
}

export async function dropHeld(q: Queryable, tenant: string, person: string, ids: readonly string[]): Promise<void> {
  await q.query("delete from steward.held where tenant_id = $1 and person_id = $2 and id = any ($3::uuid[])", [
    tenant,
    person,
    ids,
  ]);
}
