import type { Intent } from "../domain/incoming.ts";
import { conversationAt } from "../orchestrator/batch.ts";
import { asksItself } from "../recognize/fill.ts";
import { withMinutes } from "../recognize/moment.ts";
import { accessAskedFor, isPlea, personToldIn, remindedInstead, tellsOfTrouble } from "../recognize/plea.ts";
import { isJoined, judgeProposed, mayBeProposed, planFor } from "../recognize/propose.ts";
import {
  askedAbout,
  isDecision,
  isMoreThanChatter,
  type Known,
  knowledgeAsked,
  looksLikeCommand,
  type Recognition,
  recognize,
} from "../recognize/recognize.ts";
import { passedOn } from "./added.ts";
import {
  accessOfOthers,
  askedFirst,
  cannot,
  cardFor,
  decisions,
  nothingAsked,
  personButton,
  planButtons,
  toOnePerson,
} from "./cards.ts";
import { alone, keyed, type Letter, type RouteParts, say, settle } from "./letter.ts";
import { obey } from "./obey.ts";
import { overheard, saidToSomebody } from "./overheard.ts";
import { isYesOrNo, noneOfThese } from "./question.ts";

/** Asks its writer alone whether people may read it, and names the channels in which they would. */
export function askFirst(parts: RouteParts, letter: Letter): Promise<void> {
  return say(parts, letter, "unknown", askedFirst(letter.incoming.text, helpersOf(parts)), letter.person.id);
}

