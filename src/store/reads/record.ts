import { isId } from "../../domain/ids.ts";
import type { Beside, Run } from "../../http/reads.ts";
import type { HowItIs } from "../../inbox/how-is.ts";
import { permits } from "../../people/people.ts";
import { definitionFrom, type PlanContext, replyOf, statusOf } from "../../workflow/index.ts";
import type { Queryable } from "../database.ts";
import { findPeople } from "../people.ts";
import { runById } from "./runs.ts";

/**
 * The caller's own run, or another by its id or R-..., or the one that began the thread of the caller's ("this"), if whoever asked for the caller's may see it. Null where there is none,
 * where they may not, and where several runs have that short name.
 */
export async function recordedRun(
  db: Queryable,
  asked: { tenant: string; wanted: string | null; ownId: string; readerId: string | null },
): Promise<Run | null> {
  const { tenant, wanted, ownId, readerId } = asked;
  const id = await meant(db, tenant, wanted, ownId);
  const run = id === null ? null : await runById(db, tenant, id);
  if (run === null) return null;
  const whole = run.service === null ? run : { ...run, beside: await besideOf(db, tenant, run.id) };
  if (run.id === ownId) return whole;
  const [reader] = readerId === null ? [] : await findPeople(db, tenant, [readerId]);
  return reader && permits(reader, "run.read", run).ok ? whole : null;
}

/** What was done by other runs that show themselves in the thread of this one, the first first. */
function besideOf(db: Queryable, tenant: string, id: string): Promise<Beside[]> {
  return db.query<Beside>(
    `select e.ended_at as at, a.short as run, coalesce(p.name, a.requester_id, 'an API key') as by, e.tool, e.args
     from steward.actor o
     join steward.conversation here on here.tenant_id = $1 and here.id = o.conversation_id
     join steward.conversation c on c.tenant_id = $1 and c.platform = here.platform and c.channel = here.channel
       and c.thread <> '' and c.thread in (here.thread, here.begun)
     join steward.actor a on a.tenant_id = $1 and a.conversation_id = c.id and a.machine = 'plan' and a.id <> o.id
     join steward.effect e on e.tenant_id = $1 and e.actor_id = a.id and e.state = 'done' and e.risk <> 'read'
     left join steward.person p on p.tenant_id = $1 and p.id = a.requester_id
     where o.tenant_id = $1 and o.id = $2::uuid order by e.ended_at limit 50`,
    [tenant, id],
  );
}

/** The R-... of the newest run of a definition that this person may see, of its last twenty; null where there is none. */
export async function newestOf(
  db: Queryable,
  { tenant, definition, readerId }: { tenant: string; definition: string; readerId: string },
): Promise<string | null> {
  const found = await db.query<{ id: string; short: string }>(
    `select a.id, a.short from steward.actor a join steward.definition d on d.tenant_id = a.tenant_id and d.hash = a.definition_hash
     where a.tenant_id = $1 and a.machine = 'plan' and d.name = $2 order by a.id desc limit 20`,
    [tenant, definition],
  );
  for (const { id, short } of found)
    if ((await recordedRun(db, { tenant, wanted: id, ownId: "", readerId })) !== null) return short;
  return null;
}

/** How a run stands, for somebody who may see it; null as for `recordedRun`. */
export async function howItIs(
  db: Queryable,
  { tenant, short, readerId }: { tenant: string; short: string; readerId: string },
): Promise<HowItIs | null> {
  const run = await recordedRun(db, { tenant, wanted: short, ownId: "", readerId });
  if (run === null) return null;
  const [kept] = await db.query<{ context: string; body: string }>(
    `select a.snapshot::json->>'context' as context, d.body from steward.actor a
     join steward.definition d on d.tenant_id = a.tenant_id and d.hash = a.definition_hash where a.tenant_id = $1 and a.id = $2`,
    [tenant, run.id],
  );
  const definition = kept && definitionFrom(kept.body);
  const context = JSON.parse(kept?.context ?? "null") as PlanContext;
  const { paused, stuck, state, gates, done } = run;
  // What is to be done stands before what people are to be told.
  const isSaying = ({ actions }: (typeof gates)[number]) => actions.every(({ tool }) => tool === "messages.send");
  const open = gates.filter((gate) => gate.state === "open").sort((a, b) => Number(isSaying(a)) - Number(isSaying(b)));
  return {
    id: run.id,
    sentence: definition ? statusOf(definition, context) : run.title,
    state: stuck === null ? (paused ? `${state}, paused` : state) : `stuck: ${stuck}`,
    asked: open.map(({ id, title, approvers, expiresAt }) => ({
      gate: id,
      says: `${title}: ${approvers || "as the policy says"}, until ${expiresAt}`,
    })),
    lastWord: done && definition ? replyOf(definition, context) : null,
  };
}

