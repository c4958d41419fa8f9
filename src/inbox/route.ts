import type { Card } from "../domain/card.ts";
import { isId } from "../domain/ids.ts";
import type { Incoming } from "../domain/incoming.ts";
import { conversationAt } from "../orchestrator/batch.ts";
import type { HeldJob } from "../orchestrator/queue.ts";
import { asksItself, filledIn, refined } from "../recognize/fill.ts";
import { matterOf } from "../recognize/plea.ts";
import { isDecision, isMoreThanChatter, listen, type Recognition, recognize } from "../recognize/recognize.ts";
import { smallTalkIn } from "../recognize/small-talk.ts";
import { answer, askFirst } from "./answer.ts";
import { cardFor, smallTalk } from "./cards.ts";
import { settleDoubt } from "./doubt.ts";
import { routeEvent } from "./events.ts";
import { meantHere } from "./here.ts";
import { aboutLessons, tellOfLessons } from "./learn.ts";
import { alone, keyed, type Letter, type RouteParts, say, settle } from "./letter.ts";
import { aboutLinks } from "./link.ts";
import { link } from "./linking.ts";
import { obey } from "./obey.ts";
import { readOnce } from "./once.ts";
import { beginParts, inParts, planCard, toldOrAsked } from "./parts.ts";
import { answerTo, noneOfThese, type Question } from "./question.ts";
import { answerIn, reply } from "./reply.ts";
import { stopTask } from "./stop-task.ts";
import { lookingBack, timeCard, timeIn } from "./time.ts";
import { aboutUnlinking, unlink } from "./unlink.ts";
import { takenBack } from "./withdraw.ts";

/**
 * Decides what a stored delivery is for: an actor that expects it, else a definition it triggers, else nothing that Steward
 * can do, which it says (to whom it was addressed; in a channel it stays silent otherwise). Settles the job in the same
 * transaction as whatever follows from it.
 */
export async function route(parts: RouteParts, job: HeldJob): Promise<void> {
  const tenant = job.data["tenant"] ?? "";
  const id = job.data["inbox"] ?? "";
  const row = await parts.stored(tenant, id);
  const said = row && row.outcome === null ? (JSON.parse(row.body) as Incoming) : null;
  if (said?.kind === "event") return routeEvent(parts, { id, incoming: said, job });
  const person = said?.personId ? await parts.person(tenant, said.personId) : null;
  if (!said || !person) return settle(parts, { id, tenant, job }, "ignored", async () => undefined);
  // A platform that knows the command takes its name off; what our own buttons say has it everywhere.
  const { text, card: pressedOn, anyway } = readOnce(withoutName(said.text));
  const incoming = { ...said, text };
  const letter: Letter = { id, incoming, person, pressed: text !== said.text, card: pressedOn, anyway, job };
  const { place } = incoming;

  const settled = /^settle\s+(\S+)\s+(happened|did-not|stop)\s*$/i.exec(incoming.text);
  if (settled && isId(settled[1] ?? ""))
    return settleDoubt(
      parts,
      letter,
      settled[1] ?? "",
      (settled[2] ?? "").toLowerCase() as "happened" | "did-not" | "stop",
    );
  const stopped = /^stop\s+asking\s+(\S+)\s*$/i.exec(incoming.text)?.[1];
  if (stopped !== undefined && isId(stopped)) return stopTask(parts, letter, stopped);
  const answered = answerIn(parts, incoming.text);
  if (answered) return reply(parts, letter, answered.intent, answered.step);
  const unlinking = incoming.addressed ? aboutUnlinking(incoming.text) : null;
  if (unlinking !== null && place)
    return settle(parts, keyed(letter), "unlink", async (batch) => {
      const card = await unlink(batch, parts.accountsOf, person.id, unlinking);
      batch.note(id, "unlink", batch.conversation(place), card, alone(letter));
    });
  const lessons = incoming.addressed ? aboutLessons(incoming.text) : null;
  if (lessons !== null)
    return say(parts, letter, "lessons", await tellOfLessons(parts, tenant, person.id, lessons), person.id);
  const linking = incoming.addressed ? aboutLinks(incoming.text) : null;
  if (linking) return link(parts, letter, linking);
  const back = await takenBack(parts, letter);
  if (back) return back();
  const sure = recognize(incoming.text, parts.intents, await parts.known(tenant));
  const ours = sure.kind === "intent" && !parts.intents.some((each) => each.name === sure.intent.name && each.answer);
  const here = await meantHere(parts, letter, sure.kind === "intent");
  if (here?.kind === "intent") return obey(parts, letter, here.intent);
  if (here) return say(parts, letter, here.kind, cardFor(parts.intents, here));
  const question =
    ours || place === null ? null : await parts.question(tenant, conversationAt(tenant, place), person.id);
  return question ? hearAnswer(parts, letter, question) : hear(parts, letter);
}

function withoutName(text: string): string {
  return text.replace(/^\s*\/?steward\s+/i, "");
}

