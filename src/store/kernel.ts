import { shortId } from "../domain/ids.ts";
import type { Job } from "../orchestrator/queue.ts";
import type { ActorRow, DueTimer, EffectAtHand, KernelStore, KernelTx, MailRow, Writes } from "../orchestrator/store.ts";
import type { Database, Queryable } from "./database.ts";

type Enqueue = (on: Queryable, jobs: readonly Job[]) => Promise<void>;

/** The kernel's store on PostgreSQL or PGlite. `enqueue` adds jobs inside the same transaction. */
export function kernelStore(db: Database, enqueue: Enqueue): KernelStore {
  return {
    transaction: (work) =>
      db.tx(async (q) => {
        const [row] = await q.query<{ now: string }>("select steward.now() as now", [], "now");
        return work(kernelTx(q, row?.now ?? "", enqueue));
      }),
    dueTimers: (limit) =>
      db.query<DueTimer>(
        `select tenant_id as tenant, actor_id as "actorId", id, event, mail_key as "mailKey"
         from steward.timer where due_at <= steward.now() order by due_at limit $1`,
        [limit],
        "due-timers",
      ),
    effects: (tenant, ids) => effectsOf(db, tenant, ids),
    async definition(tenant, hash) {
      const [row] = await db.query<{ body: string }>("select body from steward.definition where tenant_id = $1 and hash = $2", [tenant, hash]);
      return row?.body ?? null;
    },
  };
}

function kernelTx(q: Queryable, now: string, enqueue: Enqueue): KernelTx {
  return {
    now,
    query: (text, values, name) => q.query(text, values, name),
    async actors(tenant, ids) {
      const rows = await q.query<ActorRow & { snapshot: string }>(
        `select tenant_id as tenant, id, machine, machine_version as "machineVersion", definition_hash as "definitionHash",
                parent_id as "parentId", seq, head, snapshot, state, done, paused, stuck, name, requester_id as "requesterId",
                barred, conversation_id as "conversationId", priority
         from steward.actor where tenant_id = $1 and id = any ($2::uuid[])`,
        [tenant, ids],
        "actors",
      );
      return rows.map((row) => ({ ...row, snapshot: JSON.parse(row.snapshot) as unknown }));
    },
    waitingMail: (tenant, actorId) =>
      q.query<MailRow>(
        `select actor_id as "actorId", key, event, salt, taken_seq as "takenSeq" from steward.mail
         where tenant_id = $1 and actor_id = $2 and taken_seq is null order by n`,
        [tenant, actorId],
      ),
    async knownMail(tenant, keys) {
      const rows = await q.query<{ id: string }>(
        `select m.actor_id || '/' || m.key as id from steward.mail m
         join json_to_recordset($2::json) as k("actorId" uuid, key text) on m.actor_id = k."actorId" and m.key = k.key where m.tenant_id = $1`,
        [tenant, JSON.stringify(keys)],
      );
      return new Set(rows.map((row) => row.id));
    },
    effects: (tenant, ids) => effectsOf(q, tenant, ids),
    async streamHead(tenant, stream) {
      await q.query("select pg_advisory_xact_lock(hashtextextended($1 || '/' || $2, 7))", [tenant, stream]);
      const [row] = await q.query<{ seq: number; hash: Buffer }>(
        "select seq, hash from steward.audit where tenant_id = $1 and stream = $2 order by seq desc limit 1",
        [tenant, stream],
      );
      return row ?? { seq: 0, hash: null };
    },
    async write(tenant, writes) {
      const { text, values, name } = statement(tenant, writes);
      const [row] = await q.query<{ moved: number; begun: number; mailed: number; inboxed: number }>(text, values, name);
      return row ?? { moved: 0, begun: 0, mailed: 0, inboxed: 0 };
    },
    enqueue: (jobs) => enqueue(q, jobs),
  };
}

