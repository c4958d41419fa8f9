import { newId } from "../domain/ids.ts";
import type { Json } from "../domain/json.ts";
import { canonical } from "../domain/json.ts";
import type { Asking, CallLine, Ledger, Outcome, Recorded, Reserved, Spend } from "../model/ledger.ts";
import type { Caps, Scope, Usage } from "../model/prices.ts";
import type { Database, Queryable } from "./database.ts";

/** How often a question may be lost: then nobody asks it again. */
const lossesAllowed = 2;

/**
 * The model's ledger. Every transaction locks budget rows first and in the order run, person, tenant, day; so all that
 * happens to one run's calls happens one after the other, and nothing locks in a circle.
 */
export function modelLedger(db: Database): Ledger {
  return {
    async answers(tenant, runId, effectIds) {
      const rows = await db.query<{ at: string } & AnswerRow>(
        `select at.at, a.* from (select steward.now() as at) at left join lateral (${answersOf}) a on a.run_id = $3 order by asked_at, n`,
        [tenant, effectIds, runId],
        "model-answers",
      );
      return { at: rows[0]?.at ?? "", recorded: rows.filter((row) => row.effect_id !== null).map(recordedOf) };
    },
    reserve: (asking) => db.tx((tx) => reserve(tx, asking)),
    settle: (tenant, callId, outcome) => db.tx((tx) => settle(tx, tenant, callId, outcome)),
    raise: (raise) =>
      db.tx(async (tx) => {
        const { budgets } = await openBudgets(tx, raise);
        const key = budgets.find((budget) => budget.kind === raise.scope)?.key;
        await tx.query(
          `update steward.budget set raised = raised + $4, raised_by = array_append(raised_by, $5::uuid)
           where tenant_id = $1 and kind = $2 and key = $3 and not ($5::uuid = any (raised_by))`,
          [raise.tenant, raise.scope, key, raise.micro, raise.effectId],
        );
        const [row] = await tx.query<BudgetRow>(
          "select kind, key, cap + raised as cap, reserved, spent from steward.budget where tenant_id = $1 and kind = $2 and key = $3",
          [raise.tenant, raise.scope, key],
        );
        return spendOf(row as BudgetRow);
      }),
    async spend(tenant, { runId, personId }) {
      const rows = await db.query<BudgetRow>(
        `select b.kind, b.key, b.cap + b.raised as cap, b.reserved, b.spent
         from ${scopes("$2", "$3", "steward.now()")} join steward.budget b on b.tenant_id = $1 and b.kind = s.kind and b.key = s.key
         order by s.rank`,
        [tenant, runId ?? null, personId ?? null],
      );
      return rows.map(spendOf);
    },
    async calls(tenant, runId) {
      const rows = await db.query<CallRow>(
        `select effect_id, purpose, specialist, task, model, state, failure, usage, coalesce(settled, reserved) as micro,
           priced_as, flagged, asked_at
         from steward.model_call where tenant_id = $1 and run_id = $2 order by asked_at, n`,
        [tenant, runId],
      );
      return rows.map(lineOf);
    },
  };
}

/** How a kept output begins and how long it is, if it is this run's or one of its tasks'. */
export async function excerptOf(
  db: Queryable,
  tenant: string,
  runId: string,
  id: string,
  characters: number,
): Promise<{ readonly text: string; readonly characters: number } | null> {
  const [row] = await db.query<{ text: string; characters: number }>(
    `select left(f.body, $4) as text, length(f.body) as characters
     from steward.artifact f join steward.actor a on a.tenant_id = f.tenant_id and a.id = f.actor_id
     where f.tenant_id = $1 and f.id = $2 and coalesce(a.parent_id, a.id) = $3`,
    [tenant, id, runId, characters],
  );
  return row ?? null;
}

/** The four scopes a call counts in, in the order they are locked; those without a key are null. */
const scopes = (run: string, person: string, at: string) =>
  `(values (1, 'run', ${run}::text),
     (2, 'person', ${person}::text || '/' || to_char(${at} at time zone 'UTC', 'YYYY-MM-DD')),
     (3, 'tenant', to_char(${at} at time zone 'UTC', 'YYYY-MM')),
     (4, 'day', to_char(${at} at time zone 'UTC', 'YYYY-MM-DD'))) as s (rank, kind, key)`;

// $1 tenant, $2 effects. What an effect cost is the sum over all its tries, whatever became of them.
const answersOf = `
  select * from (
    select effect_id, run_id, purpose, n, state, content, stop_reason, asked_at,
      sum(coalesce(settled, 0)) over (partition by effect_id)::bigint as effect_micro
    from steward.model_call where tenant_id = $1 and effect_id = any ($2::uuid[])
  ) c where state = 'answered'`;

