import type { Card } from "../domain/card.ts";
import type { Intent } from "../domain/incoming.ts";
import { conversationAt } from "../orchestrator/batch.ts";
import { lessonFrom } from "../recognize/learner.ts";
import { recognize } from "../recognize/recognize.ts";
import type { Learnt } from "./lessons.ts";
import type { Letter, RouteParts } from "./letter.ts";

const anewMs = 60_000;

/**
 * After something was begun: did its person say it before, in words that were not understood? Those become an example, where what
 * they then pressed or said needed no guess. In the
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
  const known = await parts.known(tenant);
  // What was only guessed at says nothing about what its person meant.
  const said = recognize(incoming.text, parts.intents, known);
  if (said.kind !== "intent" || said.intent.name !== intent.name) return;
  const guess = await parts.guess(tenant);
  const text = lessonFrom(before.text, intent, { intents: parts.intents, known, guess, isAnswer });
  if (text === null) return;
  await parts.lessons.keep({ tenant, id: before.id, personId: person.id, text, intent: intent.name });
  parts.learnt(tenant);
}

/** What a text says about what was learnt from whoever says it: to show it, or to forget all of it or one sentence; null when it is about nothing of the kind. */
export function aboutLessons(
  text: string,
): { readonly kind: "show" } | { readonly kind: "forget"; readonly text?: string } | null {
  const said = text
    .replace(/^\s*(?:@steward|<@[^>\s]+>)[,:]?/iu, "")
    .trim()
    .replace(/[.!?\s]+$/u, "");
  if (
    /^(?:(?:show me |show |tell me )?what (?:have you|you have|did you|you) (?:learnt|learned|learn)(?: from me)?)$/iu.test(
      said,
    )
  )
    return { kind: "show" };
  if (/^forget(?:\s+(?:my (?:examples|corrections|words)|what you (?:learned|learnt) from me))?$/iu.test(said))
    return { kind: "forget" };
  const [, one] = /^forget\s+[“"](.+)[”"]$/iu.exec(said) ?? [];
  return one === undefined ? null : { kind: "forget", text: one };
}

const mostShown = 20;
const mostButtons = 5;

/** Shows somebody what was learnt from them, or forgets it and says so. */
export async function tellOfLessons(
  parts: RouteParts,
  tenant: string,
  personId: string,
  asked: NonNullable<ReturnType<typeof aboutLessons>>,
): Promise<Card> {
  if (asked.kind === "show") return shown(parts, await parts.lessons.of(tenant, personId));
  const count = await parts.lessons.forget(tenant, personId, asked.text);
  parts.learnt(tenant);
  const what = count === 1 ? "one sentence of yours" : `${count} sentences of yours`;
  const nothing =
    asked.text === undefined
      ? "I had learnt nothing from you."
      : `I have learnt nothing like “${asked.text}” from you.`;
  return { text: count === 0 ? nothing : `I have forgotten ${what} that I had learnt from.` };
}

function shown({ intents }: RouteParts, lessons: readonly Learnt[]): Card {
  if (lessons.length === 0) return { text: "I have learnt nothing from you." };
  const lines = lessons.slice(0, mostShown).map(({ text, intent, at }) => {
    const meant = intents.find(({ name }) => name === intent)?.summary ?? intent;
    return `“${text}”: ${meant} (${at.toISOString().slice(0, 16).replace("T", " ")} UTC)`;
  });
  const more = lessons.length > mostShown ? [`and ${lessons.length - mostShown} more`] : [];
  const texts = [...new Set(lessons.map(({ text }) => text))].slice(0, mostButtons);
  return {
    text: [
      "What you said in other words, and what you then pressed or said. I only ever offer it.",
      ...lines,
      ...more,
      "Forget one of them, or write “/steward forget” for all.",
    ].join("\n"),
    buttons: texts.map((text) => ({ label: `Forget “${text}”`, style: "default", say: `/steward forget “${text}”` })),
  };
}
