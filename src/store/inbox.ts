import type { Card } from "../domain/card.ts";
import type { Incoming, Place } from "../domain/incoming.ts";
import type { Json } from "../domain/json.ts";
import type { Expectation, RunHere, Taker } from "../inbox/letter.ts";
import type { Question } from "../inbox/question.ts";
import type { Statements } from "../orchestrator/queue.ts";
import type { Queryable } from "./database.ts";
import { version } from "./workflow-use.ts";

/** A stored delivery and what became of it. */
export async function storedDelivery(
  q: Queryable,
  tenant: string,
  id: string,
): Promise<{ body: string; outcome: string | null; uses: string } | null> {
  const [row] = await q.query<{ body: string; outcome: string | null; uses: string }>(
    `select body, outcome, ${version} as uses from steward.inbox where tenant_id = $1 and id = $2`,
    [tenant, id],
    "stored-delivery",
  );
  return row ?? null;
}

/** An agent's task, if this is one, and whether this delivery has stopped it. */
export async function taskWith(
  q: Queryable,
  tenant: string,
  id: string,
  delivery: string,
): Promise<{ requesterId: string | null; done: boolean; stopped: boolean } | null> {
  const [row] = await q.query<{ requesterId: string | null; done: boolean; stopped: boolean }>(
    `select requester_id as "requesterId", done,
       exists (select from steward.mail m where m.tenant_id = a.tenant_id and m.actor_id = a.id and m.key = 'cancel:' || $3) as stopped
     from steward.actor a where tenant_id = $1 and id = $2 and machine = 'agent'`,
    [tenant, id, delivery],
  );
  return row ?? null;
}

/** Whether this is still waited for. */
export async function stillExpected(
  on: Statements,
  tenant: string,
  expected: Pick<Expectation, "actorId" | "id">,
): Promise<boolean> {
  const rows = await on.query("select 1 from steward.expectation where tenant_id = $1 and actor_id = $2 and id = $3", [
    tenant,
    expected.actorId,
    expected.id,
  ]);
  return rows.length > 0;
}

/** How the run of this name ("R-...") is, in its own words, or the newest run of a conversation. Null: there is none. */
export async function standingOf(
  on: Statements,
  tenant: string,
  run: { readonly short: string } | { readonly conversationId: string },
): Promise<{ sentence: string; open: boolean } | null> {
  const [column, value] = "short" in run ? ["short", run.short] : ["conversation_id", run.conversationId];
  const [row] = await on.query<{ sentence: string; open: boolean }>(
    `select m.wanted::json->>'text' as sentence, not a.done as open from steward.message m join steward.actor a on a.tenant_id = m.tenant_id and a.id = m.actor_id
     where a.tenant_id = $1 and a.${column} = $2 and a.machine = 'plan' and m.key = 'status' order by a.id desc limit 1`,
    [tenant, value],
  );
  return row ?? null;
}

/** What a message came to when it is answered with a question that what is written next may answer. */
export const questions = ["incomplete", "didYouMean", "parts", "asked", "unknown"] as const;

/** The question to this person that is our last word to them in a conversation; what was answered to others there does not count. */
export async function questionTo(
  q: Queryable,
  tenant: string,
  conversationId: string,
  personId: string,
): Promise<Question | null> {
  const [row] = await q.query<{ wanted: string; outcome: string | null; alone: boolean; replied: boolean }>(
    `select m.wanted, i.outcome, m.private_to is not null as alone, m.key = 'reply' as replied
     from steward.message m left join steward.inbox i on i.tenant_id = m.tenant_id and i.id = m.actor_id
     where m.tenant_id = $1 and m.conversation_id = $2 and (m.private_to is null or m.private_to = $3)
       and (m.key <> 'reply' or i.person_id = $3)
     order by m.id desc limit 1`,
    [tenant, conversationId, personId],
    "question-to",
  );
  const outcome = questions.find((one) => one === row?.outcome);
  return row?.replied && outcome ? { card: JSON.parse(row.wanted) as Card, outcome, alone: row.alone } : null;
}

const pageSize = 1000;

/** Who waits for this intent, or for this event ("event:NAME"), however many they are; read in pages, of which only those that are meant are kept. */
export async function expectationsOf(
  q: Queryable,
  tenant: string,
  name: string,
  isMeant: (match: Expectation["match"]) => boolean = () => true,
): Promise<Expectation[]> {
  const found: Expectation[] = [];
  let after: readonly [string, string] = ["00000000-0000-0000-0000-000000000000", ""];
  for (;;) {
    const page = await q.query<Omit<Expectation, "match"> & { match: string }>(
      `select x.actor_id as "actorId", x.id, x.match, x.roles, coalesce(k.owner_id, a.requester_id) as "requesterId", a.conversation_id as "conversationId"
       from steward.expectation x join steward.actor a on a.tenant_id = x.tenant_id and a.id = x.actor_id
       left join steward.api_key k on k.tenant_id = a.tenant_id and a.requester_id like 'key:%' and k.id = substr(a.requester_id, 5)
       where x.tenant_id = $1 and x.name = $2 and (x.actor_id, x.id) > ($3, $4) order by x.actor_id, x.id limit ${pageSize}`,
      [tenant, name, ...after],
    );
    for (const row of page) {
      const match = JSON.parse(row.match) as Record<string, Json>;
      if (isMeant(match)) found.push({ ...row, match });
    }
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return found;
    after = [last.actorId, last.id];
  }
}

/** The runs that show themselves in the thread of a place, the first begun first; a thread that our own message began has its name only since then. */
export function runsAt(q: Queryable, tenant: string, { platform, channel, thread }: Place): Promise<RunHere[]> {
  return q.query<RunHere>(
    `select a.short, a.snapshot::json#>>'{context,input,service}' as service,
       a.snapshot::json#>>'{context,input,environment}' as environment
     from steward.actor a where a.tenant_id = $1 and a.machine = 'plan' and a.id in (
       select m.actor_id from steward.conversation c join steward.message m on m.tenant_id = c.tenant_id and m.conversation_id = c.id
       where c.tenant_id = $1 and c.platform = $2 and c.channel = $3 and $4 <> '' and $4 in (c.thread, c.begun))
     order by a.id limit 20`,
    [tenant, platform, channel, thread],
  );
}

/** Who has taken on what is open in a conversation, with where and how each of them said so last. */
export async function takersOf(q: Queryable, tenant: string, conversationId: string): Promise<Taker[]> {
  const rows = await q.query<Pick<Taker, "runId" | "requesterId" | "personId"> & { body: string }>(
    `select distinct on (a.id, who.id) a.id as "runId", a.requester_id as "requesterId", who.id as "personId", i.body
     from steward.actor a join steward.expectation x on x.tenant_id = a.tenant_id and x.actor_id = a.id
     cross join lateral (select substring(r from 8) as id from unnest(x.roles) as r where r like 'person:%') who
     join steward.mail m on m.tenant_id = a.tenant_id and m.actor_id = a.id
     join steward.inbox i on i.tenant_id = a.tenant_id and i.person_id = who.id
       and i.id = case when m.key ~ '^expected:[0-9a-f-]{36}$' then substring(m.key from 10)::uuid end
     where a.tenant_id = $1 and a.conversation_id = $2 and not a.done order by a.id, who.id, m.n desc`,
    [tenant, conversationId],
    "takers",
  );
  return rows.flatMap(({ body, ...taker }) => {
    const { place, account } = JSON.parse(body) as Incoming;
    return place ? [{ ...taker, place, account: account ?? null }] : [];
  });
}
