import { Fault } from "../../domain/fault.ts";
import { isId } from "../../domain/ids.ts";
import type { AuditFilter, FoundLine, Reads } from "../../http/reads.ts";
import { clockOf, type Queryable } from "../database.ts";
import { lineOf } from "./entries.ts";

/** Where things stand in an entry's canonical text; migration 0016 has an index on the first two. */
const at = `(substr(a.entry, 8, 24) collate "C")`;
const by = textAfter("by", 2);
const kind = textAfter("kind", -1);
const event = textAfter("event", 2);
const effect = textAfter("effect", 2);
const ofEffect = `split_part(split_part(a.entry, '"key":"effect:', 2), ':', 1)`;

/** What each answer to a question makes of it, once enough people gave it. */
const decisions: ReadonlyMap<string, string> = new Map([
  ["gate.approved", "approve"],
  ["gate.denied", "deny"],
]);
const mostStreams = 2000;
const mostRuns = 200;
const recentMs = 30 * 86_400_000;

interface Row {
  readonly stream: string;
  readonly seq: number;
  readonly entry: string;
  readonly hash: Uint8Array;
  readonly body: string | null;
  readonly machine: "plan" | "gate" | "agent" | null;
  readonly name: string | null;
  readonly actorId: string | null;
  readonly runId: string | null;
  readonly short: string | null;
}

/**
 * Entries of every stream that fit, the newest first, and where the next page begins: null on the last one. What no index
 * leads to is looked for in the last 30 days, up to `until`: `since` says from when, and is null where all was searched.
 */
export async function searchEntries(
  db: Queryable,
  { tenant, filter: asked, before = "", limit }: Parameters<Reads["search"]>[0],
): ReturnType<Reads["search"]> {
  const [place, instant, stream, seq] = /^([^~]{24})~([^~]+)~(\d{1,15})$/.exec(before) ?? [];
  if (place === undefined && before !== "")
    throw new Fault(
      "bad-request",
      "“before” is no place in the record: give it what the page before this one had as “next”, or leave it out.",
    );
  const since = await sinceFor(db, asked);
  const filter = since === null ? asked : { ...asked, from: since };
  const streams = filter.run === undefined ? null : await streamsOf(db, tenant, filter.run);
  if (streams?.length === 0) return { entries: [], next: null, since };
  const values: unknown[] = [tenant, limit + 1];
  const given = (value: unknown) => `$${values.push(value)}`;
  const conditions = [
    ...conditionsOf(filter, given),
    ...(streams ? [`a.stream = any (${given(streams)}::text[])`] : []),
  ];
  if (instant !== undefined)
    conditions.push(
      `${at} <= ${given(instant)}`,
      `(${at}, a.stream, a.seq) < (${given(instant)}, ${given(stream)}, ${given(seq)}::bigint)`,
    );
  const found = await db.query<Row>(
    `select a.stream, a.seq, a.entry, a.hash, coalesce(m.event, f.body) as body, x.machine, x.name, x.id as "actorId", r.id as "runId", r.short
     from (select a.stream, a.seq, a.entry, a.hash, case when a.stream like 'actor:%' then substr(a.stream, 7)::uuid end as actor_id
           from steward.audit a where a.tenant_id = $1${conditions.map((one) => ` and ${one}`).join("")}
           order by ${at} desc, a.stream desc, a.seq desc limit $2) a
     -- offset 0 keeps the planner from reading all of a tenant's rows first: one look by key for each entry.
     left join lateral (select event from steward.mail where tenant_id = $1 and actor_id = a.actor_id and taken_seq = a.seq offset 0) m on true
     left join lateral (select body from steward.fact where tenant_id = $1 and stream = a.stream and seq = a.seq offset 0) f on true
     left join lateral (select id, machine, name, parent_id from steward.actor where tenant_id = $1 and id = a.actor_id offset 0) x on true
     left join lateral (select id, machine, parent_id from steward.actor where tenant_id = $1 and id = x.parent_id offset 0) p on true
     left join lateral (select id, short from steward.actor where tenant_id = $1
       and id = case when x.machine = 'plan' then x.id when p.machine = 'plan' then p.id else p.parent_id end offset 0) r on true
     order by ${at} desc, a.stream desc, a.seq desc`,
    values,
  );
  const entries = found.slice(0, limit).map(foundOf);
  const last = entries.at(-1);
  const next = found.length > limit && last !== undefined ? `${last.at}~${last.stream}~${last.seq}` : null;
  return { entries, next, since };
}

