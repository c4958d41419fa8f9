import type { Card } from "../domain/card.ts";
import type { Intent } from "../domain/incoming.ts";
import { conversationAt } from "../orchestrator/batch.ts";
import { lessonFrom } from "../recognize/learner.ts";
import type { Letter, RouteParts } from "./letter.ts";

const anewMs = 60_000;

/**
 * After something was begun: did its person say it before, in words that were not understood? Those become an example. In the
 * same thread what was begun is the answer; elsewhere in the channel it must come within a minute and name the same thing.
 */
export function learnFrom(parts: RouteParts, letter: Letter, intent: Intent): Promise<void> {
  // It was begun: whether anything is learnt from it changes nothing about that.
  return learn(parts, letter, intent).catch(parts.onError);
}

async function learn(parts: RouteParts, { id, incoming, person }: Letter, intent: Intent): Promise<void> {
  const { tenant, place } = incoming;
  if (place === null) return;
  const before = await parts.lessons.misunderstood(tenant, person.id, id);
  if (before?.place?.platform !== place.platform || before.place.channel !== place.channel) return;
  const isAnswer = conversationAt(tenant, before.place) === conversationAt(tenant, place);
  if (!isAnswer && before.agoMs > anewMs) return;
  const guess = await parts.guess(tenant);
  const text = lessonFrom(before.text, intent, {
    intents: parts.intents,
    known: await parts.known(tenant),
    guess,
    isAnswer,
  });
  if (text === null) return;
  await parts.lessons.keep({ tenant, id: before.id, personId: person.id, text, intent: intent.name });
  parts.learnt(tenant);
}

/** Whether a text takes back what was learnt from whoever says it. */
export function isForgetting(text: string): boolean {
  return /^forget(?:\s+(?:my (?:examples|corrections|words)|what you (?:learned|learnt) from me))?[.!]?$/i.test(
    text.trim(),
  );
}

/** Forgets it, and says so. */
export async function forget(parts: RouteParts, tenant: string, personId: string): Promise<Card> {
  const count = await parts.lessons.forget(tenant, personId);
  parts.learnt(tenant);
  const what = count === 1 ? "one sentence of yours" : `${count} sentences of yours`;
  return { text: count === 0 ? "I had learnt nothing from you." : `I have forgotten ${what} that I had learnt from.` };
}
