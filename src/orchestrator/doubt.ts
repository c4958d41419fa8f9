import type { Gate } from "../gates/gates.ts";
import type { Batch } from "./batch.ts";
import { closeDoubt } from "./report.ts";
import type { EffectAtHand } from "./store.ts";

export type DoubtAnswer = "happened" | "did-not" | "stop";
/** "closed": the question is no longer open. */
export type DoubtSettled =
  | { readonly kind: "settled" | "closed" }
  | { readonly kind: "refused"; readonly because: "own-request"; readonly sentence: string };

/**
 * Answers what happened to an effect nobody knows about. Of what people approved nobody who could not have approved it says that
 * it did not happen: it may be done again for that, on the same approval.
 */
export async function settleDoubt(
  batch: Batch,
  { tenant, effectId, answer, by }: { tenant: string; effectId: string; answer: DoubtAnswer; by: string },
): Promise<DoubtSettled> {
  const [effect] = await batch.reads.effects(tenant, [effectId]);
  if (effect?.state !== "in_doubt") return { kind: "closed" };
  if (answer === "did-not" && (await isBarred(batch, effect, by))) {
    await batch.record("auth", "refused", by, { because: "own-request", effect: effectId });
    return { kind: "refused", because: "own-request", sentence: notForYou };
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

const notForYou =
  "You asked for this yourself, so somebody else has to look and say that it did not happen: it may be done again for that.";

/** Whether people approved this effect, and this person was not to be one of them. */
async function isBarred(batch: Batch, { gateId }: EffectAtHand, by: string): Promise<boolean> {
  const gate = gateId === null ? null : await batch.actor(gateId);
  return gate?.state === "approved" && (gate.snapshot as { context: Gate }).context.barred.includes(by);
}
