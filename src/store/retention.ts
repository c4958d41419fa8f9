import { setTimeout as wait } from "node:timers/promises";
import type { Incoming } from "../domain/incoming.ts";
import { canonical } from "../domain/json.ts";
import type { Leader } from "../messages/platform.ts";
import { clockOf, type Database, type Queryable } from "./database.ts";
import { firstIdAt } from "./learned.ts";

/** Days after a run's end; null: for ever. */
export interface Retention {
  readonly work: number | null;
  readonly modelCalls: number | null;
  readonly mail: number | null;
}

const kinds = ["work", "modelCalls", "mail"] as const;
type Kind = (typeof kinds)[number];

const everyMs = 3_600_000;
/** Runs swept in one transaction. */
const atOnce = 50;
/** Deliveries or posts in one transaction. */
const saidAtOnce = 500;
const dayMs = 86_400_000;
/** $1 tenant, $2 runs: they, their tasks and gates, and the gates of those tasks. */
const family = `with own as (select id from steward.actor where tenant_id = $1 and (id = any ($2::uuid[]) or parent_id = any ($2::uuid[]))),
  family as (select id from own union select a.id from steward.actor a join own on a.parent_id = own.id where a.tenant_id = $1)`;

/** What a message says once its text was taken away. */
const gone = canonical({ text: "This is no longer kept." });
/** $3 instead of what was shown for these actors or deliveries; how a run stands stays, and so does what was not shown yet. */
const unsay = `gone as (update steward.message m set wanted = $3 from family
    where m.tenant_id = $1 and m.actor_id = family.id and m.key <> 'status' and m.shown_version = m.wanted_version returning m.id)
  update steward.web_post p set view = $3 from gone where p.tenant_id = $1 and p.marker = gone.id`;

/** What is taken away of runs, by what it is called in steward.yaml. Doing it twice changes nothing. */
const statements: Readonly<Record<Kind, readonly string[]>> = {
  work: [
    `${family} delete from steward.artifact f using family where f.tenant_id = $1 and f.actor_id = family.id`,
    "delete from steward.blackboard where tenant_id = $1 and run_id = any ($2::uuid[])",
    `${family} update steward.effect e set args = '{}' from family
     where e.tenant_id = $1 and e.actor_id = family.id and e.tool = 'model.turn' and e.args <> '{}'`,
  ],
  modelCalls: ["delete from steward.model_call where tenant_id = $1 and run_id = any ($2::uuid[])"],
  mail: [
    `${family} update steward.mail m set event = null, salt = null from family
     where m.tenant_id = $1 and m.actor_id = family.id and m.taken_seq is not null and m.event is not null`,
    `${family}, ${unsay}`,
  ],
};

/** Takes away what is past its time, in small transactions, until nothing is or `signal` is aborted. Says how many runs it swept. */
export async function sweep(
  db: Database,
  tenant: string,
  retention: Retention,
  signal = new AbortController().signal,
): Promise<number> {
  let swept = 0;
  for (const kind of kinds) {
    const days = retention[kind];
    if (days === null) continue;
    for (let n = atOnce; n === atOnce && !signal.aborted; swept += n)
      n = await db.tx((tx) => sweepSome(tx, tenant, kind, days));
    if (kind === "work")
      await db.query(
        "delete from steward.trial_alert where tenant_id = $1 and told = 'resolved' and ends_at < steward.now() - $2 * interval '1 day'",
        [tenant, days],
      );
    if (kind === "mail") {
      for (const said of ["inbox", "posts"] as const)
        for (let n = saidAtOnce; n === saidAtOnce && !signal.aborted; )
          n = await db.tx((tx) => sweepSaid(tx, tenant, said, days));
      // A lesson has the id of the delivery that said it.
      await db.query("delete from steward.learned_example where tenant_id = $1 and id < $2", [
        tenant,
        firstIdAt((await clockOf(db)).getTime() - days * dayMs),
      ]);
      await db.query(
        "delete from steward.held where tenant_id = $1 and told_at < steward.now() - $2 * interval '1 day'",
        [tenant, days],
      );
    }
  }
  return swept;
}

