import type { Gate } from "../gates/gates.ts";
import type { Batch } from "./batch.ts";
import { closeDoubt } from "./report.ts";
import type { EffectAtHand } from "./store.ts";

export type DoubtAnswer = "happened" | "did-not" | "stop";
/** "closed": the question is no longer open. */
export type DoubtSettled =
  | { readonly kind: "settled" | "closed" }
  | { readonly kind: "refused"; readonly because: "own-request" | "persons-only"; readonly sentence: string };

/**
 * Answers what happened to an effect nobody knows about. Of what people approved only people say whether it
 * happened, and nobody who could not have approved it says that it did not: it may be done again for that, on the same approval.
 */
export async function settleDoubt(
  batch: Batch,
  { tenant, effectId, answer, by }: { tenant: string; effectId: string; answer: DoubtAnswer; by: string },
): Promise<DoubtSettled> {
  const [effect] = await batch.reads.effects(tenant, [effectId]);
  if (effect?.state !== "in_doubt") return { kind: "closed" };
  const because = await whyNot(batch, effect, answer, by);
  if (because !== null) {
    await batch.record("auth", "refused", by, { because, effect: effectId });
    return { kind: "refused", because, sentence: refusals[because] };
  }
  const about = { step: effect.step, generation: effect.generation };
  const name = (await batch.people([by]))[0]?.name ?? by;
  batch.effectState(effect, answer === "happened" ? "done" : "failed", ["in_doubt"]);
  const key = `settled:${effectId}:${effect.attempt}`;
  if (answer === "happened") await batch.mail(effect.actorId, key, { type: "effect.done", ...about, output: null }, by);
  else if (answer === "did-not")
    await batch.mail(
      effect.actorId,
      key,
      {
        type: "effect.failed",
        ...about,
        error: { message: `${name} looked: it did not happen`, retryable: true },
      },
      by,
    );
  else
    await batch.mail(
      effect.actorId,
      key,
      { type: "cancel", by: name, reason: `it is not known whether ${effect.step} happened` },
      by,
    );
  const words = { happened: "it happened", "did-not": "it did not happen", stop: "stop the run" }[answer];
  await closeDoubt(batch, effect, `${name} said: ${words}.`);
  return { kind: "settled" };
}

const refusals = {
  "own-request":
    "You asked for this yourself, so somebody else has to look and say that it did not happen: it may be done again for that.",
  "persons-only":
    "People approved this, so a person has to look and say what became of it; an API key may only stop the run.",
};

async function whyNot(
  batch: Batch,
  { gateId }: EffectAtHand,
  answer: DoubtAnswer,
  by: string,
): Promise<keyof typeof refusals | null> {
  const gate = gateId === null || answer === "stop" ? null : await batch.actor(gateId);
  if (gate?.state !== "approved") return null;
  if (by.startsWith("key:")) return "persons-only";
  const { barred } = (gate.snapshot as { context: Gate }).context;
  return answer === "did-not" && barred.includes(by) ? "own-request" : null;
}