/** From when on it is searched where neither a time, a run nor a person bounds it; null where one does. */
async function sinceFor(db: Queryable, { from, until, run, by = "system" }: AuditFilter): Promise<string | null> {
  if (from !== undefined || run !== undefined || by !== "system") return null;
  const last = until === undefined ? await clockOf(db) : new Date(until);
  return new Date(last.getTime() - recentMs).toISOString();
}

function conditionsOf(filter: AuditFilter, given: (value: unknown) => string): string[] {
  const conditions: string[] = [];
  // Said twice, so that the index that leaves the system's own entries out can be used.
  if (filter.by !== undefined)
    conditions.push(`${by} = ${given(filter.by)}`, ...(filter.by === "system" ? [] : [`${by} <> 'system'`]));
  if (filter.from !== undefined) conditions.push(`${at} >= ${given(filter.from)}`);
  if (filter.until !== undefined) conditions.push(`${at} < ${given(filter.until)}`);
  if (filter.kind !== undefined) {
    const wanted = given(filter.kind);
    const decision = filter.by === undefined || filter.by === "system" ? undefined : decisions.get(filter.kind);
    // What people decided is a gate's own entry; each of them has a vote.
    const voted =
      decision === undefined
        ? ""
        : ` or ${kind} = 'turn' and ${event} = 'vote' and exists (select from steward.mail v where v.tenant_id = $1
            and v.actor_id = substr(a.stream, 7)::uuid and v.taken_seq = a.seq and v.event::json ->> 'decision' = ${given(decision)})`;
    conditions.push(`(${kind} = ${wanted} or ${kind} = 'turn' and ${event} = ${wanted}${voted})`);
  }
  if (filter.tool !== undefined) {
    const wanted = given(filter.tool);
    // "restart" and "services" find services.restart.
    const calls = `steward.effect e where e.tenant_id = $1 and (e.tool = ${wanted} or ${wanted} = any (string_to_array(e.tool, '.')))`;
    conditions.push(
      `(${effect} in (select e.id::text from ${calls}) or ${ofEffect} in (select e.id::text from ${calls})
        or a.stream in (select 'actor:' || e.gate_id from ${calls} and e.gate_id is not null))`,
    );
  }
  return conditions;
}

/** The streams of runs, and of their tasks and gates: of one by its id or R-..., or of the newest whose title holds each of these words. */
async function streamsOf(db: Queryable, tenant: string, run: string): Promise<string[]> {
  const named = isId(run)
    ? "id = $2::uuid"
    : /^R-[0-9A-Z]{6}$/i.test(run)
      ? "short = upper($2)"
      : "(select bool_and(position(word in lower(name)) > 0) from regexp_split_to_table(lower($2), '\\s+') word)";
  const rows = await db.query<{ stream: string }>(
    `with recursive tree as (
       (select id from steward.actor where tenant_id = $1 and machine = 'plan' and ${named} order by id desc limit ${mostRuns})
       union all
       select c.id from steward.actor c join tree on c.tenant_id = $1 and c.parent_id = tree.id)
     select 'actor:' || id as stream from tree limit ${mostStreams}`,
    [tenant, run],
  );
  return rows.map(({ stream }) => stream);
}

function foundOf({ machine, name, actorId, runId, short, stream, ...row }: Row): FoundLine {
  const about = machine === null || actorId === null ? null : { machine, name: name ?? "", id: actorId, runId, short };
  return { ...lineOf(row), stream, about };
}

function textAfter(key: string, which: number): string {
  return `split_part(split_part(a.entry, '"${key}":"', ${which}), '"', 1)`;
}
