import type { Card } from "../domain/card.ts";
import type { Person, Platform } from "../domain/incoming.ts";
import { type Gate, mayAnswer } from "../gates/gates.ts";
import { hashToken } from "../messages/buttons.ts";
import type { DueMessage, KeptButton, Lease, Leased, MessageStore } from "../messages/store.ts";
import { artifactOfMessage } from "./artifacts.ts";
import type { Database, Queryable } from "./database.ts";
import { findPeople, holdersOf } from "./people.ts";
import { contextOf } from "./reads/json.ts";

/** Which decision a token stands for; null when it is no token of ours. Also answers for cards settled long ago. */
export async function findButton(
  q: Queryable,
  tenant: string,
  token: string,
): Promise<{
  readonly gateId: string;
  readonly decision: "approve" | "deny" | "change";
  readonly messageId: string;
} | null> {
  const [row] = await q.query<{ gateId: string; decision: "approve" | "deny" | "change"; messageId: string }>(
    `select gate_id as "gateId", decision, message_id as "messageId" from button where tenant_id = $1 and token_hash = decode($2, 'hex')`,
    [tenant, hashToken(token)],
    "find-button",
  );
  return row ?? null;
}

/** Everybody who could be asked by a gate: who holds its roles, and whom it was escalated to. */
async function candidates(q: Queryable, tenant: string, { policy, escalatedTo }: Gate): Promise<Person[]> {
  const roles = escalatedTo.flatMap((to) => (to.kind === "role" ? [to.role] : []));
  const persons = escalatedTo.flatMap((to) => (to.kind === "person" ? [to.id] : []));
  const holders = await holdersOf(q, tenant, [...policy.require.map(({ role }) => role), ...roles]);
  const others = persons.filter((id) => holders.every((holder) => holder.id !== id));
  return [...holders, ...(await findPeople(q, tenant, others))];
}

interface DueRow extends Omit<DueMessage, "wanted"> {
  readonly wanted: string;
}