interface BudgetRow {
  readonly kind: Scope;
  readonly key: string;
  readonly cap: number;
  readonly reserved: number;
  readonly spent: number;
}

interface AnswerRow {
  readonly effect_id: string;
  readonly purpose: string;
  /** Null once it was erased. */
  readonly content: string | null;
  readonly stop_reason: string;
  readonly effect_micro: number;
}

interface CallRow {
  readonly effect_id: string;
  readonly purpose: string;
  readonly specialist: string;
  readonly task: string;
  readonly model: string;
  readonly state: CallLine["state"];
  readonly failure: string | null;
  readonly usage: string | null;
  readonly micro: number;
  readonly priced_as: string;
  readonly flagged: boolean;
  readonly asked_at: string;
}

async function reserve(tx: Queryable, asking: Asking): Promise<Reserved> {
  const { tenant, effectId, purpose } = asking;
  const { at, budgets } = await openBudgets(tx, asking);
  const earlier = await tx.query<{ state: CallLine["state"] }>(
    "select state from steward.model_call where tenant_id = $1 and effect_id = $2 and purpose = $3 order by n",
    [tenant, effectId, purpose],
    "model-earlier",
  );
  if (earlier.some((call) => call.state === "answered")) {
    const recorded = await answerOf(tx, tenant, effectId, purpose);
    if (recorded) return { kind: "answered", recorded };
  }
  if (earlier.some((call) => call.state === "asked"))
    await charge(
      tx,
      `update steward.model_call set state = 'lost', settled = reserved, ended_at = steward.now(), failure = 'its process ended before an answer was recorded'
       where tenant_id = $1 and effect_id = $2 and purpose = $3 and state = 'asked'
       returning run_id, person_id, asked_at, reserved as freed, settled as spent`,
      [tenant, effectId, purpose],
    );
  if (earlier.filter((call) => call.state === "lost" || call.state === "asked").length >= lossesAllowed)
    return { kind: "given-up" };
  const over = budgets.filter((budget) => budget.reserved + budget.spent + asking.micro > budget.cap);
  const isHeld = over.every((budget) => budget.spent + asking.micro <= budget.cap);
  const full = over.find((budget) => isHeld || budget.spent + asking.micro > budget.cap);
  if (full)
    return {
      kind: "over-budget",
      scope: full.kind,
      spentMicro: full.reserved + full.spent,
      capMicro: full.cap,
      isHeld,
    };
  const callId = newId();
  await tx.query(
    `with call as (
       insert into steward.model_call (tenant_id, id, effect_id, purpose, n, run_id, person_id, specialist, task, model,
         request_hash, state, reserved, priced_as, flagged, asked_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'asked', $12, $13, $14, $15) returning tenant_id)
     update steward.budget b set reserved = b.reserved + $12
     from call, ${scopes("$6::uuid", "$7", "$15::timestamptz")} where b.tenant_id = call.tenant_id and b.kind = s.kind and b.key = s.key`,
    [
      tenant,
      callId,
      effectId,
      purpose,
      earlier.length + 1,
      asking.runId,
      asking.personId,
      asking.specialist,
      asking.task,
      asking.model,
      asking.requestHash,
      asking.micro,
      asking.pricedAs,
      asking.flagged,
      at,
    ],
    "model-ask",
  );
  return { kind: "reserved", callId };
}

/** Locks the scopes' rows, making those that are not there, with the caps that are configured now. */
async function openBudgets(
  tx: Queryable,
  of: { readonly tenant: string; readonly runId: string; readonly personId: string | null; readonly caps: Caps },
): Promise<{ readonly at: string; readonly budgets: readonly BudgetRow[] }> {
  const rows = await tx.query<BudgetRow & { at: string }>(
    `with clock as (select steward.now() as at),
     wanted as (select s.rank, s.kind, s.key, (array[$4::bigint, $5, $6, $7])[s.rank] as cap
       from clock, lateral ${scopes("$2::uuid", "$3", "clock.at")} where s.key is not null order by s.rank)
     insert into steward.budget as b (tenant_id, kind, key, cap) select $1, kind, key, cap from wanted order by rank
     on conflict (tenant_id, kind, key) do update set cap = excluded.cap
     returning b.kind, b.key, b.cap + b.raised as cap, b.reserved, b.spent, (select at from clock) as at`,
    [of.tenant, of.runId, of.personId, of.caps.run, of.caps.person, of.caps.tenant, of.caps.day],
    "model-budgets",
  );
  return { at: rows[0]?.at ?? "", budgets: rows };
}

