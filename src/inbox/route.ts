import type { Button, Card } from "../domain/card.ts";
import { deriveId, isId } from "../domain/ids.ts";
import type { Incoming, Intent, Person, Place } from "../domain/incoming.ts";
import type { IntentSpec } from "../domain/intent.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { type Batch, conversationAt } from "../orchestrator/batch.ts";
import type { Kernel } from "../orchestrator/kernel.ts";
import type { HeldJob, Statements } from "../orchestrator/queue.ts";
import { help, isMoreThanChatter, type Known, type Recognition, recognize } from "../recognize/recognize.ts";
import { aboutLinks, type Links } from "./link.ts";

/** A definition as routing sees it: what starts it, and its title for an input. */
export interface Startable {
  readonly name: string;
  readonly hash: string;
  readonly intents: readonly string[];
  /** Checks an input against the definition's own; problems are sentences. */
  begin(
    params: Readonly<Record<string, Json>>,
    requester: { id: string; name: string },
  ): { input: JsonObject; title: string } | { problems: readonly string[] };
}

/** An actor that waits for an intent. */
export interface Expectation {
  readonly actorId: string;
  readonly id: string;
  readonly match: Readonly<Record<string, Json>>;
  readonly roles: readonly string[];
  readonly requesterId: string | null;
  readonly conversationId: string | null;
}

export interface RouteParts {
  readonly kernel: Kernel;
  readonly links: Links;
  readonly intents: readonly IntentSpec[];
  known(tenant: string): Promise<Known>;
  definitions(): readonly Startable[];
  stored(tenant: string, inboxId: string): Promise<{ readonly body: string; readonly outcome: string | null } | null>;
  expectations(tenant: string, intent: string): Promise<readonly Expectation[]>;
  /** In the caller's transaction: whether this is still waited for. */
  stillExpected(on: Statements, tenant: string, expected: Expectation): Promise<boolean>;
  /** How the run of that name is, or the newest one of the conversation; null when there is none. */
  standing(
    tenant: string,
    run: { readonly short: string } | { readonly conversationId: string },
    on?: Statements,
  ): Promise<{ readonly sentence: string; readonly open: boolean } | null>;
  person(tenant: string, id: string): Promise<Person | null>;
  /** Whether this person may start something at all; the sentence when not. */
  mayStart(person: Person): string | null;
  maySettle(person: Person): boolean;
}

/** One delivery on its way: what it is, who sent it, and the transaction that will settle it. */
interface Letter {
  readonly id: string;
  readonly incoming: Incoming;
  readonly person: Person;
  readonly job: HeldJob;
}

/**
 * Decides what a stored delivery is for: an actor that expects it, else a definition it triggers, else nothing that Steward
 * can do, which it says (to whom it was addressed; in a channel it stays silent otherwise). Settles the job in the same
 * transaction as whatever follows from it.
 */
export async function route(parts: RouteParts, job: HeldJob): Promise<void> {
  const tenant = job.data["tenant"] ?? "";
  const id = job.data["inbox"] ?? "";
  const row = await parts.stored(tenant, id);
  const incoming = row && row.outcome === null ? (JSON.parse(row.body) as Incoming) : null;
  const person = incoming?.personId ? await parts.person(tenant, incoming.personId) : null;
  if (!incoming || !person) return settle(parts, { id, tenant, job }, "ignored", async () => undefined);
  const letter: Letter = { id, incoming, person, job };

  const settled = /^\/?\s*(?:steward\s+)?settle\s+(\S+)\s+(happened|did-not|stop)\s*$/i.exec(incoming.text);
  if (settled && isId(settled[1] ?? ""))
    return settleDoubt(
      parts,
      letter,
      settled[1] ?? "",
      (settled[2] ?? "").toLowerCase() as "happened" | "did-not" | "stop",
    );
  const linking = incoming.addressed ? aboutLinks(incoming.text) : null;
  if (linking) return link(parts, letter, linking);
  const heard = recognize(incoming.text, parts.intents, await parts.known(tenant));
  if (heard.kind === "intent") return obey(parts, letter, heard.intent);
  return answer(parts, letter, heard);
}

/**
 * Gives an answer to the run it names, or else to the one in its thread. Of several who give it at the same time one is first;
 * the others are told, each alone, how it stands. In a channel, what answers nothing was said between people.
 */