/** The courier's tables: conversation (its lease), message, button. */
export function createMessageStore(db: Database): MessageStore {
  return {
    // Far in the future: taken before the clock was set back. (Twice its length, as whoever waits for the row looks with an earlier now.)
    async lease({ tenant, conversationId, holder, forMs }: Lease): Promise<Leased> {
      const [row] = await db.query<{
        platform: Platform;
        channel: string;
        thread: string;
        taken: boolean;
        wait: number | null;
      }>(
        `with taken as (
           update conversation set lease_by = $3, lease_until = steward.now() + $4::float8 * interval '1 millisecond'
           where tenant_id = $1 and id = $2 and (lease_until is null or lease_until <= steward.now()
             or lease_until > steward.now() + 2 * $4::float8 * interval '1 millisecond') returning id)
         select platform, channel, coalesce(begun, thread) as thread, exists (select 1 from taken) as taken,
           (extract(epoch from lease_until - steward.now()) * 1000)::float8 as wait
         from conversation where tenant_id = $1 and id = $2`,
        [tenant, conversationId, holder, forMs],
        "lease-conversation",
      );
      if (row === undefined) return { kind: "none" };
      const { taken, wait, ...place } = row;
      return taken
        ? { kind: "held", place }
        : { kind: "busy", retryAfterMs: Math.max(1, Math.ceil(Math.min(wait ?? forMs, forMs))) };
    },

    async next({ tenant, conversationId, holder, forMs }: Lease): Promise<DueMessage | null> {
      const [row] = await db.query<DueRow>(
        `with mine as (
           update conversation set lease_until = steward.now() + $4::float8 * interval '1 millisecond'
           where tenant_id = $1 and id = $2 and lease_by = $3
           returning id, platform, begun is not null or thread not like '+%' as there),
         due as (
           select m.id, m.tried, bool_or(m.urgent) over () as urgent, mine.platform
           from message m join mine on m.conversation_id = mine.id
           where m.tenant_id = $1 and m.wanted_version > m.shown_version order by m.urgent and mine.there desc, m.id limit 1)
         update message m set tried = true from due where m.tenant_id = $1 and m.id = due.id
         returning m.id, m.wanted, m.wanted_version as version, m.ref, due.tried as "triedBefore", due.urgent,
           exists (select from message c where c.tenant_id = $1 and c.actor_id = m.actor_id and c.key = m.key || '+2'
             and c.conversation_id = m.conversation_id) as continued,
           m.private_to is not null as private, case when due.platform = 'web' then m.private_to else
             coalesce((select i.user_id from identity i where i.tenant_id = $1 and i.person_id = m.private_to and i.platform = due.platform
              order by i.user_id is not distinct from m.private_account desc, i.workspace, i.user_id limit 1),
               -- It was theirs when it asked for this, and has been taken off since.
               m.private_account) end as "privateTo"`,
        [tenant, conversationId, holder, forMs],
        "next-message",
      );
      return row === undefined ? null : { ...row, wanted: JSON.parse(row.wanted) as Card };
    },

    async release({ tenant, conversationId, holder }: Lease): Promise<boolean> {
      const released = await db.query(
        "update conversation set lease_by = null, lease_until = null where tenant_id = $1 and id = $2 and lease_by = $3 returning id",
        [tenant, conversationId, holder],
        "release-conversation",
      );
      // Asked only now: whoever was turned away by the lease had committed before.
      const due = await db.query(
        "select 1 from message where tenant_id = $1 and conversation_id = $2 and wanted_version > shown_version limit 1",
        [tenant, conversationId],
        "message-due",
      );
      return released.length > 0 && due.length > 0;
    },

    async record({ tenant, id, version, ref, begun }) {
      await db.query(
        `with shown as (
           update message set shown_version = greatest(shown_version, $3), ref = $4, refused = null
           where tenant_id = $1 and id = $2 returning conversation_id)
         update conversation c set begun = coalesce(c.begun, $5) from shown
         where $5::text is not null and c.tenant_id = $1 and c.id = shown.conversation_id`,
        [tenant, id, version, ref, begun ?? null],
        "record-message",
      );
    },

    async putBack({ tenant, id }) {
      await db.query("update message set tried = false where tenant_id = $1 and id = $2 and ref is null", [tenant, id]);
    },

    async follow({ tenant, id, rest }) {
      const rows = Array.from({ length: followers }, (_, i) => ({
        n: i + 2,
        id: idAfter(id, i + 1),
        wanted: JSON.stringify(rest[i] ?? { text: "–" }),
        needed: i < rest.length,
      }));
      await db.query(
        `with it as (select * from message where tenant_id = $1 and id = $2),
         r as (select r.*, it.key || '+' || r.n as key from it, json_to_recordset($3::json) as r(n int, id uuid, wanted text, needed boolean)),
         emptied as (
           update message m set wanted = r.wanted, wanted_version = m.wanted_version + 1 from r, it
           where not r.needed and m.tenant_id = $1 and m.actor_id = it.actor_id and m.key = r.key
             and m.conversation_id = it.conversation_id and m.wanted <> r.wanted)
         insert into message as m (tenant_id, id, conversation_id, actor_id, key, wanted, private_to, private_account, urgent)
         select $1, r.id, it.conversation_id, it.actor_id, r.key, r.wanted, it.private_to, it.private_account, it.urgent
         from it, r where r.needed
         on conflict (tenant_id, actor_id, key, conversation_id) do update
           set wanted = excluded.wanted, wanted_version = m.wanted_version + 1 where m.wanted <> excluded.wanted`,
        [tenant, id, JSON.stringify(rows)],
      );
    },

    async refuse({ tenant, id, version, because }) {
      await db.query(
        "update message set shown_version = greatest(shown_version, $3), refused = $4 where tenant_id = $1 and id = $2",
        [tenant, id, version, because],
      );
    },

    async askedOf(tenant, gate, platform, most) {
      const [row] = await db.query<{ snapshot: string }>(
        "select snapshot from actor where tenant_id = $1 and id = $2 and machine = 'gate' and state = 'open'",
        [tenant, gate],
        "open-gate",
      );
      if (row === undefined) return [];
      const asked = contextOf(row.snapshot) as unknown as Gate;
      const may = (await candidates(db, tenant, asked)).filter((person) => mayAnswer(asked, person));
      const people = [...may.map(({ id }) => id), ...asked.votes.map(({ person }) => person.id)];
      const accounts = await db.query<{ userId: string }>(
        `select i.user_id as "userId" from unnest($3::text[]) with ordinality as p (id, n)
         join identity i on i.tenant_id = $1 and i.person_id = p.id and i.platform = $2 order by p.n, i.user_id limit $4`,
        [tenant, platform, people, most],
        "asked-accounts",
      );
      return accounts.map(({ userId }) => userId);
    },

    picture: (tenant, messageId, artifact) => artifactOfMessage(db, tenant, messageId, artifact),

    async buttonsOf(tenant, messageId) {
      return db.query<KeptButton>(
        `select gate_id as gate, decision, encode(token_hash, 'hex') as hash from button b
         where tenant_id = $1 and message_id = $2`,
        [tenant, messageId],
      );
    },

    async keepButtons(tenant, messageId, buttons) {
      await db.query(
        `insert into button (tenant_id, message_id, token_hash, gate_id, decision)
         select $1, $2, decode(b.hash, 'hex'), b.gate, b.decision from unnest($3::text[], $4::uuid[], $5::text[]) as b (hash, gate, decision)`,
        [tenant, messageId, buttons.map((b) => b.hash), buttons.map((b) => b.gate), buttons.map((b) => b.decision)],
      );
    },
  };
}

/** Messages that may follow one: it and these are as many as a card is split into. */
const followers = 4;

/** The id so many places after a UUIDv7: its end is random, so nothing else is there, and it sorts right behind. */
function idAfter(id: string, places: number): string {
  const hex = (BigInt(`0x${id.replaceAll("-", "")}`) + BigInt(places)).toString(16).padStart(32, "0");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
