import type { AgentStore, Found, TaskContext } from "../agents/index.ts";
import { raiseTool } from "../agents/turn.ts";
import { deriveId } from "../domain/ids.ts";
import { canonical, type Json } from "../domain/json.ts";
import type { Database } from "./database.ts";

/** Seats, blackboards and colleagues in the database. */
export function agentStore(db: Database): AgentStore {
  return {
    queue: (tenant, specialist, actorId) =>
      db.tx(async (q) => {
        // One at a time: numbers are seen in the order they are given.
        await q.query("select pg_advisory_xact_lock(hashtextextended($1, 7226111))", [`${tenant}/${specialist}`]);
        await q.query(
          `delete from steward.seat s using steward.actor a where s.tenant_id = $1 and s.specialist = $2
             and a.tenant_id = s.tenant_id and a.id = s.actor_id and a.done`,
          [tenant, specialist],
          "seats-free",
        );
        await q.query(
          "insert into steward.seat (tenant_id, specialist, actor_id) values ($1, $2, $3) on conflict do nothing",
          [tenant, specialist, actorId],
          "seat-take",
        );
        // Who is paused or stuck, or waits for people, holds up nobody.
        const [row] = await q.query<{ ahead: number }>(
          `select count(*)::int as ahead from steward.seat s join steward.actor a on a.tenant_id = s.tenant_id and a.id = s.actor_id
           where s.tenant_id = $1 and s.specialist = $2 and not a.done and not a.paused and a.stuck is null
             and a.state not in ('waiting', 'overBudget') and s.n < (select n from steward.seat where tenant_id = $1 and specialist = $2 and actor_id = $3)`,
          [tenant, specialist, actorId],
          "seats-ahead",
        );
        return row?.ahead ?? 0;
      }),
    async atWork(tenant, specialist) {
      const [row] = await db.query<{ n: number }>(
        `select count(*)::int as n from steward.seat s join steward.actor a on a.tenant_id = s.tenant_id and a.id = s.actor_id
         where s.tenant_id = $1 and s.specialist = $2 and not a.done and not a.paused and a.stuck is null
           and a.state not in ('waiting', 'overBudget')`,
        [tenant, specialist],
      );
      return row?.n ?? 0;
    },
    asking: ({ tenant, runId, personId, actorId, scope }) =>
      db.tx(async (q) => {
        const whose = scope === "run" ? runId : scope === "person" ? personId : "all";
        const place = `budget:${scope}:${whose}`;
        await q.query("select pg_advisory_xact_lock(hashtextextended($1, 7226111))", [`${tenant}/${place}`]);
        const [denied] = await q.query<{ state: string; name: string | null; reason: string | null }>(
          `select g.state, coalesce(p.name, v.person_id) as name, v.reason
           from steward.gate g join steward.actor t on t.tenant_id = g.tenant_id and t.id = g.run_id and t.machine = 'agent'
           join steward.actor me on me.tenant_id = $1 and me.id = $2
           left join steward.vote v on v.tenant_id = g.tenant_id and v.gate_id = g.id and v.decision = 'deny'
           left join steward.person p on p.tenant_id = v.tenant_id and p.id = v.person_id
           where g.tenant_id = $1 and (g.state in ('denied', 'expired') or g.state = 'withdrawn' and v.person_id is not null) and g.decided_at >= me.created_at
             and g.subject::json#>>'{0,1}' = '${raiseTool}' and g.subject::json#>>'{0,3,scope}' = $3
             and case $3 when 'run' then t.parent_id = $4::uuid when 'person' then t.requester_id = $5 else true end
           order by g.decided_at desc limit 1`,
          [tenant, actorId, scope, runId, personId],
        );
        if (denied !== undefined)
          return {
            isFirst: false,
            turnedDown:
              denied.state === "expired"
                ? "Nobody raised it in time"
                : `Denied by ${denied.name ?? "somebody"}: ${denied.reason ?? "no reason given"}`,
          };
        await q.query(
          `delete from steward.seat s using steward.actor a where s.tenant_id = $1 and s.specialist = $2
             and a.tenant_id = s.tenant_id and a.id = s.actor_id and (a.done or a.stuck is not null or a.state <> 'overBudget')`,
          [tenant, place],
        );
        await q.query(
          "insert into steward.seat (tenant_id, specialist, actor_id) values ($1, $2, $3) on conflict do nothing",
          [tenant, place, actorId],
          "seat-take",
        );
        const [first] = await q.query<{ id: string }>(
          "select actor_id as id from steward.seat where tenant_id = $1 and specialist = $2 order by n limit 1",
          [tenant, place],
        );
        return { isFirst: first?.id === actorId, turnedDown: null };
      }),
    async found(tenant, runId, tasks) {
      const ids = tasks.map((task) => deriveId(runId, task));
      const rows = await db.query<{ by: string; snapshot: string }>(
        `select name as by, snapshot from steward.actor
         where tenant_id = $1 and parent_id = $2 and machine = 'agent' and id = any ($3::uuid[]) order by created_at, id`,
        [tenant, runId, ids],
      );
      return rows.flatMap(({ by, snapshot }) => seenIn(JSON.parse(snapshot) as { context: TaskContext }, by));
    },
    async read(tenant, runId, key) {
      const [row] = await db.query<{ version: number; value: string; by: string | null }>(
        `select b.version, b.value, a.name as by from steward.blackboard b
         left join steward.actor a on a.tenant_id = b.tenant_id and a.id = b.by_actor
         where b.tenant_id = $1 and b.run_id = $2 and b.key = $3 order by b.version desc limit 1`,
        [tenant, runId, key],
      );
      return row ? { ...row, value: JSON.parse(row.value) as Json } : { version: 0, value: null, by: null };
    },
    keys: (tenant, runId) =>
      db.query(
        `select key, max(version) as version from steward.blackboard
         where tenant_id = $1 and run_id = $2 group by key order by key`,
        [tenant, runId],
      ),
    async write({ tenant, runId, key, expects, value, actorId, effectId }) {
      await db.query(
        `insert into steward.blackboard (tenant_id, run_id, key, version, value, by_actor, effect_id)
         select $1, $2, $3, $4::int + 1, $5, $6, $7
         where $4::int = coalesce((select max(version) from steward.blackboard where tenant_id = $1 and run_id = $2 and key = $3), 0)
         on conflict do nothing`,
        [tenant, runId, key, expects, canonical(value), actorId, effectId],
      );
      // Another statement: it sees what this effect wrote now or in an earlier try, and what somebody wrote first.
      const [mine] = await db.query<{ version: number }>(
        "select version from steward.blackboard where tenant_id = $1 and run_id = $2 and key = $3 and effect_id = $4",
        [tenant, runId, key, effectId],
      );
      return mine?.version ?? null;
    },
    colleagues: (tenant, runId) =>
      db.query(
        `select id as "actorId", name as specialist, snapshot::json->'context'->>'id' as task,
           snapshot::json->'context'->>'task' as does,
           case when state = 'assigned' then 'assigned'
             when snapshot::json->'context'->>'talk' is not null and snapshot::json->'context'->>'instead' is null then 'talks'
             else 'follows' end as how from steward.actor
         where tenant_id = $1 and parent_id = $2 and machine = 'agent' and not done order by id`,
        [tenant, runId],
      ),
  };
}

/** What a task has had from tools, by its memory, and the calls whose end nobody knows. */
function seenIn({ context: { outputs, talk } }: { context: TaskContext }, by: string): Found[] {
  const said = (output: Json | undefined, error?: string) => error ?? canonical(output ?? null);
  const calls = [...(talk?.turns ?? []).flatMap(({ results }) => results), ...(talk?.calls ?? [])];
  return [
    ...Object.entries(outputs).map(([tool, output]) => ({ by, tool, state: "settled", said: said(output) })),
    ...calls.map((call) => ({
      by,
      tool: call.tool,
      state: "state" in call ? call.state : "settled",
      said: said(call.output, call.error),
    })),
  ];
}
