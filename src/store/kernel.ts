import { shortId } from "../domain/ids.ts";
import type { Person } from "../domain/incoming.ts";
import type { HeldJob, NewJob } from "../orchestrator/queue.ts";
import {
  type ActorRow,
  type DueTimer,
  type EffectAtHand,
  type KernelStore,
  type MailRow,
  Moved,
  type Writes,
} from "../orchestrator/store.ts";
import type { Database, Queryable } from "./database.ts";
import type { Part } from "./part.ts";

type LookedUp = Omit<ActorRow, "head"> & { readonly head: string };

type JobParts = (jobs: readonly NewJob[], completed: readonly HeldJob[]) => Readonly<Record<string, Part>>;

/** The kernel's store on PostgreSQL or PGlite. `jobParts` is how the queue's rows are written in the same statement. */
export function kernelStore(db: Database, jobParts: JobParts): KernelStore {
  return {
    query: (text, values, name) => db.query(text, values, name),
    async look(tenant, ids, peopleIds) {
      const [row] = await db.query<{ now: string; actors: LookedUp[] | null; people: Person[] | null }>(
        `select steward.now() as now,
           case when cardinality($2::uuid[]) > 0 then (select json_agg(json_build_object('tenant', a.tenant_id, 'id', a.id, 'machine', a.machine,
             'machineVersion', a.machine_version, 'definitionHash', a.definition_hash, 'parentId', a.parent_id, 'seq', a.seq, 'head', encode(a.head, 'hex'),
             'snapshot', a.snapshot::json, 'state', a.state, 'done', a.done, 'paused', a.paused, 'stuck', a.stuck, 'name', a.name,
             'requesterId', a.requester_id, 'barred', a.barred, 'conversationId', a.conversation_id, 'priority', a.priority))
             from unnest(array_fill($1::text, array[cardinality($2::uuid[])]), $2::uuid[]) as u(tenant, id) join steward.actor a on a.tenant_id = u.tenant and a.id = u.id) end as actors,
           case when cardinality($3::text[]) > 0 then (select json_agg(json_build_object('id', p.id, 'name', p.name, 'kind', p.kind, 'managerId', p.manager_id,
             'active', p.active, 'roles', array(select g.role from steward.role_grant g where g.tenant_id = p.tenant_id and g.person_id = p.id order by g.role)))
             from steward.person p where p.tenant_id = $1 and p.id = any ($3::text[])) end as people`,
        [tenant, ids, peopleIds],
        "look",
      );
      const actors = (row?.actors ?? []).map((actor) => ({ ...actor, head: Buffer.from(actor.head, "hex") }));
      return { now: row?.now ?? "", actors, people: row?.people ?? [] };
    },
    waitingMail: (tenant, actorId) =>
      db.query<MailRow>(
        `select actor_id as "actorId", key, event, salt, taken_seq as "takenSeq" from steward.mail
         where tenant_id = $1 and actor_id = $2 and taken_seq is null order by n`,
        [tenant, actorId],
      ),
    async knownMail(tenant, keys) {
      const rows = await db.query<{ id: string }>(
        `select m.actor_id || '/' || m.key as id from steward.mail m
         join json_to_recordset($2::json) as k("actorId" uuid, key text) on m.actor_id = k."actorId" and m.key = k.key where m.tenant_id = $1`,
        [tenant, JSON.stringify(keys)],
      );
      return new Set(rows.map((row) => row.id));
    },
    effects: (tenant, ids) => effectsOf(db, tenant, ids),
    async streamHead(tenant, stream) {
      const [row] = await db.query<{ seq: number; hash: Buffer }>(
        "select seq, hash from steward.audit where tenant_id = $1 and stream = $2 order by seq desc limit 1",
        [tenant, stream],
        "stream-head",
      );
      return row ?? { seq: 0, hash: null };
    },
    async delivered(tenant, source, deliveryKey) {
      const [row] = await db.query<{ outcome: string | null }>(
        "select outcome from steward.inbox where tenant_id = $1 and source = $2 and delivery_key = $3",
        [tenant, source, deliveryKey],
      );
      return row ?? null;
    },
    dueTimers: (limit) =>
      db.query<DueTimer>(
        `select tenant_id as tenant, actor_id as "actorId", id, event, mail_key as "mailKey"
         from steward.timer t where due_at <= steward.now()
           -- Once an expiry is due too, nobody is to be reminded of what is over.
           and (t.id = 'expire' or not exists (select 1 from steward.timer e where e.tenant_id = t.tenant_id
             and e.actor_id = t.actor_id and e.id = 'expire' and e.due_at <= steward.now()))
         order by due_at limit $1`,
        [limit],
        "due-timers",
      ),
    async postpone({ tenant, actorId, id, mailKey }, ms) {
      await db.query(
        `update steward.timer set due_at = steward.now() + $5::float8 * interval '1 millisecond'
         where tenant_id = $1 and actor_id = $2 and id = $3 and mail_key = $4`,
        [tenant, actorId, id, mailKey, ms],
      );
    },
    async write(tenant, now, writes, jobs, completed) {
      const { text, values, name } = statement(tenant, now, { ...partsOf(writes), ...jobParts(jobs, completed) });
      if (values.length === 3) return;
      try {
        await db.query(text, values, name);
      } catch (error) {
        if (raced.has((error as { code?: string }).code ?? "")) throw new Moved("something moved", { cause: error });
        throw error;
      }
    },
  };
}

