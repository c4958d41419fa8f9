import type { Card } from "../domain/card.ts";
import { isId } from "../domain/ids.ts";
import type { Incoming, Intent } from "../domain/incoming.ts";
import { canonical } from "../domain/json.ts";
import { type Batch, conversationAt } from "../orchestrator/batch.ts";
import type { HeldJob } from "../orchestrator/queue.ts";
import { asksItself, filledIn } from "../recognize/fill.ts";
import { judgeProposed, mayBeProposed } from "../recognize/propose.ts";
import {
  askedAbout,
  isDecision,
  isMoreThanChatter,
  listen,
  looksLikeCommand,
  type Recognition,
  recognize,
} from "../recognize/recognize.ts";
import { looksLikeHelp, smallTalkIn } from "../recognize/small-talk.ts";
import { namesLast } from "../recognize/thread.ts";
import { passedOn } from "./added.ts";
import { begin } from "./begin.ts";
import { askedFirst, cannot, cardFor, decisions, personButton, smallTalk } from "./cards.ts";
import { routeEvent } from "./events.ts";
import { meantHere } from "./here.ts";
import { forget, isForgetting } from "./learn.ts";
import { alone, type Expectation, keyed, type Letter, type RouteParts, say, settle } from "./letter.ts";
import { aboutLinks } from "./link.ts";
import { readOnce } from "./once.ts";
import { beginParts, inParts, planCard, toldOrAsked } from "./parts.ts";
import { answerTo, noneOfThese, type Question } from "./question.ts";
import { answerIn, fits, give, maySend, reply } from "./reply.ts";
import { stopTask } from "./stop-task.ts";
import { lookingBack, timeCard, timeIn } from "./time.ts";
import { toldOf } from "./told.ts";
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
  const { text, card: pressedOn } = readOnce(withoutName(said.text));
  const incoming = { ...said, text };
  const letter: Letter = { id, incoming, person, pressed: text !== said.text, card: pressedOn, job };
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
  if (incoming.addressed && isForgetting(incoming.text))
    return say(parts, letter, "forgotten", await forget(parts, tenant, person.id), person.id);
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
    const { text, card } = readOnce(withoutName(meant.say));
    const spoken = { ...letter, card, incoming: { ...incoming, text, addressed: true } };
    const back = await takenBack(parts, spoken);
    if (back) return back();
    const answered = answerIn(parts, text);
    return answered ? reply(parts, spoken, answered.intent, answered.step) : hear(parts, spoken);
  }
  if (smallTalkIn(incoming.text) !== null) return hear(parts, letter);
  const { gap } = question.card;
  const filled = gap ? filledIn(incoming.text, gap, parts.intents, await parts.known(incoming.tenant)) : null;
  if (filled?.kind === "intent") return obey(parts, letter, filled.intent);
  if (filled && filled.kind !== "unknown")
    return say(parts, letter, filled.kind, cardFor(parts.intents, filled), readers);
  if (!isMoreThanChatter(incoming.text)) return hear(parts, letter);
  const heard = await understand(parts, incoming, true);
  const isNothing = heard.kind === "unknown" && (await severalOrTimed(parts, letter)) === null;
  // Another question leaves ours, and is none for people before its writer says so.
  if (isNothing && asksItself(incoming.text)) return incoming.addressed ? askFirst(parts, letter) : hear(parts, letter);
  if (question.outcome === "unknown") return hear(parts, letter);
  if (isNothing) return say(parts, letter, question.outcome, question.card, readers);
  return hear(parts, { ...letter, incoming: { ...incoming, addressed: true } });
}

