import type { Json } from "../../domain/json.ts";
import type { BoardKey, RunEffect, TaskDetail, TaskView } from "../../http/reads.ts";
import type { Queryable } from "../database.ts";
import { asCount, asList, asObject, asText, contextOf, objectOf } from "./json.ts";
import { personal } from "./personal.ts";

interface Row extends Omit<TaskView, "task" | "id" | "turns" | "calls" | "usd" | "error" | "withoutModel" | "report"> {
  readonly id: string;
  readonly snapshot: string;
  /** The mail that told whoever gave it what came of it. */
  readonly told: string | null;
}

const columns = `a.id, a.parent_id as "runId", a.name as specialist, a.snapshot, a.state, a.done, a.paused, a.stuck,
  a.requester_id as "requesterId",
  exists (select from steward.actor r join steward.definition d on d.tenant_id = r.tenant_id and d.hash = r.definition_hash
    where r.tenant_id = a.tenant_id and r.id = a.parent_id and ${personal("d.body")}) as personal, a.created_at as "createdAt", a.updated_at as "movedAt", a.ended_at as "endedAt",
  (extract(epoch from steward.now() - a.updated_at) * 1000)::float8 as "idleMs",
  (select m.event from steward.mail m where m.tenant_id = a.tenant_id and m.actor_id = a.parent_id
     and m.key like 'tell:' || a.id || ':%:answer' limit 1) as told`;

/** One task; null when there is none with this id. */
export async function taskById(db: Queryable, tenant: string, id: string): Promise<TaskView | null> {
  const [row] = await db.query<Row>(
    `select ${columns} from steward.actor a where a.tenant_id = $1 and a.id = $2 and a.machine = 'agent'`,
    [tenant, id],
  );
  return row ? viewOf(row) : null;
}

/** The tasks of a run, in the order they were given, each with its calls and its report. */
export async function tasksOfRun(db: Queryable, tenant: string, runId: string): Promise<readonly TaskDetail[]> {
  const found = await db.query<Row>(
    `select ${columns} from steward.actor a where a.tenant_id = $1 and a.parent_id = $2 and a.machine = 'agent'
     order by a.created_at, a.id`,
    [tenant, runId],
  );
  const effects = await effectsOf(
    db,
    tenant,
    found.map(({ id }) => id),
  );
  return found.map((row) => ({
    ...viewOf(row),
    step: (asText(contextOf(row.snapshot)["id"]) ?? "").replace(/#.*$/, ""),
    effects: effects.get(row.id) ?? [],
  }));
}

/** The keys that agents wrote on a run's blackboard. */
export async function boardOfRun(db: Queryable, tenant: string, runId: string): Promise<readonly BoardKey[]> {
  return db.query(
    `select distinct on (b.key) b.key, b.version, a.name as by, b.at from steward.blackboard b
     left join steward.actor a on a.tenant_id = b.tenant_id and a.id = b.by_actor
     where b.tenant_id = $1 and b.run_id = $2 order by b.key, b.version desc`,
    [tenant, runId],
  );
}

async function effectsOf(db: Queryable, tenant: string, actors: readonly string[]): Promise<Map<string, RunEffect[]>> {
  const byActor = new Map<string, RunEffect[]>();
  if (actors.length === 0) return byActor;
  const found = await db.query<RunEffect & { readonly actorId: string }>(
    `select actor_id as "actorId", id, tool, class, risk, args, state, generation,
       created_at as "askedAt", started_at as "startedAt", ended_at as "endedAt"
     from steward.effect where tenant_id = $1 and actor_id = any ($2::uuid[]) order by created_at, step, generation`,
    [tenant, actors],
  );
  for (const { actorId, ...row } of found) byActor.set(actorId, [...(byActor.get(actorId) ?? []), row]);
  return byActor;
}

function viewOf({ snapshot, told, ...row }: Row): TaskView {
  const context = contextOf(snapshot);
  const { output } = objectOf(told);
  const talk = asObject(context["talk"]);
  const turns = asList(talk["turns"]).map(asObject);
  const results = turns.flatMap((turn) => asList(turn["results"]));
  return {
    ...row,
    idleMs: Math.max(0, Math.round(row.idleMs)),
    task: asText(context["task"]) ?? "",
    turns: turns.length,
    calls: [...results, ...asList(talk["calls"])].map(callOf),
    usd: asCount(talk["usd"], 0),
    error: asText(context["error"]),
    withoutModel: asText(context["instead"]),
    report: output === undefined ? null : asObject(output),
  };
}

function callOf(call: Json): TaskView["calls"][number] {
  const { tool, error, state } = asObject(call);
  return { tool: asText(tool) ?? "", state: asText(state) ?? "settled", error: asText(error) };
}
