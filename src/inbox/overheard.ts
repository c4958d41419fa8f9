import type { Card } from "../domain/card.ts";
import type { Incoming } from "../domain/incoming.ts";
import { isMoreThanChatter, type Recognition, recognize, sentenceWith } from "../recognize/recognize.ts";
import { smallTalkIn } from "../recognize/small-talk.ts";
import { askedFirst, cardFor, personButton } from "./cards.ts";
import type { Letter, RouteParts } from "./letter.ts";
import { noneOfThese } from "./question.ts";

/** Whether a message names somebody else as the one it is for. */
export function saidToSomebody(text: string): boolean {
  return toSomebody.test(text);
}

const toSomebody = /(?:^|[\s,;:])@(?!steward\b)[\p{L}\p{N}_-]+|<@[^>\s]+>/iu;

/**
 * What whoever begins a thread in a channel for help is told, alone, where nothing was put to Steward: the article that answers, what it
 * may have meant, or whether people shall be asked. Nothing begins by it. Null for talk, for what is said to somebody else, and
 * in any other channel.
 */
export async function overheard(
  parts: RouteParts,
  { incoming }: Letter,
  helpers: readonly string[],
): Promise<Card | null> {
  const { tenant, text, place } = incoming;
  if (place === null || !beginsThread(incoming) || !parts.isForHelp(place)) return null;
  if (!isMoreThanChatter(text) || smallTalkIn(text) !== null || toSomebody.test(text)) return null;
  const heard = recognize(text, parts.intents, await parts.known(tenant), await parts.guess(tenant));
  const ask = personButton("Ask a person", text);
  const article = heard.kind === "incomplete" ? null : parts.article(text);
  if (article !== null)
    return {
      title: article.title,
      text: article.answer,
      fields: [{ label: "Source", value: article.source }],
      buttons: [ask],
    };
  const card = meant(parts, heard);
  return card === null
    ? askedFirst(text, helpers)
    : { ...card, buttons: [...(card.buttons ?? []).slice(0, 4), personButton(noneOfThese, text)] };
}

/** A guess as a question back, also where it would be answered at once had it been put to Steward. */
function meant({ intents }: RouteParts, heard: Recognition): Card | null {
  if (heard.kind === "unknown") return null;
  if (heard.kind !== "intent") return cardFor(intents, heard);
  const { name, params } = heard.intent;
  const spec = intents.find((each) => each.name === name);
  const words = Object.fromEntries(Object.entries(params).map(([param, value]) => [param, String(value)]));
  const say = spec && sentenceWith(spec, words);
  return say ? cardFor(intents, { kind: "didYouMean", suggestions: [say] }) : null;
}

/** A message in a channel begins a thread that is called after it. */
function beginsThread({ deliveryKey, place }: Incoming): boolean {
  return place !== null && place.thread !== "" && deliveryKey.endsWith(place.thread);
}
