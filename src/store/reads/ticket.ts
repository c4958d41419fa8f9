import type { Queryable } from "../database.ts";
import { asObject, asText, contextOf } from "./json.ts";

/** The issue whose tracker told what began a run: as it signed that itself. Null where something else began it. */
export async function ticketOf(
  q: Queryable,
  tenant: string,
  runId: string,
): Promise<{ repository: string; number: number; title: string } | null> {
  const [row] = await q.query<{ snapshot: string }>(
    `select snapshot from steward.actor where tenant_id = $1 and id = $2 and machine = 'plan' and requester_id = 'system:github'`,
    [tenant, runId],
  );
  if (row === undefined) return null;
  const event = asObject(contextOf(row.snapshot)["event"]);
  const [repository, number, title] = [asText(event["repository"]), event["number"], asText(event["title"])];
  return repository === null || typeof number !== "number" ? null : { repository, number, title: title ?? "" };
}