function effectsOf(q: Queryable, tenant: string, ids: readonly string[]): Promise<EffectAtHand[]> {
  return q.query<EffectAtHand>(
    `select e.tenant_id as tenant, e.id, e.actor_id as "actorId", e.step, e.generation, e.tool, e.contract_hash as "contractHash",
            e.class, e.risk, e.args, e.gate_id as "gateId", e.state, e.attempt, a.paused or a.stuck is not null as paused, a.done as ended,
            a.requester_id as "requesterId"
     from steward.effect e join steward.actor a on a.tenant_id = e.tenant_id and a.id = e.actor_id
     where e.tenant_id = $1 and e.id = any ($2::uuid[])`,
    [tenant, ids],
    "effects",
  );
}

interface Part {
  /** The rows, or null when this batch has none. */
  readonly rows: readonly object[];
  /** The recordset's columns and types. */
  readonly columns: string;
  /** The statement, reading its rows from `r`. */
  readonly sql: string;
}

/**
 * One statement for the whole batch: each kind of row is a JSON parameter and a data-modifying CTE. Kinds that this batch
 * lacks are left out; the name says which are in, so each combination is prepared once per connection.
 */
function statement(tenant: string, w: Writes): { text: string; values: unknown[]; name: string } {
  const parts = partsOf(w);
  const values: unknown[] = [tenant];
  const ctes: string[] = [];
  let name = "turns";
  for (const [key, part] of Object.entries(parts)) {
    if (part.rows.length === 0) continue;
    values.push(JSON.stringify(part.rows));
    name += `-${key}`;
    ctes.push(`${key} as (${part.sql.replace("FROM r", `from json_to_recordset($${values.length}::json) as r(${part.columns})`)})`);
  }
  const count = (key: string) => (parts[key]?.rows.length ? `(select count(*)::int from ${key})` : "0");
  const result = `select ${count("moved")} as moved, ${count("begun")} as begun, ${count("mailed")} as mailed, ${count("inboxed")} as inboxed, $1::text as tenant`;
  return { text: `${ctes.length ? `with ${ctes.join(",\n")}` : ""}\n${result}`, values, name: shortName(name) };
}

const names = new Map<string, string>();
/** PostgreSQL cuts statement names at 63 bytes. */
function shortName(name: string): string {
  const known = names.get(name) ?? `turns-${names.size + 1}`;
  names.set(name, known);
  return known;
}

function actorJson(row: ActorRow): object {
  return { ...row, short: shortId(row.id), head: row.head.toString("hex"), snapshot: JSON.stringify(row.snapshot) };
}

const actorColumns = `id uuid, machine text, "machineVersion" int, "definitionHash" text, "parentId" uuid, seq int, head text, snapshot text,
  state text, done boolean, paused boolean, stuck text, name text, "requesterId" text, barred json, "conversationId" uuid, priority text, short text`;
const list = (column: string) => `array(select json_array_elements_text(r.${column}))`;

