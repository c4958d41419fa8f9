import type { Card } from "../domain/card.ts";
import { deriveId, isId } from "../domain/ids.ts";
import type { Incoming, Intent, Person, Place } from "../domain/incoming.ts";
import type { IntentSpec } from "../domain/intent.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { type Batch, conversationAt } from "../orchestrator/batch.ts";
import type { Kernel } from "../orchestrator/kernel.ts";
import type { HeldJob } from "../orchestrator/queue.ts";
import { help, type Known, type Recognition, recognize } from "../recognize/recognize.ts";
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
}

export interface RouteParts {
  readonly kernel: Kernel;
  readonly links: Links;
  readonly intents: readonly IntentSpec[];
  known(tenant: string): Promise<Known>;
  definitions(): readonly Startable[];
  stored(tenant: string, inboxId: string): Promise<{ readonly body: string; readonly outcome: string | null } | null>;
  expectations(tenant: string, intent: string): Promise<readonly Expectation[]>;
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

async function obey(parts: RouteParts, letter: Letter, intent: Intent): Promise<void> {
  const { incoming, person } = letter;
  const expecting = await parts.expectations(incoming.tenant, intent.name);
  const allowed = expecting.filter((each) => fits(each, intent) && maySend(each, person));
  const own = allowed.filter((each) => each.requesterId === person.id);
  const named = intent.params["person"] !== undefined;
  const meant = named ? allowed : own;
  const [one] = meant;
  if (one && meant.length === 1) {
    return settle(
      parts,
      keyed(letter),
      `expected:${one.actorId}`,
      async (batch) => {
        await batch.mail(
          one.actorId,
          `expected:${letter.id}`,
          { type: "expected", id: one.id, by: person.id, params: intent.params as JsonObject },
          person.id,
        );
      },
      [one.actorId],
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

function maySend(expectation: Expectation, person: Person): boolean {
  return (
    person.active &&
    (expectation.requesterId === person.id || expectation.roles.some((role) => person.roles.includes(role)))
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

/** What Steward says when there is nothing to do yet. */
async function answer(
  parts: RouteParts,
  letter: Letter,
  heard: Exclude<Recognition, { kind: "intent" }>,
): Promise<void> {
  if (!letter.incoming.addressed && heard.kind !== "help")
    return settle(parts, keyed(letter), "silent", async () => undefined);
  return say(parts, letter, heard.kind, cardFor(parts, heard));
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
