import { setTimeout as wait } from "node:timers/promises";
import { newId } from "../domain/ids.ts";
import type { Person, Place, Platform } from "../domain/incoming.ts";
import { sha256 } from "../domain/json.ts";
import type { KnownThread } from "../inbox/accept.ts";
import type { LinkQuestion, LinkStore } from "../inbox/link.ts";
import type { KnownButton } from "../inbox/take.ts";
import type { Account } from "../inbox/unlink.ts";
import type { Sender } from "../messages/adapter.ts";
import { hashToken } from "../messages/buttons.ts";
import type { Leader, Memory } from "../messages/platform.ts";
import type { Statements } from "../orchestrator/queue.ts";
import type { Database, Queryable } from "./database.ts";
import { questions } from "./inbox.ts";
import { findPeople } from "./people.ts";

/** The person a platform's user is, with the roles they hold now. */
export async function personBehind(q: Queryable, tenant: string, who: Sender): Promise<Person | null> {
  const [row] = await q.query<{ id: string }>(
    "select person_id as id from identity where tenant_id = $1 and platform = $2 and workspace = $3 and user_id = $4",
    [tenant, who.platform, who.workspace, who.userId],
    "person-behind",
  );
  return row === undefined ? null : ((await findPeople(q, tenant, [row.id]))[0] ?? null);
}

/** Makes the roles that came from a platform exactly these; a role that steward.yaml gives stays as it is. */
export async function keepRolesFrom(
  q: Queryable,
  tenant: string,
  personId: string,
  platform: Platform,
  roles: readonly string[],
): Promise<void> {
  await q.query(
    `with gone as (
       delete from role_grant where tenant_id = $1 and person_id = $2 and source = $3 and not (role = any ($4::text[])))
     insert into role_grant (tenant_id, person_id, role, source) select $1, $2, role, $3 from unnest($4::text[]) as role
     on conflict (tenant_id, person_id, role) do nothing`,
    [tenant, personId, platform, roles],
    "keep-roles",
  );
}

/** The conversation at this place, if there is one, and whether something is open in it: a run, or a question of ours that is the last word. */
export async function threadAt(q: Queryable, tenant: string, place: Place): Promise<KnownThread | null> {
  const [row] = await q.query<KnownThread>(
    `select c.thread, exists (select from actor a where a.tenant_id = $1 and a.conversation_id = c.id and not a.done)
       or exists (select from (select m.actor_id, m.key from message m
           where m.tenant_id = $1 and m.conversation_id = c.id order by m.id desc limit 1) last
         join inbox i on i.tenant_id = $1 and i.id = last.actor_id
         where last.key = 'reply' and i.outcome = any ($5::text[])) as open
     from conversation c where c.tenant_id = $1 and c.platform = $2 and c.channel = $3 and c.thread <> ''
       and (c.thread = $4 or c.begun = $4) limit 1`,
    [tenant, place.platform, place.channel, place.thread, questions],
    "thread-at",
  );
  return row ?? null;
}

/** A button by its token, with the message it is on. */
export async function buttonOf(q: Queryable, tenant: string, token: string): Promise<KnownButton | null> {
  const [row] = await q.query<KnownButton>(
    `select b.gate_id as "gateId", b.decision, m.ref, c.platform, c.channel from button b
     join message m on m.tenant_id = b.tenant_id and m.id = b.message_id
     join conversation c on c.tenant_id = m.tenant_id and c.id = m.conversation_id
     where b.tenant_id = $1 and b.token_hash = decode($2, 'hex')`,
    [tenant, hashToken(token)],
    "button-of",
  );
  return row ?? null;
}

/** The card a button is on, as it is wanted now, as JSON. */
export async function cardOfButton(q: Queryable, tenant: string, token: string): Promise<string | null> {
  const [row] = await q.query<{ wanted: string }>(
    `select m.wanted from button b join message m on m.tenant_id = b.tenant_id and m.id = b.message_id
     where b.tenant_id = $1 and b.token_hash = decode($2, 'hex')`,
    [tenant, hashToken(token)],
  );
  return row?.wanted ?? null;
}

/** Who has approved a gate so far. */
export async function approversOf(q: Queryable, tenant: string, gateId: string): Promise<string[]> {
  const rows = await q.query<{ id: string }>(
    "select person_id as id from vote where tenant_id = $1 and gate_id = $2 and decision = 'approve'",
    [tenant, gateId],
  );
  return rows.map(({ id }) => id);
}

/** A person's accounts on one platform. */
export function identitiesOf(q: Queryable, tenant: string, personId: string, platform: Platform): Promise<Sender[]> {
  return q.query<Sender>(
    `select platform, workspace, user_id as "userId" from identity
     where tenant_id = $1 and person_id = $2 and platform = $3 order by workspace, user_id`,
    [tenant, personId, platform],
  );
}

/** All of a person's accounts on chat platforms, with where we know each from. */
export function accountsOf(on: Statements, tenant: string, personId: string): Promise<Account[]> {
  return on.query<Account>(
    `select platform, workspace, user_id as "userId", source from steward.identity
     where tenant_id = $1 and person_id = $2 order by platform, workspace, user_id`,
    [tenant, personId],
  );
}

/** The platforms that some of this person's roles come from. */
export async function roleSources(q: Queryable, tenant: string, personId: string): Promise<string[]> {
  const rows = await q.query<{ source: string }>(
    "select distinct source from role_grant where tenant_id = $1 and person_id = $2 and source <> 'steward.yaml'",
    [tenant, personId],
  );
  return rows.map(({ source }) => source);
}

