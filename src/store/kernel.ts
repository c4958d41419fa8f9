import type { Person } from "../domain/incoming.ts";
import type { HeldJob, NewJob } from "../orchestrator/queue.ts";
import {
  type ActorRow,
  type DueTimer,
  type EffectAtHand,
  type KernelStore,
  type MailRow,
  Moved,
} from "../orchestrator/store.ts";
import { type Part, statement } from "./batch-statement.ts";
import type { Database, Queryable } from "./database.ts";
import { partsOf } from "./kernel-parts.ts";

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
    async resumedSince(tenant, actorId, at) {
      const found = await db.query(
        `select 1 from steward.audit where tenant_id = $1 and stream = $2
           and entry::json->>'kind' = 'resume' and (entry::json->>'at')::timestamptz > $3::timestamptz limit 1`,
        [tenant, `actor:${actorId}`, at],
      );
      return found.length > 0;
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