function partsOf(w: Writes): Record<string, Part> {
  return {
    inboxed: {
      rows: w.inbox,
      columns: `id uuid, source text, "deliveryKey" text, kind text, "personId" text, body text, outcome text`,
      sql: `insert into steward.inbox (tenant_id, id, source, delivery_key, kind, person_id, body, outcome)
            select $1, r.id, r.source, r."deliveryKey", r.kind, r."personId", r.body, r.outcome FROM r on conflict do nothing returning 1`,
    },
    begun: {
      rows: w.begun.map(actorJson),
      columns: actorColumns,
      sql: `insert into steward.actor (tenant_id, id, machine, machine_version, definition_hash, parent_id, seq, head, snapshot, state, done, paused, stuck,
              name, requester_id, barred, conversation_id, priority, short, created_at, updated_at, ended_at)
            select $1, r.id, r.machine, r."machineVersion", r."definitionHash", r."parentId", r.seq, decode(r.head, 'hex'), r.snapshot, r.state, r.done, r.paused, r.stuck,
              r.name, r."requesterId", ${list("barred")}, r."conversationId", r.priority, r.short, steward.now(), steward.now(), case when r.done then steward.now() end
            FROM r on conflict do nothing returning 1`,
    },
    moved: {
      rows: w.moved.map(({ row, from }) => ({ id: row.id, from, seq: row.seq, head: row.head.toString("hex"), snapshot: JSON.stringify(row.snapshot), machineVersion: row.machineVersion, state: row.state, done: row.done, paused: row.paused, stuck: row.stuck })),
      columns: `id uuid, "from" int, seq int, head text, snapshot text, "machineVersion" int, state text, done boolean, paused boolean, stuck text`,
      sql: `update steward.actor a set seq = r.seq, head = decode(r.head, 'hex'), snapshot = r.snapshot, machine_version = r."machineVersion", state = r.state, done = r.done,
              paused = r.paused, stuck = r.stuck, updated_at = steward.now(), ended_at = case when r.done then coalesce(a.ended_at, steward.now()) end
            FROM r where a.tenant_id = $1 and a.id = r.id and a.seq = r."from" returning 1`,
    },
    mailed: {
      rows: w.mail.map((mail) => ({ ...mail, salt: mail.salt.toString("hex") })),
      columns: `"actorId" uuid, key text, event text, salt text, "takenSeq" int`,
      sql: `insert into steward.mail (tenant_id, actor_id, key, event, salt, taken_seq)
            select $1, r."actorId", r.key, r.event, decode(r.salt, 'hex'), r."takenSeq" FROM r on conflict do nothing returning 1`,
    },
    taken: {
      rows: w.taken,
      columns: `"actorId" uuid, key text, seq int`,
      sql: `update steward.mail m set taken_seq = r.seq FROM r where m.tenant_id = $1 and m.actor_id = r."actorId" and m.key = r.key and m.taken_seq is null`,
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
      columns: `id uuid, "actorId" uuid, step text, generation int, tool text, "contractHash" text, class text, risk text, args text, "gateId" uuid`,
      // A failed effect that is asked for again is the same effect, one attempt later.
      sql: `insert into steward.effect as e (tenant_id, id, actor_id, step, generation, tool, contract_hash, class, risk, args, gate_id, state, created_at)
            select $1, r.id, r."actorId", r.step, r.generation, r.tool, r."contractHash", r.class, r.risk, r.args, r."gateId", 'pending', steward.now() FROM r
            on conflict (tenant_id, id) do update set state = 'pending', attempt = e.attempt + 1, ended_at = null, gate_id = excluded.gate_id where e.state = 'failed'`,
    },
    settled: {
      rows: w.effectStates,
      columns: "id uuid, state text",
      sql: `update steward.effect e set state = r.state,
              started_at = case when r.state = 'started' then steward.now() else e.started_at end,
              ended_at = case when r.state in ('done', 'failed', 'cancelled') then steward.now() end
            FROM r where e.tenant_id = $1 and e.id = r.id`,
    },
    opened: {
      rows: w.gates,
      columns: `id uuid, "runId" uuid, subject text, "subjectHash" text, policy text, "policyHash" text, barred json, state text, "expiresInMs" bigint`,
      sql: `insert into steward.gate (tenant_id, id, run_id, subject, subject_hash, policy, policy_hash, barred, state, opened_at, expires_at)
            select $1, r.id, r."runId", r.subject, r."subjectHash", r.policy, r."policyHash", ${list("barred")}, r.state, steward.now(),
              steward.now() + r."expiresInMs" * interval '1 millisecond' FROM r`,
    },
    decided: {
      rows: w.gateStates,
      columns: "id uuid, state text",
      sql: `update steward.gate g set state = r.state, decided_at = coalesce(g.decided_at, steward.now()) FROM r where g.tenant_id = $1 and g.id = r.id and g.state is distinct from r.state`,
    },
    voted: {
      rows: w.votes,
      columns: `"gateId" uuid, "personId" text, decision text, reason text, roles json, surface text, "subjectHash" text`,
      sql: `insert into steward.vote (tenant_id, gate_id, person_id, decision, reason, roles, surface, subject_hash, at)
            select $1, r."gateId", r."personId", r.decision, r.reason, ${list("roles")}, r.surface, r."subjectHash", steward.now() FROM r`,
    },
    timersGone: {
      rows: w.timersGone,
      columns: `"actorId" uuid, id text`,
      sql: `delete from steward.timer t using (select * FROM r) r where t.tenant_id = $1 and t.actor_id = r."actorId" and t.id = r.id`,
    },
    timed: {
      rows: w.timers,
      columns: `"actorId" uuid, id text, "delayMs" bigint, event text, "mailKey" text`,
      sql: `insert into steward.timer (tenant_id, actor_id, id, due_at, event, mail_key)
            select $1, r."actorId", r.id, steward.now() + r."delayMs" * interval '1 millisecond', r.event, r."mailKey" FROM r
            on conflict (tenant_id, actor_id, id) do update set due_at = excluded.due_at, event = excluded.event, mail_key = excluded.mail_key`,
    },
    noted: {
      rows: w.messages.map((message) => ({ ...message, wanted: JSON.stringify(message.wanted) })),
      columns: `id uuid, "actorId" uuid, "conversationId" uuid, key text, wanted text, "privateTo" text, urgent boolean`,
      sql: `insert into steward.message as m (tenant_id, id, conversation_id, actor_id, key, wanted, private_to, urgent)
            select $1, r.id, r."conversationId", r."actorId", r.key, r.wanted, r."privateTo", r.urgent FROM r
            on conflict (tenant_id, actor_id, key, conversation_id) do update
              set wanted = excluded.wanted, wanted_version = m.wanted_version + 1 where m.wanted is distinct from excluded.wanted`,
    },
    placed: {
      rows: w.conversations,
      columns: "id uuid, platform text, channel text, thread text",
      sql: "insert into steward.conversation (tenant_id, id, platform, channel, thread) select $1, r.id, r.platform, r.channel, r.thread FROM r on conflict do nothing",
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
            select $1, r."actorId", r.id, r.name, r.match, ${list("roles")} FROM r on conflict do nothing`,
    },
    forgotten: {
      rows: w.expectationsGone,
      columns: `"actorId" uuid, id text`,
      sql: `delete from steward.expectation x using (select * FROM r) r where x.tenant_id = $1 and x.actor_id = r."actorId" and x.id = r.id`,
    },
    endedTimers: {
      rows: w.ended.map((id) => ({ id })),
      columns: "id uuid",
      sql: `delete from steward.timer t using (select * FROM r) r where t.tenant_id = $1 and t.actor_id = r.id`,
    },
    endedWaits: {
      rows: w.ended.map((id) => ({ id })),
      columns: "id uuid",
      sql: `delete from steward.expectation x using (select * FROM r) r where x.tenant_id = $1 and x.actor_id = r.id`,
    },
    endedEffects: {
      rows: w.ended.map((id) => ({ id, settled: w.effectStates.map((each) => each.id) })),
      columns: "id uuid, settled json",
      // The statement sees the effect whose result ended the actor as pending still; it is settled above, and a row is updated once.
      sql: `update steward.effect e set state = 'cancelled', ended_at = steward.now() FROM r
            where e.tenant_id = $1 and e.actor_id = r.id and e.state = 'pending' and e.id::text <> all (${list("settled")})`,
    },
    routed: {
      rows: w.inboxDone,
      columns: "id uuid, outcome text",
      sql: `update steward.inbox i set outcome = r.outcome FROM r where i.tenant_id = $1 and i.id = r.id`,
    },
  };
}
