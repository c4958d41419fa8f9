import type { Person } from "../../domain/incoming.ts";
import type { AwaitingRun } from "../../systems/overview/runs.ts";
import type { Queryable } from "../database.ts";

const most = 200;

/**
 * Open runs in which the next word is this person's, oldest first: a system began it for whoever holds one of their roles, and nobody has
 * taken it; they have taken it; they began it and it asks nobody else; or they began it and it does not go on.
 */
export function awaiting(
  q: Queryable,
  tenant: string,
  { id: personId, roles }: Pick<Person, "id" | "roles">,
): Promise<AwaitingRun[]> {
  return q.query<AwaitingRun>(
    `select id, short, title, "openMs", because, says from (
       select a.id, a.short, a.name as title, (extract(epoch from steward.now() - a.created_at) * 1000)::float8 as "openMs",
         case when a.requester_id = $2 and (a.stuck is not null or exists (
                select from steward.effect e where e.tenant_id = $1 and e.actor_id = a.id and e.state = 'in_doubt')) then 'halted'
              when x.taken then 'taken'
              when x.untaken and a.requester_id like 'system:%' then 'untaken'
              when a.requester_id = $2 and x.asks and not x.others then 'asked' end as because,
         coalesce(a.stuck, (select regexp_replace(m.wanted::json->>'text', '^.*\\. (?=\\S)', '') from steward.message m
            where m.tenant_id = $1 and m.actor_id = a.id and m.key = 'status' limit 1)) as says
       from steward.actor a left join lateral (
         select bool_or('person:' || $2 = any (roles)) as taken,
           bool_or(name = 'take-request' and roles && $3::text[]) as untaken,
           bool_or(not ('not-requester' = any (roles))) as asks,
           bool_or(name = 'take-request' or exists (select from unnest(roles) r where r like 'person:%')) as others
         from steward.expectation where tenant_id = $1 and actor_id = a.id and name not like 'event:%' and name <> 'cancel-reminder') x on true
       where a.tenant_id = $1 and a.machine = 'plan' and not a.done
     ) w where because is not null order by id limit ${most}`,
    [tenant, personId, roles],
  );
}