async function settle(tx: Queryable, tenant: string, callId: string, outcome: Outcome): Promise<Recorded | null> {
  const [call] = await tx.query<{ effect_id: string; purpose: string }>(
    `with call as (select tenant_id, effect_id, purpose, run_id, person_id, asked_at from steward.model_call where tenant_id = $1 and id = $2),
     held as (select b.kind from call, lateral ${scopes("call.run_id", "call.person_id", "call.asked_at")}
       join steward.budget b on b.tenant_id = $1 and b.kind = s.kind and b.key = s.key order by s.rank for update of b)
     select effect_id, purpose from call, (select count(*) from held) locked`,
    [tenant, callId],
    "model-hold",
  );
  if (!call) return null;
  const first = await answerOf(tx, tenant, call.effect_id, call.purpose);
  // An answer that comes after another try was already answered is paid for and not used.
  const answered = outcome.state === "answered" && first === null;
  const done = outcome.state === "answered" ? outcome : null;
  await charge(
    tx,
    `update steward.model_call c set state = $3, content = $4, stop_reason = $5, answered_by = $6, usage = $7, failure = $8,
       settled = coalesce($9::bigint, c.reserved), priced_as = coalesce($10, c.priced_as), flagged = c.flagged or $11, ended_at = steward.now()
     from (select state, reserved, coalesce(settled, 0) as settled from steward.model_call where tenant_id = $1 and id = $2) was
     where c.tenant_id = $1 and c.id = $2 and (was.state = 'asked' or (was.state = 'lost' and $3 <> 'lost'))
     returning c.run_id, c.person_id, c.asked_at, case was.state when 'asked' then was.reserved else 0 end as freed,
       c.settled - was.settled as spent`,
    [
      tenant,
      callId,
      outcome.state === "answered" && !answered ? "lost" : outcome.state,
      answered && done ? canonical(done.content) : null,
      done?.stopReason ?? null,
      done?.answeredBy ?? null,
      "usage" in outcome && outcome.usage ? canonical(outcome.usage) : null,
      "because" in outcome ? outcome.because : answered ? null : "another try was answered first",
      done?.micro ?? (outcome.state === "failed" ? 0 : null),
      done?.pricedAs ?? null,
      done?.flagged ?? false,
    ],
  );
  return answerOf(tx, tenant, call.effect_id, call.purpose);
}

/** Runs an update of calls that returns what each frees and spends, and moves that in its budgets. */
async function charge(tx: Queryable, update: string, values: readonly unknown[]): Promise<void> {
  await tx.query(
    `with c as (${update}),
     moved as (select s.kind, s.key, sum(c.freed) as freed, sum(c.spent) as spent
       from c, lateral ${scopes("c.run_id", "c.person_id", "c.asked_at")} where s.key is not null group by s.kind, s.key)
     update steward.budget b set reserved = b.reserved - moved.freed, spent = b.spent + moved.spent
     from moved where b.tenant_id = $1 and b.kind = moved.kind and b.key = moved.key`,
    values,
  );
}

async function answerOf(tx: Queryable, tenant: string, effectId: string, purpose: string): Promise<Recorded | null> {
  const [row] = await tx.query<AnswerRow>(
    `select * from (${answersOf}) a where purpose = $3`,
    [tenant, [effectId], purpose],
    "model-answer",
  );
  return row ? recordedOf(row) : null;
}

function recordedOf(row: AnswerRow): Recorded {
  return {
    effectId: row.effect_id,
    purpose: row.purpose,
    content: JSON.parse(row.content ?? "[]") as readonly Json[],
    stopReason: row.stop_reason,
    effectMicro: row.effect_micro,
  };
}

function spendOf(row: BudgetRow): Spend {
  return {
    scope: row.kind,
    key: row.key,
    spentUsd: row.spent / 1e6,
    reservedUsd: row.reserved / 1e6,
    capUsd: row.cap / 1e6,
  };
}

function lineOf(row: CallRow): CallLine {
  return {
    effectId: row.effect_id,
    purpose: row.purpose,
    specialist: row.specialist,
    task: row.task,
    model: row.model,
    state: row.state,
    failure: row.failure,
    usage: row.usage === null ? null : (JSON.parse(row.usage) as Usage),
    usd: row.micro / 1e6,
    pricedAs: row.priced_as,
    flagged: row.flagged,
    at: row.asked_at,
  };
}
