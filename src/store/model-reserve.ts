import { newId } from "../domain/ids.ts";
import type { Asking, CallLine, Reserved } from "../model/ledger.ts";
import type { Caps, Scope } from "../model/prices.ts";
import type { Queryable } from "./database.ts";
import { answersByQuestion, type BudgetRow, charge, questionOf, scopes } from "./model-rows.ts";

/** How often a question may be lost: then nobody asks it again. */
const lossesAllowed = 2;

/** Whose budgets are meant, under which caps. */
interface Spender {
  readonly runId: string;
  readonly personId: string | null;
  readonly caps: Caps;
}

interface Earlier {
  readonly kind: CallLine["kind"];
  readonly id: string;
  readonly effect_id: string;
  readonly purpose: string;
  readonly state: CallLine["state"];
}

/** Reserves for questions of one tenant, one after the other in one transaction: none sees less room than there is. */
export async function reserveAll(
  tx: Queryable,
  tenant: string,
  askings: readonly Asking[],
): Promise<readonly Reserved[]> {
  const { at, budgets } = await openBudgets(tx, tenant, askings);
  const keyOf = scopeKeys(at);
  const room = new Map(budgets.map((budget) => [`${budget.kind} ${budget.key}`, { ...budget }]));
  const earlier = await earlierCalls(tx, tenant, askings);
  const answers = await answersByQuestion(
    tx,
    tenant,
    [...earlier.values()].flat().flatMap((call) => (call.state === "answered" ? [call.effect_id] : [])),
  );
  await lose(
    tx,
    tenant,
    [...earlier.values()].flat().filter(({ kind }) => kind === "model"),
  );

  const begun: object[] = [];
  const asked = new Set<string>();
  const outcomes = askings.map((asking): Reserved => {
    const question = questionOf(asking.effectId, asking.purpose);
    const tries = earlier.get(question) ?? [];
    const recorded = answers.get(question);
    if (recorded) return { kind: "answered", recorded };
    if (asking.kind === "tool") {
      if (asked.has(question) || tries.some((call) => call.state === "asked")) return { kind: "held" };
    } else {
      // Lost are also those that were asked and never settled, and one asked in this very moment.
      const lost = tries.filter((call) => call.state === "lost" || call.state === "asked").length;
      if (lost >= lossesAllowed || asked.has(question)) return { kind: "given-up" };
    }
    const own = keyOf(asking).flatMap((key) => room.get(key) ?? []);
    const full = fullest(own, asking.micro);
    if (full) return full;
    for (const budget of own) budget.reserved += asking.micro;
    asked.add(question);
    const callId = newId();
    begun.push({ ...asking, id: callId, n: tries.length + 1, at });
    return { kind: "reserved", callId };
  });
  await begin(tx, tenant, begun);
  return outcomes;
}

/** Locks the scopes' rows, making those that are not there, with the caps that are configured now. */
export async function openBudgets(
  tx: Queryable,
  tenant: string,
  spenders: readonly Spender[],
): Promise<{ readonly at: string; readonly budgets: readonly BudgetRow[] }> {
  const rows = await tx.query<BudgetRow & { at: string }>(
    `with clock as materialized (select steward.now() as at),
     wanted as (select distinct on (s.rank, s.key) s.rank, s.kind, s.key, (array[i.run_cap, i.person_cap, i.tenant_cap, i.day_cap])[s.rank] as cap
       from clock, json_to_recordset($2::json) as i (run uuid, person text, run_cap bigint, person_cap bigint, tenant_cap bigint, day_cap bigint),
         lateral ${scopes("i.run", "i.person", "clock.at")} where s.key is not null order by s.rank, s.key)
     insert into steward.budget as b (tenant_id, kind, key, cap) select $1, kind, key, cap from wanted order by rank, key
     on conflict (tenant_id, kind, key) do update set cap = excluded.cap
     returning b.kind, b.key, b.cap + b.raised as cap, b.reserved, b.spent, (select at from clock) as at`,
    [
      tenant,
      JSON.stringify(
        spenders.map(({ runId, personId, caps }) => ({
          run: runId,
          person: personId,
          run_cap: caps.run,
          person_cap: caps.person,
          tenant_cap: caps.tenant,
          day_cap: caps.day,
        })),
      ),
    ],
    "model-budgets",
  );
  return { at: rows[0]?.at ?? "", budgets: rows };
}

