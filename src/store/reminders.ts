import type { Queryable } from "./database.ts";

/** A reminder that is still to come; `what` is what its person wrote. */
interface Reminder {
  readonly short: string;
  readonly what: string;
  readonly at: Date;
}

/** What this person, and nobody else, is still to be reminded of: the next first. */
export async function remindersOf(q: Queryable, tenant: string, personId: string): Promise<Reminder[]> {
  const rows = await q.query<{ short: string; what: string | null; at: string }>(
    `select a.short, x.match::json->>'what' as what, t.due_at as at
     from steward.expectation x
     join steward.actor a on a.tenant_id = $1 and a.id = x.actor_id and a.requester_id = $2
     join lateral (select min(due_at) as due_at from steward.timer where tenant_id = $1 and actor_id = a.id) t on t.due_at is not null
     where x.tenant_id = $1 and x.name = 'cancel-reminder' order by t.due_at, a.id`,
    [tenant, personId],
  );
  return rows.map(({ short, what, at }) => ({ short, what: what ?? "", at: new Date(at) }));
}
