import type { JsonObject } from "../../domain/json.ts";
import type { Queryable } from "../database.ts";
import { asObject, asText, contextOf } from "./json.ts";
import { personal } from "./personal.ts";

const most = 1000;

interface PastRequest {
  readonly id: string;
  readonly run: string;
  readonly kind: "help" | "incident" | "build" | "act";
  readonly workflow: string;
  readonly definition: string;
  readonly text: string;
  readonly input: JsonObject;
  readonly requesterId: string | null;
  readonly at: string;
}

const told: Readonly<Record<string, PastRequest["kind"]>> = {
  "help-request": "help",
  incident: "incident",
  "build-failure": "build",
};

/**
 * What was asked for and changed something for others too, questions that went to people, and what systems told: of the last so many days, or
 * these runs. Of more than 1000 the newest, oldest first.
 */
export async function pastRequests(
  q: Queryable,
  tenant: string,
  which: { readonly days: number } | { readonly runs: readonly string[] },
): Promise<PastRequest[]> {
  const rows = await q.query<{
    id: string;
    short: string;
    workflow: string;
    definition: string;
    title: string;
    snapshot: string;
    requesterId: string | null;
    at: string;
  }>(
    `select a.id, a.short, d.name as workflow, d.hash as definition, a.name as title, a.snapshot, a.requester_id as "requesterId", a.created_at as at
     from steward.actor a join steward.definition d on d.tenant_id = a.tenant_id and d.hash = a.definition_hash
     where a.tenant_id = $1 and a.machine = 'plan' and not ${personal("d.body")} and ${"runs" in which ? "a.id = any ($2::uuid[])" : "a.created_at > steward.now() - $2 * interval '1 day'"}
       and (d.name = any ($3::text[]) or exists (
         select from steward.effect e where e.tenant_id = $1 and e.actor_id = a.id and e.risk <> 'read' and e.state = 'done'))
     order by a.id desc limit ${most}`,
    [tenant, "runs" in which ? which.runs : which.days, Object.keys(told)],
  );
  return rows.reverse().flatMap(({ id, short, workflow, definition, title, snapshot, requesterId, at }) => {
    const context = contextOf(snapshot);
    const input = asObject(context["input"]);
    const kind = told[workflow] ?? "act";
    const wentToPeople = asText(asObject(asObject(context["steps"])["asked"])["state"]) === "done";
    if (kind === "help" && !wentToPeople) return [];
    const text = kind === "help" ? asText(input["question"]) : (asText(context["title"]) ?? title);
    if (text === null) return [];
    return [{ id, run: short, kind, workflow, definition, text, input, requesterId, at: new Date(at).toISOString() }];
  });
}
