import { canonical } from "../domain/json.ts";
import type { Outcome, Recorded } from "../model/ledger.ts";
import type { Queryable } from "./database.ts";
import { answersByQuestion, charge, questionOf, scopes } from "./model-rows.ts";

/** What came of a call. */
export interface Settling {
  readonly callId: string;
  readonly outcome: Outcome;
}

/** Settles calls of one tenant, one after the other in one transaction. Gives for each the answer that counts, or null. */
export async function settleAll(
  tx: Queryable,
  tenant: string,
  settlings: readonly Settling[],
): Promise<readonly (Recorded | null)[]> {
  const calls = await hold(tx, tenant, settlings);
  const effects = [...new Set([...calls.values()].map((call) => call.effect_id))];
  const answered = new Set((await answersByQuestion(tx, tenant, effects)).keys());
  const rows = settlings.flatMap(({ callId, outcome }) => {
    const call = calls.get(callId);
    if (!call) return [];
    const question = questionOf(call.effect_id, call.purpose);
    const isFirst = !answered.has(question);
    if (outcome.state === "answered") answered.add(question);
    return [{ id: callId, ...columnsOf(outcome, isFirst) }];
  });
  await charge(tx, update, tenant, rows, "model-settle");
  const answers = await answersByQuestion(tx, tenant, effects);
  return settlings.map(({ callId }) => {
    const call = calls.get(callId);
    return call ? (answers.get(questionOf(call.effect_id, call.purpose)) ?? null) : null;
  });
}

const update = `update steward.model_call c set state = i.state, content = i.content, stop_reason = i.stop_reason, answered_by = i.answered_by,
    usage = i.usage, failure = i.failure, settled = coalesce(i.micro, c.reserved), priced_as = coalesce(i.priced_as, c.priced_as),
    flagged = c.flagged or i.flagged, ended_at = steward.now()
  from json_to_recordset($2::json) as i (id uuid, state text, content text, stop_reason text, answered_by text, usage text,
      failure text, micro bigint, priced_as text, flagged boolean)
    join steward.model_call was on was.tenant_id = $1 and was.id = i.id
  where c.tenant_id = $1 and c.id = i.id and (was.state = 'asked' or (was.state = 'lost' and i.state <> 'lost'))
  returning c.run_id, c.person_id, c.asked_at, case was.state when 'asked' then was.reserved else 0 end as freed,
    c.settled - coalesce(was.settled, 0) as spent`;

/** An answer that comes after another try was already answered is paid for and not used. */
function columnsOf(outcome: Outcome, isFirst: boolean): object {
  switch (outcome.state) {
    case "answered":
      return {
        state: isFirst ? "answered" : "lost",
        content: isFirst ? canonical(outcome.content) : null,
        stop_reason: outcome.stopReason,
        answered_by: outcome.answeredBy,
        usage: outcome.usage === null ? null : canonical(outcome.usage),
        failure: isFirst ? null : "another try was answered first",
        micro: outcome.micro,
        priced_as: outcome.pricedAs,
        flagged: outcome.flagged,
      };
    case "lost":
      return {
        state: "lost",
        failure: outcome.because,
        usage: outcome.usage === null ? null : canonical(outcome.usage),
        flagged: false,
      };
    case "failed":
      return { state: "failed", failure: outcome.because, micro: 0, flagged: false };
  }
}

/** Locks the budgets of these calls, and says what they were asked for. */
async function hold(
  tx: Queryable,
  tenant: string,
  settlings: readonly Settling[],
): Promise<ReadonlyMap<string, { readonly effect_id: string; readonly purpose: string }>> {
  const rows = await tx.query<{ id: string; effect_id: string; purpose: string }>(
    `with call as (select id, effect_id, purpose, run_id, person_id, asked_at from steward.model_call where tenant_id = $1 and id = any ($2::uuid[])),
     held as (select b.kind from (select distinct s.rank, s.kind, s.key from call, lateral ${scopes("call.run_id", "call.person_id", "call.asked_at")}) s
       join steward.budget b on b.tenant_id = $1 and b.kind = s.kind and b.key = s.key order by s.rank, s.key for update of b)
     select id, effect_id, purpose from call, (select count(*) from held) locked`,
    [tenant, settlings.map(({ callId }) => callId)],
    "model-hold",
  );
  return new Map(rows.map((row) => [row.id, row]));
}