/** The same keys as `scopes`, for a moment (ISO). */
function scopeKeys(at: string): (of: Pick<Spender, "runId" | "personId">) => string[] {
  const [day, month] = [at.slice(0, 10), at.slice(0, 7)];
  return ({ runId, personId }) => [
    `run ${runId}`,
    ...(personId === null ? [] : [`person ${personId}/${day}`]),
    `tenant ${month}`,
    `day ${day}`,
  ];
}

/** The cap that has no room, first of all one that will have none either when everything held is free again. */
function fullest(budgets: readonly BudgetRow[], micro: number): Reserved | null {
  const over = budgets.filter((budget) => budget.reserved + budget.spent + micro > budget.cap);
  const spentUp = over.find((budget) => budget.spent + micro > budget.cap);
  const full = spentUp ?? over[0];
  if (full === undefined) return null;
  const spentMicro = full.reserved + full.spent;
  const scope: Scope = full.kind;
  return { kind: "over-budget", scope, spentMicro, capMicro: full.cap, isHeld: spentUp === undefined };
}

async function earlierCalls(
  tx: Queryable,
  tenant: string,
  askings: readonly Asking[],
): Promise<ReadonlyMap<string, readonly Earlier[]>> {
  const rows = await tx.query<Earlier>(
    "select id, kind, effect_id, purpose, state from steward.model_call where tenant_id = $1 and effect_id = any ($2::uuid[]) order by n",
    [tenant, askings.map((asking) => asking.effectId)],
    "model-earlier",
  );
  return Map.groupBy(rows, (row) => questionOf(row.effect_id, row.purpose));
}

/** Calls whose process ended before an answer was recorded count with all that was held back for them. */
async function lose(tx: Queryable, tenant: string, calls: readonly Earlier[]): Promise<void> {
  const open = calls.filter((call) => call.state === "asked").map(({ id }) => ({ id }));
  if (open.length === 0) return;
  await charge(
    tx,
    `update steward.model_call c set state = 'lost', settled = c.reserved, ended_at = steward.now(), failure = 'its process ended before an answer was recorded'
     from json_to_recordset($2::json) as i (id uuid) where c.tenant_id = $1 and c.id = i.id and c.state = 'asked'
     returning c.run_id, c.person_id, c.asked_at, c.reserved as freed, c.settled as spent`,
    tenant,
    open,
    "model-lose",
  );
}

async function begin(tx: Queryable, tenant: string, calls: readonly object[]): Promise<void> {
  if (calls.length === 0) return;
  await tx.query(
    `with call as (
       insert into steward.model_call (tenant_id, id, kind, effect_id, purpose, n, run_id, person_id, specialist, task, model,
         request_hash, state, reserved, priced_as, flagged, asked_at)
       select $1, i.id, coalesce(i.kind, 'model'), i."effectId", i.purpose, i.n, i."runId", i."personId", i.specialist, i.task, i.model,
         i."requestHash", 'asked', i.micro, i."pricedAs", i.flagged, i.at
       from json_to_recordset($2::json) as i (id uuid, kind text, "effectId" uuid, purpose text, n integer, "runId" uuid, "personId" text,
         specialist text, task text, model text, "requestHash" text, micro bigint, "pricedAs" text, flagged boolean, at timestamptz)
       returning run_id, person_id, asked_at, reserved),
     held as (select s.kind, s.key, sum(call.reserved) as micro
       from call, lateral ${scopes("call.run_id", "call.person_id", "call.asked_at")} where s.key is not null group by s.kind, s.key)
     update steward.budget b set reserved = b.reserved + held.micro
     from held where b.tenant_id = $1 and b.kind = held.kind and b.key = held.key`,
    [tenant, JSON.stringify(calls)],
    "model-ask",
  );
}
