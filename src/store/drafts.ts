import type { Place } from "../domain/incoming.ts";
import type { Queryable } from "./database.ts";

/** Keeps which runs each draft of a list is made of, by its number; a list that is made again stays as it was. */
export async function keepDrafts(
  q: Queryable,
  tenant: string,
  runId: string,
  drafts: readonly { readonly n: number; readonly runs: readonly string[] }[],
): Promise<void> {
  await q.query(
    `insert into steward.draft (tenant_id, run_id, n, runs)
     select $1, $2::uuid, r.n, r.runs from json_to_recordset($3::json) as r(n integer, runs uuid[]) on conflict do nothing`,
    [tenant, runId, JSON.stringify(drafts.map(({ n, runs }) => ({ n, runs: `{${runs.join()}}` })))],
  );
}

/** The runs of one draft: of the list that this run made, or of the newest that this person asked for. Null where there is none. */
export async function draftRuns(
  q: Queryable,
  tenant: string,
  { run, n, personId }: { readonly run: string | null; readonly n: number; readonly personId: string },
): Promise<readonly string[] | null> {
  const [row] = await q.query<{ runs: string[] }>(
    `select d.runs from steward.draft d join steward.actor a on a.tenant_id = $1 and a.id = d.run_id
     where d.tenant_id = $1 and d.n = $2 and d.run_id = (
       select max(own.run_id::text)::uuid from steward.draft own join steward.actor list on list.tenant_id = $1 and list.id = own.run_id
       where own.tenant_id = $1 and ($3::text is null and list.requester_id = $4 or list.short = upper($3)))`,
    [tenant, n, run, personId],
  );
  return row?.runs ?? null;
}

/** What others wrote in the threads of these runs while they were open, and nothing was begun with; oldest first. */
export function saidIn(
  q: Queryable,
  tenant: string,
  runs: readonly string[],
): Promise<{ run: string; by: string; text: string; platform: Place["platform"]; channel: string }[]> {
  return q.query(
    `${threads}
     select distinct on (i.id) t.run, coalesce(p.name, i.person_id) as by, i.body::json->>'text' as text, t.platform, t.channel
     from threads t join steward.inbox i on i.tenant_id = $1 and i.kind = 'message' and i.outcome in ('silent', 'added', 'unknown')
       and i.received_at between t.from_at and t.to_at and i.person_id <> t.requester_id
       and i.body::json->'place'->>'platform' = t.platform and i.body::json->'place'->>'channel' = t.channel
       and i.body::json->'place'->>'thread' = t.thread
     left join steward.person p on p.tenant_id = $1 and p.id = i.person_id
     where i.body::json->>'text' <> '' order by i.id`,
    [tenant, runs],
  );
}

/** The runs that somebody began in the threads of these while they were open; oldest first. */
export function begunIn(
  q: Queryable,
  tenant: string,
  runs: readonly string[],
): Promise<{ run: string; begun: string }[]> {
  return q.query(
    `${threads}
     select distinct t.run, a.id as begun from threads t
     join steward.conversation c on c.tenant_id = $1 and c.platform = t.platform and c.channel = t.channel and c.thread = t.thread
     join steward.actor a on a.tenant_id = $1 and a.conversation_id = c.id and a.machine = 'plan' and a.id <> t.run
       and a.created_at between t.from_at and t.to_at order by begun`,
    [tenant, runs],
  );
}

/** The threads in which these runs showed themselves, or that their messages in a channel began, and from when to when. */
const threads = `with threads as (
  select distinct a.id as run, a.requester_id, a.created_at as from_at, coalesce(a.ended_at, steward.now()) as to_at,
    c.platform, c.channel, coalesce(nullif(c.thread, ''), m.ref) as thread
  from steward.actor a join steward.message m on m.tenant_id = $1 and m.actor_id = a.id
  join steward.conversation c on c.tenant_id = $1 and c.id = m.conversation_id
  where a.tenant_id = $1 and a.id = any ($2::uuid[]))`;
