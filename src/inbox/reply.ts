import type { Card } from "../domain/card.ts";
import { shortId } from "../domain/ids.ts";
import type { Intent, Person } from "../domain/incoming.ts";
import type { IntentSpec } from "../domain/intent.ts";
import type { JsonObject } from "../domain/json.ts";
import { shorten } from "../domain/text.ts";
import { type Batch, conversationAt } from "../orchestrator/batch.ts";
import { sentenceWith } from "../recognize/recognize.ts";
import { addressedTo, readAddressed, stepExpecting } from "../workflow/index.ts";
import { alone, type Expectation, keyed, type Letter, longestSaid, type RouteParts, say, settle } from "./letter.ts";

/** An answer that names the step it is for, as buttons say it; null when the text is none. */
export function answerIn(
  { intents }: Pick<RouteParts, "intents">,
  text: string,
): { readonly intent: Intent; readonly step: string } | null {
  const read = readAddressed(text);
  if (read === null || !intents.some(({ name, answer }) => name === read.intent && answer)) return null;
  return { intent: { name: read.intent, params: { request: read.request } }, step: read.step };
}

/**
 * Gives an answer to the run it names, or else to the one in its thread; with `step` to that step of it and no other. Of several
 * who give it at the same time one is first; the others are told, each alone, how it stands. Where it could be meant for several,
 * nothing is done but to ask which. In a channel, what answers nothing was said between people.
 */
export async function reply(parts: RouteParts, letter: Letter, intent: Intent, step?: string): Promise<void> {
  const { incoming, person } = letter;
  const request = intent.params["request"] ?? intent.params["plan"];
  const thread = incoming.place === null ? null : conversationAt(incoming.tenant, incoming.place);
  const waiting = (await parts.expectations(incoming.tenant, intent.name)).filter((each) =>
    step !== undefined
      ? shortId(each.actorId) === request && stepExpecting(each.id) === step
      : request === undefined
        ? each.conversationId === thread
        : fits(each, intent),
  );
  const taker = takerAmong(waiting, person, intent, parts.intents);
  if (taker.kind === "several") return say(parts, letter, "asked", taker.card);
  if (taker.kind === "others")
    return say(parts, letter, "refused", { text: await senders(parts, incoming.tenant, taker.one, person) }, person.id);
  const one = taker.kind === "one" ? taker.one : null;
  // A step that is named is given what it waits for.
  const heard = one && step !== undefined ? { ...intent, params: one.match } : intent;
  return settle(
    parts,
    keyed(letter),
    one ? `expected:${one.actorId}` : "late",
    async (batch) => {
      if (one && (await isOpen(parts, batch, one))) return give(batch, letter, one, heard);
      const run =
        typeof request === "string" ? { short: request } : thread === null ? null : { conversationId: thread };
      const standing = run && (await parts.standing(incoming.tenant, run, batch.reads));
      if (!incoming.place || (standing === null && !incoming.addressed)) return;
      const text = standing === null ? "There is no such request here." : `Nothing to change: ${standing.sentence}`;
      batch.note(letter.id, "reply", batch.conversation(incoming.place), { text }, alone(letter));
    },
    one ? [one.actorId] : [],
  );
}

type Taker =
  | { readonly kind: "one"; readonly one: Expectation }
  /** More than one may be meant; the card asks which. */
  | { readonly kind: "several"; readonly card: Card }
  /** It is waited for, but from others. */
  | { readonly kind: "others"; readonly one: Expectation }
  | { readonly kind: "nobody" };

/** Which of those that wait for it takes what this person answered: among those they may answer, the only one. */
export function takerAmong(
  waiting: readonly Expectation[],
  person: Person,
  intent: Intent,
  intents: readonly IntentSpec[],
): Taker {
  const mine = waiting.filter((each) => maySend(each, person));
  const [one] = mine;
  if (one === undefined) return waiting[0] ? { kind: "others", one: waiting[0] } : { kind: "nobody" };
  const steps = new Map(mine.map((each) => [addressedTo(intent.name, each.actorId, stepExpecting(each.id)), each]));
  if (steps.size === 1) return { kind: "one", one };
  // A button says which run and what is waited for, and nothing else.
  const isWhole = Object.entries(intent.params).every(
    ([name, value]) => isRun.test(String(value)) || mine.every(({ match }) => name in match),
  );
  if (isWhole) return { kind: "several", card: whichStep(steps) };
  if (mine.every(({ actorId }) => actorId === one.actorId)) return { kind: "one", one };
  return { kind: "several", card: whichRun(mine, intent, intents) };
}