/** What follows a question of ours, from whom it was put to: a button in words, no, or something else. */
async function hearAnswer(parts: RouteParts, letter: Letter, question: Question): Promise<void> {
  const { incoming, person } = letter;
  const meant = answerTo(question.card, incoming.text, parts.intents);
  const readers = question.alone ? person.id : undefined;
  if (meant?.kind === "no") return say(parts, letter, "declined", { text: "All right, nothing was done." }, readers);
  if (meant) {
    const { text, card, anyway } = readOnce(withoutName(meant.say));
    const spoken = { ...letter, card, anyway, incoming: { ...incoming, text, addressed: true } };
    const back = await takenBack(parts, spoken);
    if (back) return back();
    const answered = answerIn(parts, text);
    return answered ? reply(parts, spoken, answered.intent, answered.step) : hear(parts, spoken);
  }
  if (smallTalkIn(incoming.text) !== null || isDecision(incoming.text)) return hear(parts, letter);
  const { gap } = question.card;
  const filled = gap ? filledIn(incoming.text, gap, parts.intents, await parts.known(incoming.tenant)) : null;
  if (filled?.kind === "intent") return obey(parts, letter, filled.intent);
  if (filled && filled.kind !== "unknown")
    return say(parts, letter, filled.kind, cardFor(parts.intents, filled), readers);
  const better = question.outcome === "didYouMean" ? await refinedOffer(parts, letter, question) : null;
  if (better) return say(parts, letter, "didYouMean", better, readers);
  if (!isMoreThanChatter(incoming.text)) return hear(parts, letter);
  const heard = await understand(parts, incoming, true);
  const isNothing = heard.kind === "unknown" && (await severalOrTimed(parts, letter)) === null;
  // Another question leaves ours, and is none for people before its writer says so.
  if (isNothing && asksItself(incoming.text))
    return incoming.addressed && parts.article(incoming.text) === null ? askFirst(parts, letter) : hear(parts, letter);
  if (question.outcome === "unknown") return hear(parts, letter);
  if (isNothing) return say(parts, letter, question.outcome, question.card, readers);
  return hear(parts, { ...letter, incoming: { ...incoming, addressed: true } });
}

/** The only sentence of an offer, with the value that was written to it; null when that is no answer of the kind. */
async function refinedOffer(parts: RouteParts, { incoming }: Letter, { card }: Question): Promise<Card | null> {
  const says = (card.buttons ?? []).flatMap((each) => ("say" in each && each.label !== noneOfThese ? [each.say] : []));
  const [only, ...others] = says;
  if (only === undefined || others.length > 0) return null;
  const offered = withoutName(readOnce(only).text);
  const better = refined(incoming.text, offered, parts.intents, await parts.known(incoming.tenant));
  return better === null ? null : cardFor(parts.intents, { kind: "didYouMean", suggestions: [better] });
}

async function hear(parts: RouteParts, letter: Letter): Promise<void> {
  const { text, addressed } = letter.incoming;
  const talk = addressed ? smallTalkIn(text) : null;
  if (talk !== null && (await understand(parts, letter.incoming, false)).kind !== "intent")
    return say(parts, letter, "courtesy", smallTalk[talk], letter.person.id);
  const more = await severalOrTimed(parts, letter);
  if (more) return more();
  const heard = await understand(parts, letter.incoming, letter.incoming.addressed);
  // What was done, and by whom, is no guess: it stands on a page.
  const isMatter =
    addressed && matterOf(text) !== null && (await understand(parts, letter.incoming, false)).kind !== "intent";
  if (isMatter && ["intent", "didYouMean", "help", "unknown"].includes(heard.kind)) return askFirst(parts, letter);
  if (heard.kind === "intent") return obey(parts, letter, heard.intent);
  return answer(parts, letter, heard);
}

/** What is done about a text that asks for several things or speaks of a moment; null when it does neither. */
async function severalOrTimed(parts: RouteParts, letter: Letter): Promise<(() => Promise<void>) | null> {
  const { incoming, person } = letter;
  // What is understood as it stands holds its moment in its own words: "tell general: the demo begins at noon".
  if ((await understand(parts, incoming, false)).kind === "intent") {
    const card = await toldOrAsked(parts, letter);
    return card && (() => say(parts, letter, "parts", card, aside(letter)));
  }
  const back = await lookingBack(parts, incoming.tenant, person.id, incoming.text);
  const lately = back === null ? null : await understand(parts, { ...incoming, text: back }, false);
  if (back !== null && (lately?.kind === "intent" || lately?.kind === "incomplete"))
    return () => hear(parts, { ...letter, incoming: { ...incoming, text: back } });
  const asItStands = await inParts(parts, incoming.tenant, incoming.text);
  const timed = asItStands ? null : await timeIn(parts, incoming.tenant, person.id, incoming.text);
  const isExact = timed !== null && timed.words === timed.exactly;
  if (isExact && !timed.isPast) return () => hear(parts, { ...letter, incoming: { ...incoming, text: timed.text } });
  const text = timed?.text ?? incoming.text;
  const several = asItStands ?? (timed && (await inParts(parts, incoming.tenant, text)));
  if (several?.kind === "agreed") return () => beginParts(parts, letter, several.parts);
  if (several && !timed?.isPast)
    return () =>
      say(
        parts,
        letter,
        "parts",
        planCard(letter.id, several.ways, timed, parts.intents, several.leftOut),
        aside(letter),
      );
  if (timed === null || (await understand(parts, { ...incoming, text }, false)).kind !== "intent") return null;
  const card = timeCard(letter.id, timed, listen(text).plain);
  return () => say(parts, letter, timed.isPast ? "invalid" : "didYouMean", card, aside(letter));
}

/** What was not put to Steward is answered to its writer alone. */
function aside({ incoming, person }: Letter): string | undefined {
  return incoming.addressed ? undefined : person.id;
}

async function understand(parts: RouteParts, { tenant, text }: Incoming, guess: boolean): Promise<Recognition> {
  return recognize(text, parts.intents, await parts.known(tenant), guess ? await parts.guess(tenant) : undefined);
}