// A guard that failed divides by zero; the others are what a race looks like to PostgreSQL.
const raced = new Set(["22012", "23505", "40001", "40P01"]);

function effectsOf(q: Queryable, tenant: string, ids: readonly string[]): Promise<EffectAtHand[]> {
  return q.query<EffectAtHand>(
    `select e.tenant_id as tenant, e.id, e.actor_id as "actorId", e.step, e.generation, e.tool, e.contract_hash as "contractHash",
            e.class, e.risk, e.args, e.tainted, e.gate_id as "gateId", e.state, e.attempt, case a.machine when 'plan' then a.id else coalesce(a.parent_id, a.id) end as "runId", a.paused or a.stuck is not null as paused, a.done as ended,
            a.requester_id as "requesterId",
            array(select v.person_id from steward.vote v where v.tenant_id = e.tenant_id and v.gate_id = e.gate_id) as voters
     from unnest(array_fill($1::text, array[cardinality($2::uuid[])]), $2::uuid[]) as u(tenant, id)
     -- offset 0 keeps the planner from joining on the tenant first: one row for each id, by key.
     cross join lateral (select * from steward.effect x where x.tenant_id = u.tenant and x.id = u.id offset 0) e
     cross join lateral (select y.id, y.machine, y.parent_id, y.paused, y.stuck, y.done, y.requester_id from steward.actor y where y.tenant_id = e.tenant_id and y.id = e.actor_id offset 0) a`,
    [tenant, ids],
    "effects",
  );
}

/**
 * One statement for the whole batch, and so the whole transaction: each kind of row is a JSON parameter and a data-modifying
 * CTE, and the final select divides by zero unless every guarded part touched as many rows as it was given. Kinds that this
 * batch lacks are left out; each combination is prepared once per connection.
 */
function statement(
  tenant: string,
  now: string,
  parts: Readonly<Record<string, Part>>,
): { text: string; values: unknown[]; name: string } {
  const present = Object.entries(parts).filter(([, part]) => part.rows.length > 0);
  const { text, name } = textOf(present);
  // Rows that are looked up carry the tenant themselves: `tenant_id = $1` would tempt the planner to read all of the tenant's.
  const rowsOf = (part: Part) =>
    part.sql.includes("r.tenant") ? part.rows.map((row) => ({ ...row, tenant })) : part.rows;
  const counts = present.map(([, part]) => part.rows.length);
  return { text, name, values: [tenant, now, counts, ...present.map(([, part]) => JSON.stringify(rowsOf(part)))] };
}

type Text = { readonly text: string; readonly name: string };
const texts = new Map<string, Text>();

/** The statement for this combination of parts, under a name of its own: PostgreSQL cuts names at 63 bytes. */
function textOf(present: readonly (readonly [string, Part])[]): Text {
  const key = present.map(([part]) => part).join();
  const known = texts.get(key);
  if (known) return known;
  const ctes = present.map(
    ([part, { columns, sql }], i) =>
      `${part} as (${sql.replace("FROM r", `from json_to_recordset($${i + 4}::json) as r(${columns}, tenant text)`)})`,
  );
  const guards = present.flatMap(([part, { guarded }], i) =>
    guarded ? [`(select count(*) from ${part}) = ($3::int[])[${i + 1}]`] : [],
  );
  const made = {
    text: `with ${ctes.join(",\n")}\nselect 1 / (case when ${guards.join(" and ") || "true"} then 1 else 0 end), $1::text, $2::timestamptz, $3::int[]`,
    name: `batch-${texts.size + 1}`,
  };
  texts.set(key, made);
  return made;
}

