import { shortId } from "../domain/ids.ts";
import type { ActorRow, Writes } from "../orchestrator/store.ts";
import { accountParts } from "./account-parts.ts";
import { list, type Part } from "./batch-statement.ts";

function actorJson(row: ActorRow): object {
  return { ...row, short: shortId(row.id), head: row.head.toString("hex"), snapshot: JSON.stringify(row.snapshot) };
}

const actorColumns = `id uuid, machine text, "machineVersion" int, "definitionHash" text, "parentId" uuid, seq int, head text, snapshot text,
  state text, done boolean, paused boolean, stuck text, name text, "requesterId" text, barred json, "conversationId" uuid, priority text, short text`;

/** Everything a batch writes, part by part. Their order counts: guarded parts are written first, in this order. */
export function partsOf(w: Writes): Record<string, Part> {
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
    entered: {
      guarded: true,
      rows: w.entered,
      columns: `"effectId" uuid, thing text, "atWork" boolean`,
      sql: `insert into steward.occupant (tenant_id, effect_id, thing, at_work)
            select $1, r."effectId", r.thing, r."atWork" FROM r on conflict do nothing returning 1`,
    },
    // Before `movedUp`: who was at work is gone before the next begins.
    wentAway: {
      guarded: true,
      rows: w.wentAway,
      columns: `"effectId" uuid`,
      sql: `delete from steward.occupant o using (select * FROM r) r where o.tenant_id = r.tenant and o.effect_id = r."effectId" returning 1`,
    },
    movedUp: {
      guarded: true,
      rows: w.movedUp,
      columns: `"effectId" uuid`,
      sql: `update steward.occupant o set at_work = true FROM r where o.tenant_id = r.tenant and o.effect_id = r."effectId" and not o.at_work returning 1`,
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
    ...accountParts(w),
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
