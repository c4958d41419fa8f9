import type { Incoming } from "../../domain/incoming.ts";
import type { Remark } from "../../http/reads.ts";
import type { Queryable } from "../database.ts";
import { firstIdAt, momentOf } from "../learned.ts";

const most = 50;
/** By how much the clocks of two replicas may differ. */
const leewayMs = 60_000;

interface Question {
  readonly platform: string;
  readonly channel: string;
  readonly threads: readonly string[];
  /** The first of its cards that was made: ids made later, of deliveries too, are greater. */
  readonly first: string;
  readonly openedAt: string;
  readonly until: string;
  readonly openMs: number;
}

/** What people wrote in the thread that a gate's run is in, while the gate was open. */
export async function remarksOn(db: Queryable, tenant: string, gateId: string): Promise<readonly Remark[]> {
  const [asked] = await db.query<Question>(
    `select c.platform, c.channel, array_remove(array[c.thread, c.begun], null) as threads, g.opened_at::text as "openedAt",
       coalesce(g.decided_at, steward.now())::text as until,
       (extract(epoch from coalesce(g.decided_at, steward.now()) - g.opened_at) * 1000)::float8 as "openMs",
       (select min(m.id::text) from steward.message m where m.tenant_id = $1 and m.actor_id = g.id) as first
     from steward.gate g join steward.actor a on a.tenant_id = g.tenant_id and a.id = g.id
     join steward.conversation c on c.tenant_id = a.tenant_id and c.id = a.conversation_id
     where g.tenant_id = $1 and g.id = $2 and c.thread <> ''`,
    [tenant, gateId],
  );
  if (asked?.first == null) return [];
  const last = firstIdAt(momentOf(asked.first) + asked.openMs + leewayMs);
  const found = await db.query<{ personId: string | null; name: string | null; at: Date | string; body: string }>(
    `select i.person_id as "personId", p.name, i.received_at as at, i.body from steward.inbox i
     left join steward.person p on p.tenant_id = i.tenant_id and p.id = i.person_id
     where i.tenant_id = $1 and i.kind = 'message' and i.id > $2 and i.id < $3
       and i.received_at between $4::timestamptz and $5::timestamptz
       and i.body::json#>>'{place,platform}' = $6 and i.body::json#>>'{place,channel}' = $7
       and i.body::json#>>'{place,thread}' = any ($8::text[])
     order by i.id desc limit ${most}`,
    [tenant, asked.first, last, asked.openedAt, asked.until, asked.platform, asked.channel, asked.threads],
  );
  return found.reverse().flatMap(({ personId, name, at, body }) => {
    const { text } = JSON.parse(body) as Incoming;
    return text === "" ? [] : [{ personId, name: name ?? "Somebody", at: new Date(at).toISOString(), text }];
  });
}