function actorJson(row: ActorRow): object {
  return { ...row, short: shortId(row.id), head: row.head.toString("hex"), snapshot: JSON.stringify(row.snapshot) };
}

const actorColumns = `id uuid, machine text, "machineVersion" int, "definitionHash" text, "parentId" uuid, seq int, head text, snapshot text,
  state text, done boolean, paused boolean, stuck text, name text, "requesterId" text, barred json, "conversationId" uuid, priority text, short text`;
const list = (column: string) => `array(select json_array_elements_text(r."${column}"))`;

function partsOf(w: Writes): Record<string, Part> {
  return {
    inboxed: {
      guarded: true,
      rows: w.inbox,
      columns: `id uuid, source text, "deliveryKey" text, kind text, "personId" text, body text, outcome text`,
      sql: `insert into steward.inbox (tenant_id, id, source, delivery_key, kind, person_id, body, outcome)
            select $1, r.id, r.source, r."deliveryKey", r.kind, r."personId", r.body, r.outcome FROM r on conflict do nothing returning 1`,
    },
    begun: {
      guarded: true,
      rows: w.begun.map(actorJson),
      columns: `${actorColumns}, "openGroup" text`,
      sql: `insert into steward.actor (tenant_id, id, machine, machine_version, definition_hash, parent_id, seq, head, snapshot, state, done, paused, stuck,
              name, requester_id, barred, conversation_id, priority, short, event_group, open_group, created_at, updated_at, ended_at)
            select $1, r.id, r.machine, r."machineVersion", r."definitionHash", r."parentId", r.seq, decode(r.head, 'hex'), r.snapshot, r.state, r.done, r.paused, r.stuck,
              r.name, r."requesterId", ${list("barred")}, r."conversationId", r.priority, r.short, r."openGroup", case when not r.done then r."openGroup" end, $2::timestamptz, $2::timestamptz, case when r.done then $2::timestamptz end
            FROM r on conflict do nothing returning 1`,
    },
    moved: {
      guarded: true,
      rows: w.moved.map(({ row, from }) => ({
        id: row.id,
        from,
        seq: row.seq,
        head: row.head.toString("hex"),
        snapshot: JSON.stringify(row.snapshot),
        machineVersion: row.machineVersion,
        state: row.state,
        done: row.done,
        paused: row.paused,
        stuck: row.stuck,
      })),
      columns: `id uuid, "from" int, seq int, head text, snapshot text, "machineVersion" int, state text, done boolean, paused boolean, stuck text`,
      sql: `update steward.actor a set seq = r.seq, head = decode(r.head, 'hex'), snapshot = r.snapshot, machine_version = r."machineVersion", state = r.state, done = r.done,
              paused = r.paused, stuck = r.stuck, updated_at = $2::timestamptz, ended_at = case when r.done then coalesce(a.ended_at, $2::timestamptz) end,
              open_group = case when r.done then null when a.open_group is not null then a.open_group
                -- Done again: its group is its own once more, unless another run has begun for it meanwhile.
                when a.event_group is not null and not exists (
                  select from steward.actor o where o.tenant_id = a.tenant_id and o.open_group = a.event_group) then a.event_group end
            FROM r where a.tenant_id = r.tenant and a.id = r.id and a.seq = r."from" returning 1`,
    },
    unmoved: {
      guarded: true,
      rows: w.unmoved,
      columns: "id uuid, seq int",
      sql: "select 1 from (select * FROM r) r join steward.actor a on a.tenant_id = r.tenant and a.id = r.id and a.seq = r.seq",
    },
    mailed: {
      guarded: true,
      rows: w.mail.map((mail) => ({ ...mail, salt: mail.salt.toString("hex") })),
      columns: `"actorId" uuid, key text, event text, salt text, "takenSeq" int`,
      sql: `insert into steward.mail (tenant_id, actor_id, key, event, salt, taken_seq)
            select $1, r."actorId", r.key, r.event, decode(r.salt, 'hex'), r."takenSeq" FROM r on conflict do nothing returning 1`,
    },
    taken: {
      rows: w.taken,
      columns: `"actorId" uuid, key text, seq int`,
      sql: `update steward.mail m set taken_seq = r.seq FROM r where m.tenant_id = r.tenant and m.actor_id = r."actorId" and m.key = r.key and m.taken_seq is null`,
    },
    audited: {
      rows: w.audit.map((row) => ({ ...row, hash: row.hash.toString("hex") })),
      columns: "stream text, seq int, entry text, hash text",
      sql: `insert into steward.audit (tenant_id, stream, seq, entry, hash) select $1, r.stream, r.seq, r.entry, decode(r.hash, 'hex') FROM r`,
    },
    facts: {
      rows: w.facts.map((row) => ({ ...row, salt: row.salt.toString("hex") })),
      columns: "stream text, seq int, body text, salt text",
      sql: `insert into steward.fact (tenant_id, stream, seq, body, salt) select $1, r.stream, r.seq, r.body, decode(r.salt, 'hex') FROM r`,
    },
    performed: {
      rows: w.effects,
      columns: `id uuid, "actorId" uuid, step text, generation int, tool text, "contractHash" text, class text, risk text, args text, tainted json, "gateId" uuid, state text`,
      // A failed effect that is asked for again is the same effect, one attempt later.
      sql: `insert into steward.effect as e (tenant_id, id, actor_id, step, generation, tool, contract_hash, class, risk, args, tainted, gate_id, state, created_at)
            select $1, r.id, r."actorId", r.step, r.generation, r.tool, r."contractHash", r.class, r.risk, r.args, ${list("tainted")}, r."gateId", r.state, $2::timestamptz FROM r
            on conflict (tenant_id, id) do update set state = 'pending', attempt = e.attempt + 1, ended_at = null, gate_id = excluded.gate_id,
              args = excluded.args, tainted = excluded.tainted, class = excluded.class, risk = excluded.risk, contract_hash = excluded.contract_hash where e.state = 'failed' and excluded.state = 'pending'`,
    },
    renewed: {
      guarded: true,
      rows: w.renewed,
      columns: `id uuid, "from" json, attempt int, "contractHash" text, class text, risk text, args text, tainted json, "gateId" uuid`,
      sql: `update steward.effect e set state = 'pending', attempt = e.attempt + 1, ended_at = null, gate_id = r."gateId", args = r.args, tainted = ${list("tainted")}, class = r.class, risk = r.risk,
              contract_hash = r."contractHash"
            FROM r where e.tenant_id = r.tenant and e.id = r.id and e.attempt = r.attempt and e.state = any (${list("from")}) returning 1`,
    },
    settled: {
      guarded: true,
      rows: w.effectStates,
      columns: `id uuid, state text, "from" json, attempt int, forget boolean`,
      sql: `update steward.effect e set state = r.state, args = case when r.forget then '{}' else e.args end,
              started_at = case when r.state = 'started' then $2::timestamptz else e.started_at end,
              ended_at = case when r.state in ('done', 'failed', 'cancelled') then $2::timestamptz end
            FROM r where e.tenant_id = r.tenant and e.id = r.id and e.attempt = r.attempt and e.state = any (${list("from")}) returning 1`,
    },
    // Guarded, and before `voted`: a guard is what has it written first, and a vote's trigger looks for its gate.
    opened: {
      guarded: true,
      rows: w.gates,
      columns: `id uuid, "runId" uuid, subject text, "subjectHash" text, policy text, "policyHash" text, barred json, state text, "expiresInMs" bigint`,
      sql: `insert into steward.gate (tenant_id, id, run_id, subject, subject_hash, policy, policy_hash, barred, state, opened_at, expires_at)
            select $1, r.id, r."runId", r.subject, r."subjectHash", r.policy, r."policyHash", ${list("barred")}, r.state, $2::timestamptz,
              $2::timestamptz + r."expiresInMs" * interval '1 millisecond' FROM r returning 1`,
    },
    decided: {
      rows: w.gateStates,
      columns: "id uuid, state text",
      sql: `update steward.gate g set state = r.state, decided_at = coalesce(g.decided_at, $2::timestamptz) FROM r where g.tenant_id = r.tenant and g.id = r.id and g.state is distinct from r.state`,
    },
    voted: {
      guarded: true,
      rows: w.votes,
      columns: `"gateId" uuid, "personId" text, decision text, reason text, roles json, surface text, "subjectHash" text`,
      sql: `insert into steward.vote (tenant_id, gate_id, person_id, decision, reason, roles, surface, subject_hash, at)
            select $1, r."gateId", r."personId", r.decision, r.reason, ${list("roles")}, r.surface, r."subjectHash", $2::timestamptz FROM r returning 1`,
    },
    fired: {
      guarded: true,
      rows: w.fired,
      columns: `"actorId" uuid, id text, "mailKey" text`,
      sql: `delete from steward.timer t using (select * FROM r) r where t.tenant_id = r.tenant and t.actor_id = r."actorId" and t.id = r.id and t.mail_key = r."mailKey" returning 1`,
    },
    held: {
      guarded: true,
      rows: w.held,
      columns: "id text, active boolean, kind text, roles json",
      sql: `select 1 from (select * FROM r) r join steward.person p on p.tenant_id = r.tenant and p.id = r.id and p.active = r.active and p.kind = r.kind
            where array(select g.role from steward.role_grant g where g.tenant_id = r.tenant and g.person_id = r.id order by g.role) = ${list("roles")}`,
    },
    keyed: {
      rows: w.keys.map((key) => ({ ...key, hash: key.hash.toString("hex") })),
      columns: "id text, name text, hash text, scopes json",
      sql: `insert into steward.api_key (tenant_id, id, name, hash, scopes) select $1, r.id, r.name, decode(r.hash, 'hex'), ${list("scopes")} FROM r`,
    },
    unkeyed: {
      guarded: true,
      rows: w.keysRevoked,
      columns: "id text",
      sql: "update steward.api_key k set revoked_at = $2::timestamptz FROM r where k.tenant_id = r.tenant and k.id = r.id and k.revoked_at is null returning 1",
    },
    linked: {
      guarded: true,
      rows: w.identities,
      columns: `"linkId" uuid, "personId" text, platform text, workspace text, "userId" text`,
      sql: `insert into steward.identity (tenant_id, platform, workspace, user_id, person_id, source)
            select l.tenant_id, l.platform, l.workspace, l.user_id, l.person_id, 'linked' FROM r
            join steward.link l on l.tenant_id = r.tenant and l.id = r."linkId" and l.person_id = r."personId"
              and (l.platform, l.workspace, l.user_id) = (r.platform, r.workspace, r."userId")
            on conflict do nothing returning 1`,
    },
    parted: {
      guarded: true,
      rows: w.identitiesGone,
      columns: `"personId" text, platform text, workspace text, "userId" text`,
      sql: `delete from steward.identity i using (select * FROM r) r where i.tenant_id = r.tenant and i.person_id = r."personId" and i.source = 'linked'
              and (i.platform, i.workspace, i.user_id) = (r.platform, r.workspace, r."userId") returning 1`,
    },
    partedLinks: {
      rows: w.identitiesGone,
      columns: `"personId" text, platform text, workspace text, "userId" text`,
      sql: `delete from steward.link l using (select * FROM r) r where l.tenant_id = r.tenant and l.person_id = r."personId"
              and (l.platform, l.workspace, l.user_id) = (r.platform, r.workspace, r."userId")`,
    },
    unlinked: {
      guarded: true,
      rows: w.linksGone,
      columns: `id uuid, "personId" text`,
      sql: `delete from steward.link l using (select * FROM r) r where l.tenant_id = r.tenant and l.id = r.id and l.person_id = r."personId"
              and not exists (select from steward.identity i where i.tenant_id = l.tenant_id and i.person_id = l.person_id
                and (i.platform, i.workspace, i.user_id) = (l.platform, l.workspace, l.user_id)) returning 1`,
    },
    timersGone: {
      rows: w.timersGone,
      columns: `"actorId" uuid, id text`,
      sql: `delete from steward.timer t using (select * FROM r) r where t.tenant_id = r.tenant and t.actor_id = r."actorId" and t.id = r.id`,
    },
    timed: {
      rows: w.timers,
      columns: `"actorId" uuid, id text, "delayMs" bigint, event text, "mailKey" text`,
      sql: `insert into steward.timer (tenant_id, actor_id, id, due_at, event, mail_key)
            select $1, r."actorId", r.id, $2::timestamptz + r."delayMs" * interval '1 millisecond', r.event, r."mailKey" FROM r
            on conflict (tenant_id, actor_id, id) do update set due_at = excluded.due_at, event = excluded.event, mail_key = excluded.mail_key`,
    },
    noted: {
      rows: w.messages.map((message) => ({ ...message, wanted: JSON.stringify(message.wanted) })),
      columns: `id uuid, "actorId" uuid, "conversationId" uuid, key text, wanted text, "privateTo" text, account text, urgent boolean`,
      sql: `insert into steward.message as m (tenant_id, id, conversation_id, actor_id, key, wanted, private_to, private_account, urgent)
            select $1, r.id, r."conversationId", r."actorId", r.key, r.wanted, r."privateTo", r.account, r.urgent FROM r
            on conflict (tenant_id, actor_id, key, conversation_id) do update
              set wanted = excluded.wanted, wanted_version = m.wanted_version + 1 where m.wanted is distinct from excluded.wanted`,
    },
    placed: {
      rows: w.conversations,
      columns: "id uuid, platform text, channel text, thread text",
      sql: "insert into steward.conversation (tenant_id, id, platform, channel, thread) select $1, r.id, r.platform, r.channel, r.thread FROM r on conflict do nothing",
    },
    kept: {
      rows: w.kept,
      columns: `id uuid, "personId" text, key text, text text`,
      sql: `insert into steward.held (tenant_id, id, person_id, key, text) select $1, r.id, r."personId", r.key, r.text FROM r on conflict do nothing`,
    },
    keptTold: {
      rows: w.keptTold,
      columns: `id uuid, "personId" text`,
      sql: `update steward.held h set told_at = steward.now(), text = '' from (select * FROM r) r
            where h.tenant_id = r.tenant and h.person_id = r."personId" and h.id = r.id`,
    },
    stored: {
      rows: w.artifacts,
      columns: `id uuid, "actorId" uuid, body text`,
      sql: `insert into steward.artifact (tenant_id, id, actor_id, body) select $1, r.id, r."actorId", r.body FROM r on conflict do nothing`,
    },
    expected: {
      rows: w.expectations,
      columns: `"actorId" uuid, id text, name text, match text, roles json`,
      sql: `insert into steward.expectation (tenant_id, actor_id, id, name, match, roles)
            select $1, r."actorId", r.id, r.name, r.match, ${list("roles")} FROM r
            on conflict (tenant_id, actor_id, id) do update set name = excluded.name, match = excluded.match, roles = excluded.roles`,
    },
    forgotten: {
      rows: w.expectationsGone,
      columns: `"actorId" uuid, id text`,
      sql: `delete from steward.expectation x using (select * FROM r) r where x.tenant_id = r.tenant and x.actor_id = r."actorId" and x.id = r.id`,
    },
    endedTimers: {
      rows: w.ended.map((id) => ({ id })),
      columns: "id uuid",
      sql: `delete from steward.timer t using (select * FROM r) r where t.tenant_id = r.tenant and t.actor_id = r.id`,
    },
    endedWaits: {
      rows: w.ended.map((id) => ({ id })),
      columns: "id uuid",
      sql: `delete from steward.expectation x using (select * FROM r) r where x.tenant_id = r.tenant and x.actor_id = r.id`,
    },
    endedEffects: {
      rows: w.ended.map((id) => ({ id, settled: w.effectStates.map((each) => each.id) })),
      columns: "id uuid, settled json",
      // The statement sees the effect whose result ended the actor as pending still; it is settled above, and a row is updated once.
      sql: `update steward.effect e set state = 'cancelled', ended_at = $2::timestamptz FROM r
            where e.tenant_id = r.tenant and e.actor_id = r.id and e.state = 'pending' and e.id::text <> all (${list("settled")})`,
    },
    routed: {
      rows: w.inboxDone,
      columns: "id uuid, outcome text",
      sql: `update steward.inbox i set outcome = r.outcome FROM r where i.tenant_id = r.tenant and i.id = r.id`,
    },
  };
}