/** The channels in which people read what is put to them. */
function helpersOf(parts: RouteParts): string[] {
  const fallback = parts.intents.find(({ otherwise }) => otherwise !== undefined)?.name ?? "";
  const steps = parts.definitions().find(({ intents }) => intents.includes(fallback))?.content.steps ?? [];
  const to = steps.flatMap((step) => (step.kind === "notify" ? [step.notify.to ?? []].flat() : []));
  return [...new Set(to)].filter((name) => /^#[\w-]+$/.test(name));
}

const told = "They are told what you write here. For something new, begin a new message outside this thread.";
const added = "What you write here stays with it. For something new, begin a new message outside this thread.";

/** What a model makes of a text that nothing else understood, as far as our own rules allow it. */
async function proposal(parts: RouteParts, { id, incoming: { tenant, text }, person }: Letter): Promise<Recognition> {
  if (!mayBeProposed(text)) return { kind: "unknown" };
  const proposed = await parts.propose({ tenant, id, personId: person.id, text });
  return proposed === null
    ? { kind: "unknown" }
    : judgeProposed(proposed, text, parts.intents, await parts.known(tenant));
}

/** What Steward says when there is nothing to do yet. What is nothing else, and is put to it, goes to the intent for such. */
export async function answer(
  parts: RouteParts,
  letter: Letter,
  heard: Exclude<Recognition, { kind: "intent" }>,
): Promise<void> {
  const { tenant, text, place, addressed } = letter.incoming;
  const here = place && (await parts.standing(tenant, { conversationId: conversationAt(tenant, place) }));
  const passOn = here?.open && place ? await passedOn(parts, letter, conversationAt(tenant, place)) : null;
  if (isDecision(text) && (addressed || here?.open)) return say(parts, letter, "decision", decisions, letter.person.id);
  if (!addressed && saidToSomebody(text)) return settle(parts, keyed(letter), "silent", async () => undefined);
  const asker = heard.kind === "didYouMean" ? accessAskedFor(text, (await parts.known(tenant))["person"] ?? []) : null;
  if (asker !== null && (addressed || place?.platform === "web")) {
    const name = (await parts.person(tenant, asker))?.name ?? asker;
    return say(parts, letter, "invalid", accessOfOthers(name), letter.person.id);
  }
  const known = await parts.known(tenant);
  const minutes = heard.kind === "incomplete" ? withMinutes(text) : null;
  if (minutes !== null && (addressed || place?.platform === "web"))
    if (recognize(minutes, parts.intents, known).kind === "intent") {
      const card = cardFor(parts.intents, { kind: "didYouMean", suggestions: [minutes] });
      return say(parts, letter, "didYouMean", card, addressed ? undefined : letter.person.id);
    }
  if (!addressed && heard.kind !== "help") {
    const card = here ? null : await overheard(parts, letter, helpersOf(parts));
    if (card !== null) return say(parts, letter, heard.kind, card, letter.person.id);
    // Where nobody else would help them out, a near miss is told to whoever wrote it, and to nobody else.
    if (place?.platform === "web" && heard.kind !== "unknown" && !here?.open)
      return say(parts, letter, heard.kind, cardFor(parts.intents, heard), letter.person.id);
    return settle(parts, keyed(letter), passOn ? "added" : "silent", async (batch) => passOn?.(batch));
  }
  if (personToldIn(text, known["person"] ?? []) !== null) {
    const instead = remindedInstead(text);
    return say(parts, letter, instead === null ? "invalid" : "didYouMean", toOnePerson(instead), letter.person.id);
  }
  const fallback = parts.intents.find(({ otherwise }) => otherwise !== undefined);
  if (isYesOrNo(text)) return say(parts, letter, "nothing", nothingAsked, letter.person.id);
  if (!fallback?.otherwise || !isMoreThanChatter(text))
    return say(parts, letter, heard.kind, cardFor(parts.intents, heard));
  const question = fallback.params.safeParse({ [fallback.otherwise]: text });
  const asked = question.success ? { name: fallback.name, params: question.data as Intent["params"] } : null;
  const sought = knowledgeAsked(text);
  // Nothing that only sounds like it is better than the article about it.
  const isCommand = looksLikeCommand(text, parts.intents, known);
  const mayBeArticle = asksItself(text) || heard.kind === "unknown" || (heard.kind === "didYouMean" && !isCommand);
  if (!here?.open && mayBeArticle && asked && parts.article(text) !== null) return obey(parts, letter, asked);
  const offersAsking =
    heard.kind === "didYouMean" && heard.suggestions.every((each) => onlyAsks(each, parts.intents, known));
  if (!here?.open && (sought === "fact" || (sought === "way" && offersAsking))) return askFirst(parts, letter);
  const plan = isCommand && isJoined(text) ? planFor(text, parts.intents, known) : null;
  if (heard.kind === "unknown") {
    // What is added to something open is for whoever is at it, and nothing new.
    if (here?.open && place)
      return settle(parts, keyed(letter), "added", async (batch) => {
        passOn?.(batch);
        const text = `${here.sentence} ${passOn ? told : added}`;
        batch.note(letter.id, "reply", batch.conversation(place), { text }, alone(letter));
      });
    const proposed = await proposal(parts, letter);
    if (proposed.kind === "intent") return obey(parts, letter, proposed.intent);
    if (proposed.kind !== "unknown") return answer(parts, letter, proposed);
    if (sought !== null) return askFirst(parts, letter);
    if (isCommand) {
      // Who tells of trouble has ordered nothing.
      const asked = askedAbout(text, parts.intents, known);
      const isTrouble = tellsOfTrouble(text);
      const reads = asked.filter((each) => !isTrouble || onlyAsks(each, parts.intents, known));
      return say(parts, letter, "unknown", cannot(text, reads, { plan, isTrouble }));
    }
    // What is said where a run shows itself is about that run first.
    if (!isPlea(text) || here !== null || !asked) return askFirst(parts, letter);
    return obey(parts, letter, asked);
  }
  const offered = cardFor(parts.intents, heard);
  const isOffered = heard.kind === "didYouMean" && heard.suggestions.some((say) => say === plan);
  const planned = isOffered ? [] : planButtons(plan);
  const all = planned.length === 0 ? "" : " A plan is made of all that you said, and begins nothing.";
  const card = {
    ...offered,
    text: `${offered.text}${all}`,
    buttons: [...(offered.buttons ?? []).slice(0, 4 - planned.length), ...planned],
  };
  // What only asks may be a question for people in our own words: "is the VPN down?".
  const near =
    heard.kind === "didYouMean" ||
    (heard.kind === "incomplete" && parts.intents.some((spec) => spec.name === heard.intent.name && spec.question));
  if (!near) return say(parts, letter, heard.kind, planned.length > 0 ? card : offered);
  return say(parts, letter, heard.kind, { ...card, buttons: [...card.buttons, personButton(noneOfThese, text)] });
}

/** Whether a sentence of ours changes nothing. */
function onlyAsks(sentence: string, intents: RouteParts["intents"], known: Known): boolean {
  const heard = recognize(sentence, intents, known);
  return (
    heard.kind === "intent" && intents.some(({ name, question }) => name === heard.intent.name && question === true)
  );
}
