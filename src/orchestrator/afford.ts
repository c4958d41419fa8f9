import { raiseTool } from "../agents/turn.ts";
import type { FirstVote } from "../domain/command.ts";
import { deriveId } from "../domain/ids.ts";
import { digest, type JsonObject } from "../domain/json.ts";
import type { Call } from "./admit.ts";
import type { Batch } from "./batch.ts";
import { type Means, obey } from "./obey.ts";
import type { Held, Purse, Shortage } from "./purse.ts";
import type { ActorRow, EffectAtHand } from "./store.ts";

/** How long a call that waits for money is left alone before it is looked at again. */
export const lookAgainMs = 5000;
/** So many calls' worth is asked for, that people are not asked about every one. */
const callsAhead = 10;

/** Holds back what a call costs; null where it costs nothing. */
export async function hold(purse: Purse, effect: EffectAtHand, { tool, args }: Call): Promise<Held | null> {
  if (!tool.costUsd) return null;
  const { tenant, id, runId, requesterId, step } = effect;
  const argsHash = digest(args);
  const call = { tenant, effectId: id, runId, personId: requesterId, step, tool: tool.name, argsHash };
  return purse.hold({ ...call, usd: tool.costUsd });
}

/** One time people were asked about money for an effect. */
interface Question {
  readonly open: string;
  readonly row: ActorRow;
}

/**
 * A call for which there is no money: the run's people are asked whether there shall be more, by the same question as about a
 * model. "waits" until they have answered and what they allowed is done; a sentence where they did not allow it.
 */
export async function askForMoney(
  means: Means,
  batch: Batch,
  effect: EffectAtHand,
  short: Shortage,
  costUsd: number,
): Promise<"waits" | { readonly because: string }> {
  const run = await batch.actor(effect.runId);
  if (run === null) return { because: "its run is gone" };
  const phase = run.state === "compensating" ? "back" : "on";
  if (phase === "back" && (await withdraw(batch, await questionsOf(batch, effect, "on"), "the run was stopped")))
    return { because: "the run was stopped before there was money for it" };
  const asked = await questionsOf(batch, effect, phase);
  const last = asked.at(-1);
  const n = asked.length + 1;
  const step = stepOf(effect, phase);
  const args = { scope: short.scope, usd: cents(Math.max(short.needsUsd, callsAhead * costUsd)) };
  const title = `Let “${run.name}” go on: ${usd(short.spentUsd)} of ${usd(short.capUsd)} of the budget (${short.scope}) are spent, and ${effect.tool} costs ${usd(costUsd)}`;
  const ask = async (wish: { args: JsonObject; title: string; more?: object }) => {
    const covers = [{ step, generation: n, tool: raiseTool, args: wish.args, tainted: [] }];
    const params = { id: `${step}?${n}`, title: wish.title, covers, ...wish.more };
    await obey(means, batch, run, { type: "open", params });
    return "waits" as const;
  };
  if (last === undefined) return ask({ args, title });
  switch (last.row.state) {
    case "new":
    case "open":
      return "waits";
    case "approved": {
      const [raise] = await batch.reads.effects(effect.tenant, [deriveId(run.id, step, n - 1)]);
      if (raise?.state === "done") return ask({ args, title });
      if (raise?.state === "failed" || raise?.state === "cancelled")
        return { because: "the budget could not be raised" };
      if (raise === undefined) {
        const { effects } = (last.row.snapshot as { context: { effects: readonly { args: JsonObject }[] } }).context;
        const wish = { step, generation: n - 1, tool: raiseTool, args: effects[0]?.args ?? args, gate: last.open };
        await obey(means, batch, run, { type: "perform", params: { id: `${step}#${n - 1}`, ...wish } });
      }
      return "waits";
    }
    case "superseded": {
      const { edits, more } = await changeOf(batch, run, last.open, step);
      return ask({ args: { ...args, ...edits }, title: `Let the budget (${short.scope}) be more`, more });
    }
    default:
      return { because: "there is no money for it, and people did not allow more" };
  }
}

/** Takes back what people are still asked about money for an effect that is over. */
export async function stopAsking(batch: Batch, effect: EffectAtHand): Promise<void> {
  for (const phase of ["on", "back"] as const)
    await withdraw(batch, await questionsOf(batch, effect, phase), "what it was for is over");
}

/** True where one of them was open. */
async function withdraw(batch: Batch, asked: readonly Question[], because: string): Promise<boolean> {
  const open = asked.filter(({ row }) => row.state === "new" || row.state === "open");
  for (const { open: id, row } of open) await batch.mail(row.id, `withdraw:${id}`, { type: "withdraw", because });
  return open.length > 0;
}

/** In the order they were asked. */
async function questionsOf(batch: Batch, effect: EffectAtHand, phase: Phase): Promise<readonly Question[]> {
  const asked: Question[] = [];
  for (;;) {
    const open = `${stepOf(effect, phase)}?${asked.length + 1}`;
    const row = await batch.actor(deriveId(effect.runId, open));
    if (row === null) return asked;
    asked.push({ open, row });
  }
}

/** What somebody who may allow it made of the question, as the run was told. */
async function changeOf(
  batch: Batch,
  run: ActorRow,
  open: string,
  step: string,
): Promise<{ readonly edits: JsonObject; readonly more: object }> {
  const letters = await batch.reads.query<{ event: string }>(
    "select event from steward.mail where tenant_id = $1 and actor_id = $2 and key like 'change:%' and event is not null order by n",
    [batch.tenant, run.id],
  );
  const heard = letters
    .map(({ event }) => JSON.parse(event) as { gate: string; change: Changed; vote?: FirstVote })
    .findLast(({ gate }) => gate === open);
  if (heard === undefined) return { edits: {}, more: {} };
  const { edits, barred, floor, changed } = heard.change;
  return { edits: edits[step] ?? {}, more: { barred, floor, changed, ...(heard.vote && { vote: heard.vote }) } };
}

interface Changed {
  readonly edits: Readonly<Record<string, JsonObject>>;
  readonly barred: readonly string[];
  readonly floor: readonly { readonly role: string; readonly count: number }[];
  readonly changed: readonly string[];
}

/** A run that takes back what it did is asked about that anew: what was asked before is over with what it was for. */
type Phase = "on" | "back";

/** A name that no step of a run has: those may not hold a colon. */
function stepOf({ id, attempt }: EffectAtHand, phase: Phase): string {
  return `money:${phase}:${id}:${attempt}`;
}

function cents(amount: number): number {
  return Math.ceil(amount * 100 - 1e-6) / 100;
}

function usd(amount: number): string {
  return `${amount.toFixed(2)} USD`;
}
