import type { Json } from "../domain/json.ts";
import type { CallLine, Recorded, Spend } from "../model/ledger.ts";
import type { Scope, Usage } from "../model/prices.ts";
import type { Queryable } from "./database.ts";

/** The four scopes a call counts in, in the order they are locked; those without a key are null. */
export const scopes = (run: string, person: string, at: string) =>
  `(values (1, 'run', ${run}::text),
     (2, 'person', ${person}::text || '/' || to_char(${at} at time zone 'UTC', 'YYYY-MM-DD')),
     (3, 'tenant', to_char(${at} at time zone 'UTC', 'YYYY-MM')),
     (4, 'day', to_char(${at} at time zone 'UTC', 'YYYY-MM-DD'))) as s (rank, kind, key)`;

/** $1 tenant, $2 effects. What an effect cost is the sum over all its tries, whatever became of them. */
export const answersOf = `
  select * from (
    select effect_id, run_id, purpose, n, state, content, stop_reason, asked_at,
      sum(coalesce(settled, 0)) over (partition by effect_id)::bigint as effect_micro
    from steward.model_call where tenant_id = $1 and effect_id = any ($2::uuid[])
  ) c where state = 'answered'`;

export interface BudgetRow {
  readonly kind: Scope;
  readonly key: string;
  readonly cap: number;
  readonly reserved: number;
  readonly spent: number;
}

export interface AnswerRow {
  readonly effect_id: string;
  readonly purpose: string;
  /** Null once it was erased. */
  readonly content: string | null;
  readonly stop_reason: string;
  readonly effect_micro: number;
}

export interface CallRow {
  readonly kind: CallLine["kind"];
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

/** A question by what its answer is kept under. */
export const questionOf = (effectId: string, purpose: string) => `${effectId} ${purpose}`;

/** The answers of these effects that count, by question. */
export async function answersByQuestion(
  tx: Queryable,
  tenant: string,
  effectIds: readonly string[],
): Promise<ReadonlyMap<string, Recorded>> {
  if (effectIds.length === 0) return new Map();
  const rows = await tx.query<AnswerRow>(answersOf, [tenant, effectIds], "model-answered");
  return new Map(rows.map((row) => [questionOf(row.effect_id, row.purpose), recordedOf(row)]));
}

/**
 * Runs an update of a tenant's calls that returns what each frees and spends, and moves that in its budgets. $1 is the tenant,
 * $2 what the update reads.
 */
export async function charge(
  tx: Queryable,
  update: string,
  tenant: string,
  rows: readonly object[],
  name: string,
): Promise<void> {
  await tx.query(
    `with c as (${update}),
     moved as (select s.kind, s.key, sum(c.freed) as freed, sum(c.spent) as spent
       from c, lateral ${scopes("c.run_id", "c.person_id", "c.asked_at")} where s.key is not null group by s.kind, s.key)
     update steward.budget b set reserved = b.reserved - moved.freed, spent = b.spent + moved.spent
     from moved where b.tenant_id = $1 and b.kind = moved.kind and b.key = moved.key`,
    [tenant, JSON.stringify(rows)],
    name,
  );
}

export function recordedOf(row: AnswerRow): Recorded {
  return {
    effectId: row.effect_id,
    purpose: row.purpose,
    content: JSON.parse(row.content ?? "[]") as readonly Json[],
    stopReason: row.stop_reason,
    effectMicro: row.effect_micro,
  };
}

export function spendOf(row: BudgetRow): Spend {
  return {
    scope: row.kind,
    key: row.key,
    spentUsd: row.spent / 1e6,
    reservedUsd: row.reserved / 1e6,
    capUsd: row.cap / 1e6,
  };
}

export function lineOf(row: CallRow): CallLine {
  return {
    kind: row.kind,
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
