import { canonical, type Json } from "../domain/json.ts";
import { showHidden } from "../domain/text.ts";
import type { AnyTool } from "../domain/tool.ts";
import type { Batch } from "./batch.ts";
import { keep } from "./keep.ts";
import type { ActorRow, EffectAtHand } from "./store.ts";

/** What came of an effect that has come to something. */
export type Result =
  | { readonly ok: true; readonly output: Json }
  | { readonly ok: false; readonly message: string; readonly retryable: boolean };

/**
 * The result becomes mail. A result of an attempt that is no longer the current one settles nothing; one that comes after people were
 * asked what happened, from a process that was cut off meanwhile, answers them.
 */
export async function report(
  batch: Batch,
  effect: EffectAtHand,
  result: Result,
  kept: Pick<AnyTool, "wholeBytes" | "apart" | "repeats"> = {},
): Promise<void> {
  const key = `effect:${effect.id}:${effect.attempt}`;
  const about = { step: effect.step, generation: effect.generation };
  const state = await stateNow(batch, effect);
  if (state !== "pending" && state !== "started" && state !== "in_doubt") return;
  const forget = result.ok && kept.repeats === true;
  const from: readonly EffectAtHand["state"][] = state === "in_doubt" ? [state] : ["pending", "started"];
  batch.effectState(effect, result.ok ? "done" : "failed", from, forget);
  await batch.mail(
    effect.actorId,
    key,
    result.ok
      ? {
          type: "effect.done",
          ...about,
          output: keep(batch, effect, result.output, kept),
        }
      : { type: "effect.failed", ...about, error: { message: result.message, retryable: result.retryable } },
  );
  if (state === "in_doubt") await closeDoubt(batch, effect, "The answer came after all.");
}

/** How this attempt stands; null when it is no longer the one that counts. Looked up only when a first try met something else. */
async function stateNow(batch: Batch, effect: EffectAtHand): Promise<EffectAtHand["state"] | null> {
  if (!batch.careful) return effect.state;
  const [now] = await batch.reads.effects(effect.tenant, [effect.id]);
  return now?.attempt === effect.attempt ? now.state : null;
}

/** Nobody knows whether it happened: the run waits and people are asked. */
export async function doubt(batch: Batch, effect: EffectAtHand): Promise<void> {
  const state = await stateNow(batch, effect);
  if (state !== "pending" && state !== "started") return;
  batch.effectState(effect, "in_doubt", ["pending", "started"]);
  await batch.mail(effect.actorId, `doubt:${effect.id}:${effect.attempt}`, {
    type: "effect.inDoubt",
    step: effect.step,
    generation: effect.generation,
  });
  const actor = await batch.actor(effect.actorId);
  if (!actor?.conversationId) return;
  const say = (answer: string) => `/steward settle ${effect.id} ${answer}`;
  batch.note(
    effect.actorId,
    `doubt:${effect.id}`,
    actor.conversationId,
    {
      title: doubtTitle(effect, actor),
      text: `${actor.machine === "agent" ? `The agent ${actor.name} called ${effect.tool}` : `${effect.tool} was called`} and no answer came back. It is not tried again by itself: look whether it happened, then say so.`,
      fields: [{ label: "Call", value: `${effect.tool} ${showHidden(canonical(JSON.parse(effect.args)))}` }],
      buttons: [
        { label: "It happened", style: "primary", say: say("happened") },
        { label: "It did not", style: "default", say: say("did-not") },
        { label: "Stop the run", style: "danger", say: say("stop") },
      ],
      link: `/runs/${effect.runId}`,
    },
    { urgent: true },
  );
}

/** Nobody needs to say any more what happened. */
export async function closeDoubt(batch: Batch, effect: EffectAtHand, outcome: string): Promise<void> {
  const actor = await batch.actor(effect.actorId);
  if (!actor?.conversationId) return;
  const text = `${effect.tool} was called and no answer came back.`;
  batch.note(effect.actorId, `doubt:${effect.id}`, actor.conversationId, {
    title: doubtTitle(effect, actor),
    text,
    outcome,
  });
}

/** What the question is called; a step of an agent has a name that says nothing to people. */
function doubtTitle({ step, tool }: EffectAtHand, { machine }: Pick<ActorRow, "machine">): string {
  return `Did ${machine === "agent" ? tool : step} happen?`;
}