function meant(db: Queryable, tenant: string, wanted: string | null, ownId: string): Promise<string | null> | string {
  if (wanted === null) return ownId;
  if (wanted === "this") return firstHere(db, tenant, ownId);
  return isId(wanted) ? wanted : runNamed(db, tenant, wanted);
}

/** The first run of the thread that this one is in; a thread that our own message began has its name only since then. */
async function firstHere(db: Queryable, tenant: string, ownId: string): Promise<string | null> {
  const [first] = await db.query<{ id: string }>(
    `select a.id from steward.actor o
     join steward.conversation here on here.tenant_id = $1 and here.id = o.conversation_id and here.thread <> ''
     join steward.conversation c on c.tenant_id = $1 and c.platform = here.platform and c.channel = here.channel
       and (c.thread = here.thread and c.workspace = here.workspace or c.begun = here.thread)
     join steward.message m on m.tenant_id = $1 and m.conversation_id = c.id
     join steward.actor a on a.tenant_id = $1 and a.id = m.actor_id and a.machine = 'plan' and a.id <> o.id
     where o.tenant_id = $1 and o.id = $2::uuid order by a.id limit 1`,
    [tenant, ownId],
  );
  return first?.id ?? null;
}

const said = /\bR-[0-9A-Z]{6}\b/i;
/** Words that are in many sentences and say nothing of what these are about. */
const empty = new Set(
  "the and for that this with from about what which our new problem issue outage trouble message".split(" "),
);

/** Words of trouble: what they are about was told by a system, and is not what somebody asked to be done. */
const trouble = /\b(?:incident|outage|problem|issue|trouble|alert|failure)s?\b/i;

/**
 * The R-... of the run that words are about: the one they name, or the newest with most of them in its title, open ones first.
 * Of what people asked for one word alone, such as a service's name, is not enough.
 */
export async function matterOf(
  db: Queryable,
  asked: { tenant: string; about: string; ownId: string; readerId: string | null },
): Promise<string | null> {
  const { tenant, about, ownId, readerId } = asked;
  const named = said.exec(about)?.[0];
  const words = [...new Set(about.toLowerCase().match(/[\p{L}\p{N}_-]{3,}/gu) ?? [])].filter(
    (word) => !empty.has(word),
  );
  const found =
    named === undefined
      ? await db.query<{ id: string; short: string }>(
          `select id, short from (
             select a.id, a.short, a.done, coalesce(a.requester_id like 'system:%', false) as by_system, (select count(*) from unnest($3::text[]) w
               where strpos(lower(a.name || ' ' || d.name), w) > 0) as hits
             from steward.actor a join steward.definition d on d.tenant_id = a.tenant_id and d.hash = a.definition_hash
             where a.tenant_id = $1 and a.machine = 'plan' and a.id <> $2
               and d.name <> (select o.name from steward.definition o join steward.actor own on own.tenant_id = o.tenant_id and own.definition_hash = o.hash
                 where own.tenant_id = $1 and own.id = $2)
               and a.created_at > steward.now() - interval '30 days') found
           where hits * 2 >= cardinality($3::text[]) and (by_system and hits > 0 or not $4 and hits > 1) order by hits desc, done, id desc limit 20`,
          [tenant, ownId, words.slice(0, 20), trouble.test(about)],
        )
      : [{ id: named, short: named.toUpperCase() }];
  for (const { id, short } of found)
    if ((await recordedRun(db, { tenant, wanted: id, ownId, readerId })) !== null) return short;
  return null;
}

/** The run that people call R-...; null where there is none, or more than one. */
export async function runNamed(db: Queryable, tenant: string, short: string): Promise<string | null> {
  const found = await db.query<{ id: string }>(
    "select id from steward.actor where tenant_id = $1 and short = $2 and machine = 'plan' limit 2",
    [tenant, short.toUpperCase()],
  );
  return found.length === 1 ? (found[0]?.id ?? null) : null;
}

/** Those of these names that some run has. */
export async function runsNamed(db: Queryable, tenant: string, shorts: readonly string[]): Promise<readonly string[]> {
  const rows = await db.query<{ short: string }>(
    "select distinct short from steward.actor where tenant_id = $1 and machine = 'plan' and short = any ($2::text[])",
    [tenant, shorts],
  );
  return rows.map(({ short }) => short);
}