/** What was said holds words of its own: each button says them again, with the run that is meant. */
function whichRun(mine: readonly Expectation[], { name, params }: Intent, intents: readonly IntentSpec[]): Card {
  const spec = intents.find((each) => each.name === name);
  const said = Object.fromEntries(Object.entries(params).map(([param, value]) => [param, String(value)]));
  const runs = [...new Set(mine.map(({ actorId }) => shortId(actorId)))].slice(0, mostButtons);
  const buttons = runs.flatMap((request) => {
    const sentence = spec && sentenceWith(spec, { ...said, request });
    return sentence && sentence.length <= longestSaid
      ? [{ label: request, style: "default", say: `/steward ${sentence}` } as const]
      : [];
  });
  return { text: "There are several here. Say which one, such as R-ABC123.", buttons };
}

const mostButtons = 5;
const isRun = /^R-[0-9A-Z]{6}$/;

function whichStep(steps: ReadonlyMap<string, Expectation>): Card {
  const buttons = [...steps].slice(0, mostButtons).map(([say, { actorId, id }]) => {
    const label = `${shortId(actorId)}: ${shorten(stepExpecting(id).replaceAll("-", " "), 28)}`;
    return { label, style: "default", say } as const;
  });
  return { text: "More than one waits for that. Which one do you mean? Nothing was done yet.", buttons };
}

/** Whether nobody was first. An answer in this very batch sends both away, to come back one after the other. */
async function isOpen(parts: RouteParts, batch: Batch, one: Expectation): Promise<boolean> {
  if (batch.rows.forgets(one.actorId, one.id)) throw new Error("Two answers to the same question are in one batch");
  return parts.stillExpected(batch.reads, batch.tenant, one);
}

/** The mail that ends what was waited for. Who wrote it elsewhere than where the run shows itself is told there what came of it. */
export async function give(batch: Batch, letter: Letter, one: Expectation, intent: Intent): Promise<void> {
  const { id, person, incoming } = letter;
  const heard = { id: one.id, by: person.id, name: person.name, at: batch.now, params: intent.params as JsonObject };
  await batch.mail(one.actorId, `expected:${id}`, { type: "expected", ...heard }, person.id);
  if (incoming.place === null || letter.pressed) return;
  const here = batch.conversation(incoming.place);
  if (here === one.conversationId) return;
  const now = batch.rows.noted(one.actorId, "reply") ?? batch.rows.noted(one.actorId, "status");
  const text = `${shortId(one.actorId)}: ${now?.text ?? "noted. It goes on with that as soon as it goes on at all."}`;
  batch.note(id, `reply:${one.actorId}`, here, { text, link: `/runs/${one.actorId}` }, alone(letter));
}

/** Who may send it, for somebody who may not. */
async function senders(
  parts: RouteParts,
  tenant: string,
  { roles, requesterId }: Expectation,
  person: Person,
): Promise<string> {
  const kinds = roles.filter((role) => !role.includes(":") && role !== notRequester);
  if (requesterId?.startsWith("system:") && kinds.length > 0)
    return `Only ${await duty(parts, tenant, kinds)} can say this.`;
  if (person.id === requesterId && person.active) return "You asked for this yourself, so somebody else has to say it.";
  const people = [
    ...(roles.includes(notRequester) ? [] : [requesterId ?? ""]),
    ...roles.flatMap((role) => (role.startsWith("person:") ? [role.slice("person:".length)] : [])),
  ];
  const names = await Promise.all([...new Set(people)].map(async (id) => (await parts.person(tenant, id))?.name ?? id));
  const held = kinds.map((role) => `any ${role}`);
  return `This is for ${[...names, ...held].join(" or ")} to say.`;
}

/** "whoever is on call (Ben)": nobody asked for it, so these alone may say it. */
async function duty(parts: RouteParts, tenant: string, roles: readonly string[]): Promise<string> {
  const each = roles.map(async (role) => {
    const names = (await parts.holders(tenant, role)).map(({ name }) => name).join(", ");
    return `whoever is ${role.replaceAll("-", " ")} (${names || "nobody is"})`;
  });
  return (await Promise.all(each)).join(" or ");
}

/** An expectation names parameters; what was said must not contradict them. */
function fits(expectation: Expectation, intent: Intent): boolean {
  return Object.entries(intent.params).every(
    ([name, value]) => !(name in expectation.match) || expectation.match[name] === value,
  );
}

const notRequester = "not-requester";

/** Whether this person is among those it was waited for from. */
export function maySend({ requesterId, roles }: Expectation, person: Person): boolean {
  if (!person.active) return false;
  if (requesterId === person.id) return !roles.includes(notRequester);
  return roles.some(
    (role) =>
      person.roles.includes(role) || (role === "member" && person.kind === "member") || role === `person:${person.id}`,
  );
}