async function reply(parts: RouteParts, letter: Letter, intent: Intent): Promise<void> {
  const { incoming, person } = letter;
  const { request } = intent.params;
  const thread = incoming.place === null ? null : conversationAt(incoming.tenant, incoming.place);
  const waiting = (await parts.expectations(incoming.tenant, intent.name)).filter((each) =>
    request === undefined ? each.conversationId === thread : fits(each, intent),
  );
  const [one, ...others] = waiting;
  if (one && others.length > 0)
    return say(parts, letter, "asked", { text: "There are several here. Say which one, such as R-ABC123." });
  if (one && !maySend(one, person))
    return say(parts, letter, "refused", { text: await senders(parts, incoming.tenant, one) }, person.id);
  return settle(
    parts,
    keyed(letter),
    one ? `expected:${one.actorId}` : "late",
    async (batch) => {
      if (one && (await isOpen(parts, batch, one))) return give(batch, letter, one, intent);
      const run =
        typeof request === "string" ? { short: request } : thread === null ? null : { conversationId: thread };
      const standing = run && (await parts.standing(incoming.tenant, run, batch.reads));
      if (!incoming.place || (standing === null && !incoming.addressed)) return;
      const text =
        standing === null ? "There is no such request here." : `That changes nothing any more. ${standing.sentence}`;
      batch.note(letter.id, "reply", batch.conversation(incoming.place), { text }, { privateTo: person.id });
    },
    one ? [one.actorId] : [],
  );
}

/** Whether nobody was first. An answer in this very batch sends both away, to come back one after the other. */
async function isOpen(parts: RouteParts, batch: Batch, one: Expectation): Promise<boolean> {
  if (batch.writes.expectationsGone.some(({ actorId, id }) => actorId === one.actorId && id === one.id))
    throw new Error("Two answers to the same question are in one batch");
  return parts.stillExpected(batch.reads, batch.tenant, one);
}

async function give(batch: Batch, { id, person }: Letter, one: Expectation, intent: Intent): Promise<void> {
  const heard = { id: one.id, by: person.id, name: person.name, at: batch.now, params: intent.params as JsonObject };
  await batch.mail(one.actorId, `expected:${id}`, { type: "expected", ...heard }, person.id);
}

/** Who may send it, for somebody who may not. */
async function senders(parts: RouteParts, tenant: string, { roles, requesterId }: Expectation): Promise<string> {
  const people = [
    ...(roles.includes(notRequester) ? [] : [requesterId ?? ""]),
    ...roles.flatMap((role) => (role.startsWith("person:") ? [role.slice("person:".length)] : [])),
  ];
  const names = await Promise.all([...new Set(people)].map(async (id) => (await parts.person(tenant, id))?.name ?? id));
  const held = roles.filter((role) => !role.includes(":") && role !== notRequester).map((role) => `any ${role}`);
  const but = roles.includes(notRequester) ? " except whoever asked" : "";
  return `This is for ${[...names, ...held].join(" or ")} to say${but}.`;
}

