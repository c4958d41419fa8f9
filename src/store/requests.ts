import type { Queryable } from "./database.ts";

interface OpenRequest {
  readonly short: string;
  readonly title: string;
  readonly askedBy: string;
  readonly askedById: string | null;
  readonly takenBy: string | null;
  readonly openMs: number;
}

/**
 * Requests for help: runs that wait for any member to take them, or for whoever did to solve them, oldest first. Whoever has taken one is among those who may say
 * that it is solved.
 */
export function openRequests(q: Queryable, tenant: string): Promise<OpenRequest[]> {
  return q.query<OpenRequest>(
    `select a.short, a.name as title, coalesce(asker.name, a.requester_id, '') as "askedBy", a.requester_id as "askedById", taker.name as "takenBy",
       (extract(epoch from steward.now() - a.created_at) * 1000)::float8 as "openMs"
     from (select actor_id, max(substr(role, 8)) filter (where name = 'solve-request' and role like 'person:%') as taker,
             bool_or(name = 'take-request' and role = 'member') as waits
           from steward.expectation left join lateral unnest(roles) as role on true
           where tenant_id = $1 and name in ('take-request', 'solve-request') group by actor_id) x
     join steward.actor a on a.tenant_id = $1 and a.id = x.actor_id
     left join steward.person asker on asker.tenant_id = $1 and asker.id = a.requester_id
     left join steward.person taker on taker.tenant_id = $1 and taker.id = x.taker
     where x.waits or x.taker is not null order by a.id`,
    [tenant],
  );
}
