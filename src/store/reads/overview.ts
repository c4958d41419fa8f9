import type { OpenRun } from "../../systems/overview/runs.ts";
import type { Queryable } from "../database.ts";
import { personal } from "./personal.ts";

const most = 500;

/** Runs that have not ended, oldest first; without those that are for whoever asked, such as reminders. */
export function openRuns(q: Queryable, tenant: string): Promise<OpenRun[]> {
  return q.query<OpenRun>(
    `select a.short, coalesce(d.name, a.name) as workflow, a.name as title, a.state, a.paused,
       a.requester_id as "requesterId", (extract(epoch from steward.now() - a.created_at) * 1000)::float8 as "openMs",
       coalesce(a.stuck, max(t.stuck)) as stuck,
       (select count(*)::int from steward.effect e where e.tenant_id = a.tenant_id and e.state = 'in_doubt'
          and (e.actor_id = a.id or e.actor_id = any (array_agg(t.id)))) as doubts
     from steward.actor a
     left join steward.definition d on d.tenant_id = a.tenant_id and d.hash = a.definition_hash
     left join steward.actor t on t.tenant_id = a.tenant_id and t.parent_id = a.id and t.machine = 'agent' and not t.done
     where a.tenant_id = $1 and a.machine = 'plan' and not a.done and not coalesce(${personal("d.body")}, false)
     group by a.tenant_id, a.id, d.name order by a.id limit ${most}`,
    [tenant],
  );
}