async function hear(parts: RouteParts, letter: Letter): Promise<void> {
  const { text, addressed } = letter.incoming;
  const talk = addressed ? smallTalkIn(text) : null;
  if (talk !== null && (await understand(parts, letter.incoming, false)).kind !== "intent")
    return say(parts, letter, "courtesy", smallTalk[talk], letter.person.id);
  const more = await severalOrTimed(parts, letter);
  if (more) return more();
  const heard = await understand(parts, letter.incoming, letter.incoming.addressed);
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
    return () => say(parts, letter, "parts", planCard(letter.id, several.ways, timed), aside(letter));
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

async function obey(parts: RouteParts, letter: Letter, intent: Intent): Promise<void> {
  const { incoming, person } = letter;
  const naming = namesLast(intent, parts.intents);
  if (naming !== null) {
    const last = await parts.newestOf(incoming.tenant, "incident", person.id);
    if (last === null)
      return say(parts, letter, "nothing", { text: "There is no incident that you may see." }, person.id);
    return obey(parts, letter, naming(last));
  }
  const spec = parts.intents.find(({ name }) => name === intent.name);
  if (spec?.tells) {
    const asked = { tenant: incoming.tenant, run: String(intent.params["run"]), personId: person.id };
    return say(parts, letter, "answered", await toldOf(parts, spec.tells, asked), person.id);
  }
  if (spec?.answer) return reply(parts, letter, intent);
  const expecting = await parts.expectations(incoming.tenant, intent.name);
  const allowed = expecting.filter((each) => fits(each, intent) && maySend(each, person));
  const own = allowed.filter((each) => each.requesterId === person.id);
  const named = intent.params["person"] !== undefined;
  const meant = named ? allowed : own;
  const [one] = meant;
  // Nobody could say which of several that wait for the very same: it is for all of them.
  if (one && meant.every(({ match }) => canonical(match) === canonical(one.match))) {
    const giving = async (batch: Batch) => {
      for (const each of meant) await give(batch, letter, each, intent);
    };
    return settle(
      parts,
      keyed(letter),
      `expected:${one.actorId}`,
      giving,
      meant.map(({ actorId }) => actorId),
    );
  }
  // Somebody else's is ended only by name, even when there is just one.
  const choices = one ? meant : allowed;
  if (choices.length > 0) return say(parts, letter, "asked", whichOf(choices, intent));
  const definition = parts.definitions().find((each) => each.intents.includes(intent.name));
  if (!definition)
    return say(parts, letter, "nothing", {
      text:
        expecting.length > 0
          ? "There is something like that, but it is not yours to end. Ask whoever asked for it, their manager or security."
          : "There is nothing like that to end just now.",
    });
  return begin(parts, letter, definition, intent);
}

function whichOf(candidates: readonly Expectation[], intent: Intent): Card {
  const words = (each: Expectation) => Object.values(each.match).filter((value) => typeof value === "string");
  return {
    text: "Which one do you mean? Nothing was done yet.",
    buttons: candidates.slice(0, 5).map((each) => {
      const { person, resource } = each.match as { person?: string; resource?: string };
      const label = words(each).join(" · ");
      return {
        label,
        style: "default",
        say:
          intent.name === "revoke-access"
            ? `/steward revoke ${person ?? ""}'s access to ${resource ?? ""}`
            : `/steward ${intent.name} ${label}`,
      };
    }),
  };
}

async function settleDoubt(
  parts: RouteParts,
  letter: Letter,
  effectId: string,
  what: "happened" | "did-not" | "stop",
): Promise<void> {
  if (!parts.maySettle(letter.person))
    return say(
      parts,
      letter,
      "refused",
      { text: "Only a member who is on call or a manager can answer this." },
      letter.person.id,
    );
  const open = await parts.kernel.settleDoubt(letter.incoming.tenant, effectId, what, letter.person.id);
  if (!open) return say(parts, letter, "nothing", { text: "That question is no longer open." }, letter.person.id);
  return settle(parts, keyed(letter), `settled:${effectId}`, async () => undefined);
}

/** Another account of the same person: answered to them alone. */
async function link(
  parts: RouteParts,
  letter: Letter,
  what: NonNullable<ReturnType<typeof aboutLinks>>,
): Promise<void> {
  const { incoming, person } = letter;
  const { tenant, place } = incoming;
  if (place === null) return settle(parts, keyed(letter), "ignored", async () => undefined);
  if (what.kind === "code") {
    const text = "You are known here already. Write it where I do not know you yet.";
    return say(parts, letter, "link", { text }, person.id);
  }
  if (what.kind === "ask") {
    const asked = { tenant, id: letter.id, personId: person.id, conversationId: conversationAt(tenant, place) };
    const card = await parts.links.ask(asked);
    return say(parts, letter, "link", card, person.id);
  }
  return settle(parts, keyed(letter), "link", async (batch) => {
    const card = await parts.links.settle(batch, { id: what.id, personId: person.id, yes: what.yes });
    // A message of its own: a question that one person alone saw cannot be redrawn everywhere.
    batch.note(letter.id, "link:answer", batch.conversation(place), card, alone(letter));
  });
}

/** Asks its writer alone whether people may read it, and names the channels in which they would. */
function askFirst(parts: RouteParts, letter: Letter): Promise<void> {
  const fallback = parts.intents.find(({ otherwise }) => otherwise !== undefined)?.name ?? "";
  const steps = parts.definitions().find(({ intents }) => intents.includes(fallback))?.content.steps ?? [];
  const to = steps.flatMap((step) => (step.kind === "notify" ? [step.notify.to ?? []].flat() : []));
  const channels = [...new Set(to)].filter((name) => /^#[\w-]+$/.test(name));
  return say(parts, letter, "unknown", askedFirst(letter.incoming.text, channels), letter.person.id);
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
async function answer(
  parts: RouteParts,
  letter: Letter,
  heard: Exclude<Recognition, { kind: "intent" }>,
): Promise<void> {
  const { tenant, text, place, addressed } = letter.incoming;
  const here = place && (await parts.standing(tenant, { conversationId: conversationAt(tenant, place) }));
  const passOn = here?.open && place ? await passedOn(parts, letter, conversationAt(tenant, place)) : null;
  if (isDecision(text) && (addressed || here?.open)) return say(parts, letter, "decision", decisions, letter.person.id);
  if (!addressed && heard.kind !== "help") {
    // Where nobody else would help them out, a near miss is told to whoever wrote it, and to nobody else.
    if (place?.platform === "web" && heard.kind !== "unknown" && !here?.open)
      return say(parts, letter, heard.kind, cardFor(parts.intents, heard), letter.person.id);
    return settle(parts, keyed(letter), passOn ? "added" : "silent", async (batch) => passOn?.(batch));
  }
  const fallback = parts.intents.find(({ otherwise }) => otherwise !== undefined);
  if (!fallback?.otherwise || !isMoreThanChatter(text))
    return say(parts, letter, heard.kind, cardFor(parts.intents, heard));
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
    const known = await parts.known(tenant);
    if (looksLikeCommand(text, parts.intents, known))
      return say(parts, letter, "unknown", cannot(text, askedAbout(text, parts.intents, known)));
    if (!looksLikeHelp(text)) return askFirst(parts, letter);
    const params = fallback.params.safeParse({ [fallback.otherwise]: text });
    if (params.success) return obey(parts, letter, { name: fallback.name, params: params.data as Intent["params"] });
  }
  const card = cardFor(parts.intents, heard);
  // What only asks may be a question for people in our own words: "is the VPN down?".
  const near =
    heard.kind === "didYouMean" ||
    (heard.kind === "incomplete" && parts.intents.some((spec) => spec.name === heard.intent.name && spec.question));
  if (!near) return say(parts, letter, heard.kind, card);
  const buttons = [...(card.buttons ?? []).slice(0, 4), personButton(noneOfThese, text)];
  return say(parts, letter, heard.kind, { ...card, buttons });
}
