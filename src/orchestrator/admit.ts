import type { Json, JsonObject } from "../domain/json.ts";
import { type AnyTool, contractHash, type Risk } from "../domain/tool.ts";
import { asksPeople, checkExecution, type Gate, type PolicyRule } from "../gates/gates.ts";
import type { Advancer } from "./advance.ts";
import type { Batch } from "./batch.ts";
import { report } from "./report.ts";
import type { EffectAtHand } from "./store.ts";

/** One call of a tool, as it takes it. */
export interface Call {
  readonly tool: AnyTool;
  readonly args: JsonObject;
  readonly risk: Risk;
}

/** Why an effect may not run. `superseded`: what it would act on is no longer what was approved. */
interface Refusal {
  readonly because: string;
  readonly sentence: string;
  readonly superseded: boolean;
}

/**
 * The gate's and the claim's transaction, which effects that need neither skip. What was approved is consumed here, by voters
 * whose roles are read once more; `pin` is what it would act on now.
 */
export async function admit(
  { advancer, policies }: { readonly advancer: Advancer; readonly policies: readonly PolicyRule[] },
  effect: EffectAtHand,
  { tool, args, risk }: Call,
  pin: Json,
): Promise<"admitted" | "settled" | Refusal> {
  const { gateId } = effect;
  if (gateId === null && risk !== "read" && asksPeople(policies, { tool: tool.name, risk, args })) {
    const why = risk === "dangerous" ? "is dangerous here" : "needs an approval here, as its policy says,";
    return {
      because: "no-gate",
      sentence: `${effect.tool} ${why} and nobody was asked. Add an approve step that covers ${effect.step}.`,
      superseded: false,
    };
  }
  // What takes our key may simply be sent again; what does not is marked as started before it is sent. So is what others wait
  // for: if its run is stopped meanwhile, it is still at work.
  const isRecorded = gateId === null && effect.class !== "keyed";
  if (gateId === null && !isRecorded && !tool.occupies) return "admitted";
  return advancer.do<"admitted" | "settled" | Refusal>({
    tenant: effect.tenant,
    actors: gateId === null ? [effect.actorId] : [effect.actorId, gateId],
    people: effect.voters,
    async run(batch) {
      if (batch.careful) {
        const [now] = await batch.reads.effects(effect.tenant, [effect.id]);
        if (!now || now.ended || now.attempt !== effect.attempt || now.state !== effect.state) return "settled";
      }
      const run = await batch.actor(effect.actorId);
      if (!run || run.done || ((run.paused || run.stuck !== null) && effect.state === "pending")) return "settled";
      if (gateId !== null) {
        const refusal = await consume(batch, policies, effect, gateId, { tool, args, risk }, pin);
        if (refusal !== null) return refusal;
      }
      batch.effectState(effect, "started", [effect.state]);
      if (isRecorded)
        await batch.entry(effect.actorId, "effect.started", {
          effect: effect.id,
          tool: effect.tool,
          attempt: effect.attempt,
        });
      return "admitted";
    },
  });
}

/** Uses an approval up for exactly this effect, or says why it does not cover it. */
async function consume(
  batch: Batch,
  policies: readonly PolicyRule[],
  effect: EffectAtHand,
  gateId: string,
  { tool, args, risk }: Call,
  pin: Json,
): Promise<Refusal | null> {
  const gate = await batch.actor(gateId);
  if (!gate) return { because: "no-gate", sentence: "The approval for this was never asked.", superseded: false };
  if (gate.state === "waived") {
    if (!asksPeople(policies, { tool: tool.name, risk, args })) return null;
    const sentence = `${effect.tool} needs an approval here by now, and nobody was asked`;
    return { because: "not-approved", sentence, superseded: true };
  }
  const context = (gate.snapshot as { context: Gate & JsonObject }).context;
  const voters = await batch.people(context.votes.map((vote) => vote.person.id));
  const now = {
    effectId: effect.id,
    tool: effect.tool,
    contractHash: contractHash(tool),
    args: JSON.parse(effect.args) as JsonObject,
    pin,
  };
  // Consumed by this very effect is no obstacle: it is the same one, tried again.
  const consumed = context.consumed.filter((id) => id !== effect.id);
  const checked = checkExecution({ ...context, state: gate.state as Gate["state"], consumed }, now, voters);
  if (checked.kind === "refused")
    return { because: checked.because, sentence: checked.sentence, superseded: checked.because === "changed" };
  if (!context.consumed.includes(effect.id) && (await isPutOff(batch, effect, context)))
    return {
      because: "put-off",
      sentence: "Once approved it was put off for longer than its question may be open",
      superseded: true,
    };
  // The roles this was judged on must be those held when it is written.
  batch.writes.held.push(...voters.map(({ id, active, kind, roles }) => ({ id, active, kind, roles })));
  if (!context.consumed.includes(effect.id))
    await batch.mail(gateId, `consume:${effect.id}`, {
      type: "consume",
      effect: now,
      voters: voters as unknown as Json,
    });
  return null;
}

/**
 * Whether the run was held up, by people or by what it was stuck on, until long after the approval. What the definition itself waits for
 * is what people approved.
 */
async function isPutOff(batch: Batch, { tenant, actorId }: EffectAtHand, { votes, policy }: Gate): Promise<boolean> {
  const decided = votes.at(-1)?.at;
  if (decided === undefined || Date.parse(batch.now) - Date.parse(decided) <= policy.expireAfterMs) return false;
  return batch.reads.resumedSince(tenant, actorId, decided);
}

/** Puts a refusal on record, and tells whoever wanted the effect. */
export async function refuse(batch: Batch, effect: EffectAtHand, refusal: Refusal): Promise<void> {
  await batch.record("auth", "refused", "system", {
    because: refusal.because,
    effect: effect.id,
    tool: effect.tool,
    gate: effect.gateId,
  });
  if (refusal.superseded && effect.gateId) {
    batch.effectState(effect, "failed", ["pending", "started"]);
    const gate = await batch.actor(effect.gateId);
    await batch.mail(effect.gateId, `supersede:${effect.id}:${effect.attempt}`, {
      type: "supersede",
      by: effect.id,
      ...(refusal.because === "put-off" && { change: refusal.sentence }),
    });
    if (!gate) return;
    const { context } = gate.snapshot as { context: { gate: string } };
    await batch.mail(effect.actorId, `superseded:${effect.id}:${effect.attempt}`, {
      type: "gate.superseded",
      gate: context.gate,
    });
    return;
  }
  await report(batch, effect, { ok: false, message: refusal.sentence, retryable: false });
}
