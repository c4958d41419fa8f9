import type { OwnGate } from "../inbox/letter.ts";
import type { Queryable } from "./database.ts";

/**
 * What is put to others for a run that this person began, in a conversation, under the run's name or wherever (null), oldest first:
 * what is open, and what this delivery has withdrawn already.
 */
export function ownGates(
  q: Queryable,
  tenant: string,
  personId: string,
  where: { readonly short: string } | { readonly conversationId: string } | null,
  delivery: string,
): Promise<OwnGate[]> {
  const values = [tenant, personId, delivery];
  const isThere =
    where === null
      ? "true"
      : "short" in where
        ? `a.short = $${values.push(where.short)}`
        : `a.conversation_id = $${values.push(where.conversationId)}`;
  return q.query<OwnGate>(
    `select g.id, a.short, a.name as title from steward.actor a
     join steward.gate g on g.tenant_id = a.tenant_id and g.run_id = a.id
     where a.tenant_id = $1 and ${isThere} and a.machine = 'plan' and a.requester_id = $2 and $2 = any (g.barred)
       and (g.state = 'open' or exists (select from steward.inbox i
         where i.tenant_id = $1 and i.source = 'withdrawal' and i.delivery_key = $3 || ':' || g.id::text))
     order by g.id`,
    values,
  );
}
