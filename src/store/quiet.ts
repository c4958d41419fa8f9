import type { QuietHours } from "../domain/quiet.ts";
import type { Queryable } from "./database.ts";

/** Something that waits until its person may be disturbed. */
interface Held {
  readonly id: string;
  readonly at: string;
  readonly text: string;
}

const mostShown = 20;
/** Characters of one telling, each with its time: a card shows no less than 8,989 (`partsOf`), wherever it has to be cut. */
const longestShown = 8500;
const beside = 30;

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

/** Whether a run's message under this key is on its way to somebody: shown at once, kept for them, or told after it was kept. */
export async function isOnItsWay(
  q: Pick<Queryable, "query">,
  tenant: string,
  message: { readonly personId: string; readonly runId: string; readonly key: string },
): Promise<boolean> {
  const { personId, runId, key } = message;
  const rows = await q.query(
    `select 1 from steward.held where tenant_id = $1 and person_id = $2 and key = $4
     union all select 1 from steward.message where tenant_id = $1 and actor_id = $3 and key = $4 limit 1`,
    [tenant, personId, runId, key],
  );
  return rows.length > 0;
}

/** Whether anything else than these is kept for somebody. */
export async function isMoreHeld(
  q: Pick<Queryable, "query">,
  tenant: string,
  person: string,
  ids: readonly string[],
): Promise<boolean> {
  const rows = await q.query(
    "select 1 from steward.held where tenant_id = $1 and person_id = $2 and told_at is null and id <> all ($3::uuid[]) limit 1",
    [tenant, person, ids],
  );
  return rows.length > 0;
}

/** What is kept for somebody, oldest first: as much at a time as one message shows whole. */
export async function heldFor(q: Queryable, tenant: string, person: string): Promise<Held[]> {
  const rows = await q.query<Held>(
    `select id, held_at as at, text from steward.held where tenant_id = $1 and person_id = $2 and told_at is null order by n limit ${mostShown}`,
    [tenant, person],
  );
  let room = longestShown;
  const shown = rows.filter(({ text }, i) => {
    room -= text.length + beside;
    return i === 0 || room >= 0;
  });
  return shown.map((row) => ({ ...row, at: new Date(row.at).toISOString() }));
}