async function obey(parts: RouteParts, letter: Letter, intent: Intent): Promise<void> {
  if (parts.intents.some(({ name, answer }) => name === intent.name && answer)) return reply(parts, letter, intent);
  const { incoming, person } = letter;
  const expecting = await parts.expectations(incoming.tenant, intent.name);
  const allowed = expecting.filter((each) => fits(each, intent) && maySend(each, person));
  const own = allowed.filter((each) => each.requesterId === person.id);
  const named = intent.params["person"] !== undefined;
  const meant = named ? allowed : own;
  const [one] = meant;
  if (one && meant.length === 1) {
    return settle(parts, keyed(letter), `expected:${one.actorId}`, (batch) => give(batch, letter, one, intent), [
      one.actorId,
    ]);
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
  const refused = parts.mayStart(person);
  if (refused) return say(parts, letter, "refused", { text: refused }, person.id);
  const begun = definition.begin(intent.params, { id: person.id, name: person.name });
  if ("problems" in begun) return say(parts, letter, "invalid", { text: begun.problems.join(" ") });
  const runId = deriveId(letter.id, definition.name);
  return settle(parts, keyed(letter), `run:${runId}`, async (batch) => {
    await parts.kernel.beginRun(
      batch,
      {
        tenant: incoming.tenant,
        runId,
        definition,
        title: begun.title,
        input: begun.input,
        requester: { id: person.id, name: person.name },
        barred: [person.id],
        place: threadOf(incoming),
      },
      person.id,
    );
  });
}

/** An expectation names parameters; what was said must not contradict them. */
function fits(expectation: Expectation, intent: Intent): boolean {
  return Object.entries(intent.params).every(
    ([name, value]) => !(name in expectation.match) || expectation.match[name] === value,
  );
}

const notRequester = "not-requester";

function maySend({ requesterId, roles }: Expectation, person: Person): boolean {
  if (!person.active) return false;
  if (requesterId === person.id) return !roles.includes(notRequester);
  return roles.some(
    (role) =>
      person.roles.includes(role) || (role === "member" && person.kind === "member") || role === `person:${person.id}`,
  );
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
  if (what.kind === "ask") {
    const asked = { tenant, id: letter.id, personId: person.id, conversationId: conversationAt(tenant, place) };
    const card = await parts.links.ask(asked);
    return say(parts, letter, "link", card, person.id);
  }
  const card = await parts.links.settle({ tenant, id: what.id, personId: person.id, yes: what.yes });
  return settle(parts, keyed(letter), "linked", async (batch) => {
    batch.note(what.id, "link", batch.conversation(place), card, { privateTo: person.id });
  });
}

const added = "What you write here stays with it. For something new, begin a new message outside this thread.";

/** What Steward says when there is nothing to do yet. What is nothing else, and is put to it, goes to the intent for such. */
async function answer(
  parts: RouteParts,
  letter: Letter,
  heard: Exclude<Recognition, { kind: "intent" }>,
): Promise<void> {
  if (!letter.incoming.addressed && heard.kind !== "help")
    return settle(parts, keyed(letter), "silent", async () => undefined);
  const { tenant, text, place } = letter.incoming;
  const fallback = parts.intents.find(({ otherwise }) => otherwise !== undefined);
  if (!fallback?.otherwise || !isMoreThanChatter(text)) return say(parts, letter, heard.kind, cardFor(parts, heard));
  if (heard.kind === "unknown") {
    const here = place && (await parts.standing(tenant, { conversationId: conversationAt(tenant, place) }));
    // What is added to something open is for whoever is at it, and nothing new.
    if (here?.open) return say(parts, letter, "added", { text: `${here.sentence} ${added}` }, letter.person.id);
    const params = fallback.params.safeParse({ [fallback.otherwise]: text });
    if (params.success) return obey(parts, letter, { name: fallback.name, params: params.data as Intent["params"] });
  }
  const card = cardFor(parts, heard);
  // What only asks may be a question for people in our own words: "is the VPN down?".
  const near =
    heard.kind === "didYouMean" ||
    (heard.kind === "incomplete" && parts.intents.some((spec) => spec.name === heard.intent.name && spec.question));
  if (!near) return say(parts, letter, heard.kind, card);
  const person: Button = {
    label: "None of these: ask a person",
    style: "default",
    say: `ask a person about ${text.slice(0, 500)}`,
  };
  return say(parts, letter, heard.kind, { ...card, buttons: [...(card.buttons ?? []).slice(0, 4), person] });
}

function cardFor(parts: RouteParts, heard: Exclude<Recognition, { kind: "intent" }>): Card {
  switch (heard.kind) {
    case "help":
      return {
        title: "What you can ask",
        text: "Write it as it stands here, or press one.",
        fields: help(parts.intents).map(({ summary, example }) => ({ label: summary, value: example })),
        buttons: help(parts.intents)
          .filter(({ example }) => example !== "help")
          .slice(0, 5)
          .map(({ example }) => ({ label: example, style: "default", say: example })),
      };
    case "incomplete": {
      const [first] = heard.missing;
      return {
        text: first?.question ?? "Something is missing.",
        buttons: (first?.choices ?? []).slice(0, 5).map(({ value, say }) => ({ label: value, style: "default", say })),
      };
    }
    case "didYouMean":
      return {
        text: "Did you mean one of these? Nothing was done yet.",
        buttons: heard.suggestions.map((text) => ({ label: text, style: "default", say: text })),
      };
    case "unknown":
      return {
        text: "I did not understand that, so nothing was done. Here is what you can ask.",
        buttons: [{ label: "help", style: "default", say: "help" }],
      };
  }
}

function say(parts: RouteParts, letter: Letter, outcome: string, card: Card, privateTo?: string): Promise<void> {
  return settle(parts, keyed(letter), outcome, async (batch) => {
    const place = threadOf(letter.incoming);
    if (place) batch.note(letter.id, "reply", batch.conversation(place), card, { privateTo });
  });
}

/** Answers go to the thread of the message, which begins with it when it stood alone. */
function threadOf(incoming: Incoming): Place | null {
  return incoming.place;
}

function keyed(letter: Letter): { id: string; tenant: string; job: HeldJob } {
  return { id: letter.id, tenant: letter.incoming.tenant, job: letter.job };
}

function settle(
  parts: RouteParts,
  letter: { id: string; tenant: string; job: HeldJob },
  outcome: string,
  run: (batch: Batch) => Promise<void>,
  actors: readonly string[] = [],
): Promise<void> {
  return parts.kernel.do({
    tenant: letter.tenant,
    actors,
    job: letter.job,
    async run(batch) {
      await run(batch);
      batch.writes.inboxDone.push({ id: letter.id, outcome });
    },
  });
}