export async function keepFeedback(
  q: Queryable,
  opinion: {
    readonly tenant: string;
    readonly platform: Platform;
    readonly ref: string;
    readonly personId: string;
    readonly liked: boolean;
  },
): Promise<void> {
  await q.query(
    `insert into feedback (tenant_id, platform, ref, person_id, liked) values ($1, $2, $3, $4, $5)
     on conflict (tenant_id, platform, ref, person_id) do update set liked = excluded.liked, at = steward.now()`,
    [opinion.tenant, opinion.platform, opinion.ref, opinion.personId, opinion.liked],
  );
}

/** What one platform's adapter remembers. */
export function platformMemory(q: Queryable, platform: Platform): Memory {
  return {
    async keep(tenant, key, value) {
      await q.query(
        `insert into platform_memory (tenant_id, platform, key, value) values ($1, $2, $3, $4)
         on conflict (tenant_id, platform, key) do update set value = excluded.value, kept_at = steward.now()
         where platform_memory.value <> excluded.value`,
        [tenant, platform, key, value],
        "keep-memory",
      );
    },
    async recall(tenant, key) {
      const [row] = await q.query<{ value: string }>(
        "select value from platform_memory where tenant_id = $1 and platform = $2 and key = $3",
        [tenant, platform, key],
        "recall-memory",
      );
      return row?.value ?? null;
    },
  };
}

const heldForMs = 10_000;
const beatMs = 3000;

/** One leader among all processes on this database: a row held for 10 s and renewed every 3, so that whoever takes over has two seconds of the promised 15 to connect. What runs out much later was taken before the clock was set back. */
export function createLeader(db: Database): Leader {
  return {
    async lead(name, signal, work) {
      const holder = newId();
      const beat = () => wait(beatMs, undefined, { ref: false, signal }).catch(() => undefined);
      while (!signal.aborted) {
        if (!(await hold(name, holder).catch(() => false))) {
          await beat();
          continue;
        }
        const lost = new AbortController();
        const held = AbortSignal.any([signal, lost.signal]);
        const working = work(held).finally(() => lost.abort());
        let renewed = performance.now();
        while (!held.aborted) {
          await Promise.race([beat(), working.catch(() => undefined)]);
          if (held.aborted) break;
          // A database that does not answer keeps nobody in office: give up before the row runs out.
          const still = await Promise.race([hold(name, holder), wait(beatMs, "late" as const, { ref: false })]).catch(
            () => "late" as const,
          );
          if (still === true) renewed = performance.now();
          else if (still === false || performance.now() - renewed > heldForMs - 2 * beatMs) lost.abort();
        }
        await working;
        await db.query("delete from leadership where name = $1 and holder = $2", [name, holder]).catch(() => undefined);
      }
    },
  };

  async function hold(name: string, holder: string): Promise<boolean> {
    const rows = await db.query(
      `insert into leadership as l (name, holder, until_at) values ($1, $2, steward.now() + $3::float8 * interval '1 millisecond')
       on conflict (name) do update set holder = excluded.holder, until_at = excluded.until_at
       where l.holder = excluded.holder or l.until_at <= steward.now()
         or l.until_at > steward.now() + 2 * $3::float8 * interval '1 millisecond' returning holder`,
      [name, holder, heldForMs],
    );
    return rows.length > 0;
  }
}

/** Links that were asked for and not yet confirmed. */
export function linkStore(q: Queryable): LinkStore {
  return {
    question: linkQuestion,
    async ask({ tenant, id, personId, code, conversationId, forMs }) {
      await q.query("delete from link where tenant_id = $1 and expires_at <= steward.now()", [tenant]);
      await q.query(
        `insert into link (tenant_id, id, person_id, code_hash, conversation_id, expires_at)
         values ($1, $2, $3, decode($4, 'hex'), $5, steward.now() + $6::float8 * interval '1 millisecond')
         on conflict (tenant_id, id) do update set code_hash = excluded.code_hash, expires_at = excluded.expires_at`,
        [tenant, id, personId, sha256(code), conversationId, forMs],
      );
    },
    async claim({ tenant, code, who }) {
      const [row] = await q.query<{ id: string; personId: string; conversationId: string; account: string | null }>(
        `update link set platform = $3, workspace = $4, user_id = $5
         where tenant_id = $1 and code_hash = decode($2, 'hex') and expires_at > steward.now()
           and (user_id is null or (platform, workspace, user_id) = ($3, $4, $5))
         returning id, person_id as "personId", conversation_id as "conversationId",
           (select i.body::json->>'account' from inbox i where i.tenant_id = link.tenant_id and i.id = link.id) as account`,
        [tenant, sha256(code), who.platform, who.workspace, who.userId],
      );
      return row ?? null;
    },
  };
}

/** The question that a person's link has come to, and whose the account is that it asks about. */
async function linkQuestion(
  on: Statements,
  link: { readonly tenant: string; readonly id: string; readonly personId: string },
): Promise<LinkQuestion | null> {
  const [row] = await on.query<Sender & Omit<LinkQuestion, "who">>(
    `select l.platform, l.workspace, l.user_id as "userId", l.conversation_id as "conversationId", i.person_id as owner
     from steward.link l left join steward.identity i on i.tenant_id = l.tenant_id
       and i.platform = l.platform and i.workspace = l.workspace and i.user_id = l.user_id
     where l.tenant_id = $1 and l.id = $2 and l.person_id = $3 and l.user_id is not null and l.expires_at > steward.now()`,
    [link.tenant, link.id, link.personId],
    "link-question",
  );
  if (row === undefined) return null;
  const { conversationId, owner, ...who } = row;
  return { who, conversationId, owner };
}