async function sweepSome(tx: Queryable, tenant: string, kind: Kind, days: number): Promise<number> {
  const runs = await tx.query<{ id: string; endedAt: string }>(
    `select a.id, a.ended_at::text as "endedAt" from steward.actor a
     where a.tenant_id = $1 and a.machine = 'plan' and a.done and a.ended_at < steward.now() - $3 * interval '1 day'
       and (a.ended_at, a.id) > (select coalesce(max(r.ended_at), '-infinity'), coalesce(max(r.run_id::text), '00000000-0000-0000-0000-000000000000')::uuid
         from steward.retention r where r.tenant_id = $1 and r.kind = $2)
     order by a.ended_at, a.id limit ${atOnce}`,
    [tenant, kind, days],
  );
  const last = runs.at(-1);
  if (last === undefined) return 0;
  const ids = runs.map(({ id }) => id);
  for (const statement of statements[kind])
    await tx.query(statement, statement.includes("$3") ? [tenant, ids, gone] : [tenant, ids]);
  await noteSwept(tx, tenant, { kind, at: last.endedAt, id: last.id });
  return runs.length;
}

/** What each kind of what was said is read from. What is not routed yet has its text still before it. */
const sources = {
  inbox: "select id, received_at as at, case when outcome is not null then body end as text from steward.inbox",
  posts: "select id, at, case when from_id <> 'steward' then view end as text from steward.web_post",
} as const;

/** Takes the text from what was said so long ago. The rows stay, with the keys by which a delivery that comes again is known. */
async function sweepSaid(tx: Queryable, tenant: string, kind: keyof typeof sources, days: number): Promise<number> {
  const until = (await clockOf(tx)).getTime() - days * dayMs;
  const rows = await tx.query<{ id: string; at: string; text: string | null }>(
    `select id, at::text as at, text from (${sources[kind]} where tenant_id = $1 and id < $3
       and id > (select coalesce(max(r.run_id::text), '00000000-0000-0000-0000-000000000000')::uuid
         from steward.retention r where r.tenant_id = $1 and r.kind = $2)) said
     where at < steward.now() - $4 * interval '1 day' order by id limit ${saidAtOnce}`,
    [tenant, kind, firstIdAt(until), days],
  );
  const last = rows.at(-1);
  if (last === undefined) return 0;
  const old = rows.filter(({ text }) => text !== null);
  const ids = old.map(({ id }) => id);
  if (kind === "posts")
    await tx.query("update steward.web_post set view = $3 where tenant_id = $1 and id = any ($2::uuid[])", [
      tenant,
      ids,
      gone,
    ]);
  else {
    await tx.query(
      `update steward.inbox i set body = r.body from unnest($2::uuid[], $3::text[]) as r(id, body)
       where i.tenant_id = $1 and i.id = r.id`,
      [tenant, ids, old.map(({ text }) => withoutText(text ?? ""))],
    );
    await tx.query(`with family as (select unnest($2::uuid[]) as id), ${unsay}`, [tenant, ids, gone]);
  }
  await noteSwept(tx, tenant, { kind, at: last.at, id: last.id });
  return rows.length;
}

/** A delivery with nothing but who it came from and where. */
function withoutText(body: string): string {
  const { data: _, ...rest } = JSON.parse(body) as Incoming;
  return canonical({ ...rest, text: "" });
}

async function noteSwept(
  tx: Queryable,
  tenant: string,
  { kind, at, id }: { readonly kind: string; readonly at: string; readonly id: string },
): Promise<void> {
  await tx.query(
    `insert into steward.retention (tenant_id, kind, ended_at, run_id) values ($1, $2, $3::timestamptz, $4)
     on conflict (tenant_id, kind) do update set ended_at = excluded.ended_at, run_id = excluded.run_id`,
    [tenant, kind, at, id],
  );
}

/** Sweeps once an hour, on one replica. Resolves when `signal` is aborted. */
export function keepSwept(
  parts: {
    readonly db: Database;
    readonly tenant: string;
    readonly retention: Retention;
    readonly leader: Leader;
    onError(error: Error): void;
  },
  signal: AbortSignal,
): Promise<void> {
  const { db, tenant, retention, leader, onError } = parts;
  return leader.lead("retention", signal, async (held) => {
    while (!held.aborted) {
      await sweep(db, tenant, retention, held).catch(onError);
      await wait(everyMs, undefined, { signal: held, ref: false }).catch(() => undefined);
    }
  });
}
