import type { Json } from "../../domain/json.ts";
import type { TaskView } from "../../http/reads.ts";
import type { Queryable } from "../database.ts";
import { asCount, asList, asObject, asText, contextOf } from "./json.ts";

interface Row extends Omit<TaskView, "task" | "id" | "turns" | "calls" | "usd" | "error" | "withoutModel"> {
  readonly id: string;
  readonly snapshot: string;
}

const columns = `a.id, a.parent_id as "runId", a.name as specialist, a.snapshot, a.state, a.done, a.paused, a.stuck,
  a.requester_id as "requesterId", a.created_at as "createdAt", a.updated_at as "movedAt", a.ended_at as "endedAt",
  (extract(epoch from steward.now() - a.updated_at) * 1000)::float8 as "idleMs"`;

/** One task; null when there is none with this id. */
export async function taskById(db: Queryable, tenant: string, id: string): Promise<TaskView | null> {
  const [row] = await db.query<Row>(
    `select ${columns} from steward.actor a where a.tenant_id = $1 and a.id = $2 and a.machine = 'agent'`,
    [tenant, id],
  );
  return row ? viewOf(row) : null;
}

/** The tasks of a run, in the order they were given. */
export async function tasksOfRun(db: Queryable, tenant: string, runId: string): Promise<readonly TaskView[]> {
  const found = await db.query<Row>(
    `select ${columns} from steward.actor a where a.tenant_id = $1 and a.parent_id = $2 and a.machine = 'agent'
     order by a.created_at, a.id`,
    [tenant, runId],
  );
  return found.map(viewOf);
}

function viewOf({ snapshot, ...row }: Row): TaskView {
  const context = contextOf(snapshot);
  const talk = asObject(context["talk"]);
  const turns = asList(talk["turns"]).map(asObject);
  const results = turns.flatMap((turn) => asList(turn["results"]));
  return {
    ...row,
    createdAt: isoOf(row.createdAt),
    movedAt: isoOf(row.movedAt),
    endedAt: row.endedAt === null ? null : isoOf(row.endedAt),
    idleMs: Math.max(0, Math.round(row.idleMs)),
    task: asText(context["task"]) ?? "",
    turns: turns.length,
    calls: [...results, ...asList(talk["calls"])].map(callOf),
    usd: asCount(talk["usd"], 0),
    error: asText(context["error"]),
    withoutModel: asText(context["instead"]),
  };
}

function callOf(call: Json): TaskView["calls"][number] {
  const { tool, error, state } = asObject(call);
  return { tool: asText(tool) ?? "", state: asText(state) ?? "settled", error: asText(error) };
}

function isoOf(instant: string | Date): string {
  return instant instanceof Date ? instant.toISOString() : instant;
}
