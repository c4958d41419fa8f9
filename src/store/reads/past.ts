import type { Queryable } from "../database.ts";
import { asObject, asText, contextOf } from "./json.ts";

const most = 1000;

interface PastRequest {
  readonly run: string;
  readonly kind: "help" | "incident" | "build" | "act";
  readonly text: string;
  readonly requesterId: string | null;
  readonly at: string;
}

const told: Readonly<Record<string, PastRequest["kind"]>> = {
  "help-request": "help",
  incident: "incident",
  "build-failure": "build",
};

/**
 * What was asked for in the last so many days and changed something, questions that went to people, and what systems told;
 * of more than 1000 the newest, oldest first.
 */
export async function pastRequests(q: Queryable, tenant: string, days: number): Promise<PastRequest[]> {
  const rows = await q.query<{
    short: string;
    workflow: string;
    title: string;
    snapshot: string;
    requesterId: string | null;
    at: string;
  }>(
    `select a.short, d.name as workflow, a.name as title, a.snapshot, a.requester_id as "requesterId", a.created_at as at
     from steward.actor a join steward.definition d on d.tenant_id = a.tenant_id and d.hash = a.definition_hash
     where a.tenant_id = $1 and a.machine = 'plan' and a.created_at > steward.now() - $2 * interval '1 day'
       and (d.name = any ($3::text[]) or exists (
         select from steward.effect e where e.tenant_id = $1 and e.actor_id = a.id and e.risk <> 'read' and e.state = 'done'))
     order by a.id desc limit ${most}`,
    [tenant, days, Object.keys(told)],
  );
  return rows.reverse().flatMap(({ short, workflow, title, snapshot, requesterId, at }) => {
    const context = contextOf(snapshot);
    const kind = told[workflow] ?? "act";
    const wentToPeople = asText(asObject(asObject(context["steps"])["asked"])["state"]) === "done";
    if (kind === "help" && !wentToPeople) return [];
    const text = kind === "help" ? asText(asObject(context["input"])["question"]) : (asText(context["title"]) ?? title);
    return text === null ? [] : [{ run: short, kind, text, requesterId, at: new Date(at).toISOString() }];
  });
}
