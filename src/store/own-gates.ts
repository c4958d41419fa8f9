import type { OwnGate } from "../inbox/letter.ts";
import type { Queryable } from "./database.ts";

/**
 * What is put to others for a run that this person began, in a conversation or under the run's name, oldest first: what is open,
 * and what this delivery has withdrawn already.
 */
export function ownGates(
  q: Queryable,
  tenant: string,
  personId: string,
  where: { readonly short: string } | { readonly conversationId: string },
  delivery: string,
): Promise<OwnGate[]> {
  const [column, value] = "short" in where ? ["short", where.short] : ["conversation_id", where.conversationId];
  return q.query<OwnGate>(
    `select g.id, a.short, a.name as title from steward.actor a
     join steward.gate g on g.tenant_id = a.tenant_id and g.run_id = a.id
     where a.tenant_id = $1 and a.${column} = $2 and a.machine = 'plan' and a.requester_id = $3 and $3 = any (g.barred)
       and (g.state = 'open' or exists (select from steward.inbox i
         where i.tenant_id = $1 and i.source = 'withdrawal' and i.delivery_key = $4 || ':' || g.id::text))
     order by g.id`,
    [tenant, value ?? "", personId, delivery],
  );
}
