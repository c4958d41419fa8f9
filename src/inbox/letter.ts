import type { RunRecord } from "../agents/index.ts";
import type { Card } from "../domain/card.ts";
import type { ChannelPlace, Incoming, Person, Place } from "../domain/incoming.ts";
import type { IntentSpec } from "../domain/intent.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import type { Batch } from "../orchestrator/batch.ts";
import type { Kernel } from "../orchestrator/kernel.ts";
import type { HeldJob, Statements } from "../orchestrator/queue.ts";
import type { Here } from "../recognize/moment.ts";
import type { Proposed } from "../recognize/propose.ts";
import type { Guess, Known } from "../recognize/recognize.ts";
import type { Content, Definition, Heard } from "../workflow/index.ts";
import type { HowItIs } from "./how-is.ts";
import type { Lessons } from "./lessons.ts";
import type { Links } from "./link.ts";
import type { Objection } from "./objection.ts";
import type { Question } from "./question.ts";
import type { AccountsOf } from "./unlink.ts";

/** A definition as routing sees it: what starts it, and its title for an input. */
export interface Startable {
  readonly name: string;
  readonly hash: string;
  readonly intents: readonly string[];
  readonly content: Content;
  /** The runs that this event would begin or belong to, one for each trigger it fits. */
  hears(event: { readonly name: string; readonly data: JsonObject }): readonly Heard[];
  /** Nothing but reading and asking people, whatever it is started with. */
  readonly readsOnly: boolean;
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

/** A run that shows itself in a thread, and the service that its input names. */
export interface RunHere {
  /** As people see it: R-... */
  readonly short: string;
  readonly service: string | null;
  readonly environment: string | null;
}

/** A question to others that was put for a run of one's own. */
export interface OwnGate {
  readonly id: string;
  /** The run's. */
  readonly short: string;
  readonly title: string;
}

/** A run that would do the very same, and waits for people to approve that. */
export interface SameWish {
  readonly id: string;
  /** The question of a system's run, which asks for the very same call. */
  readonly gate?: string;
  /** R-... */
  readonly short: string;
  /** The name of whoever asked for it. */
  readonly by: string;
  readonly agoMs: number;
  /** Each role that is asked, with the names of those who hold it and may answer; none while it has only just begun. */
  readonly waitsFor: readonly { readonly role: string; readonly names: readonly string[] }[];
}

/** Somebody who has taken on what is open in a conversation, and where they said so. */
export interface Taker {
  readonly runId: string;
  readonly requesterId: string | null;
  readonly personId: string;
  readonly place: Place;
  /** The account they said it with. */
  readonly account: string | null;
}

export interface RouteParts {
  readonly kernel: Kernel;
  readonly links: Links;
  readonly accountsOf: AccountsOf;
  readonly intents: readonly IntentSpec[];
  /** For what no phrase fits. Asked only about what is put to Steward: a channel's talk is not guessed at. */
  guess(tenant: string): Promise<Guess>;
  readonly lessons: Lessons;
  /** What was taught here counts within a second. */
  learnt(tenant: string): void;
  onError(error: Error): void;
  /** What a model takes a text for that nothing else understood; the same delivery is asked about once. Null without a model. */
  propose(asked: {
    readonly tenant: string;
    /** The delivery. */
    readonly id: string;
    readonly personId: string;
    readonly text: string;
  }): Promise<Proposed | null>;
  known(tenant: string): Promise<Known>;
  /** The part of the handbook that answers this; null when none does. */
  article(question: string): { readonly title: string; readonly answer: string; readonly source: string } | null;
  /** Whether steward.yaml says that this channel is there to ask for help. */
  isForHelp(place: ChannelPlace): boolean;
  /** The time now, and the zone of this person. */
  here(tenant: string, personId: string): Promise<Here>;
  definitions(): readonly Startable[];
  /** The run of this definition and input, asked for `by` this person or by anybody, that waits to be approved; null when there is none. */
  sameWish(
    on: Statements,
    tenant: string,
    wish: { readonly hash: string; readonly input: JsonObject; readonly by: string | null },
  ): Promise<SameWish | null>;
  /** The people who have this role now. */
  holders(tenant: string, role: string): Promise<readonly Person[]>;
  /** The open question of a run that a system began, about one of these calls with these of its arguments. */
  askedBySystem(
    on: Statements,
    tenant: string,
    calls: readonly { readonly tool: string; readonly args: JsonObject }[],
  ): Promise<SameWish | null>;
  /** Keeps a definition that was made of others, so that it can be begun. */
  keep(tenant: string, definition: Definition): Promise<void>;
  stored(tenant: string, inboxId: string): Promise<{ readonly body: string; readonly outcome: string | null } | null>;
  expectations(
    tenant: string,
    name: string,
    /** Only those whose match passes; all when absent. */
    isMeant?: (match: Expectation["match"]) => boolean,
  ): Promise<readonly Expectation[]>;
  /** In the caller's transaction: whether this is still waited for. */
  stillExpected(on: Statements, tenant: string, expected: Expectation): Promise<boolean>;
  /** How the run of that name is, or the newest one of the conversation; null when there is none. */
  standing(
    tenant: string,
    run: { readonly short: string } | { readonly conversationId: string },
    on?: Statements,
  ): Promise<{ readonly sentence: string; readonly open: boolean } | null>;
  /** How the run of that name is, for this person; null when there is none that they may see. */
  howItIs(tenant: string, short: string, personId: string): Promise<HowItIs | null>;
  /** What is on record of the run of that name, and its id, for this person; null as for how it is. */
  record(
    tenant: string,
    short: string,
    personId: string,
  ): Promise<{ readonly id: string; readonly record: RunRecord } | null>;
  /** The R-... of the newest run of this definition that this person may see; null where there is none. */
  newestOf(tenant: string, definition: string, personId: string): Promise<string | null>;
  /** The runs of a thread, the first begun first. */
  runsAt(tenant: string, place: Place): Promise<readonly RunHere[]>;
  /** The question to this person that is our last word to them in a conversation; null when it is something else. */
  question(tenant: string, conversationId: string, personId: string): Promise<Question | null>;
  /** What a run of this person's waits for others to approve, there or (null) wherever, and what this delivery has withdrawn already; oldest first. */
  ownGates(
    tenant: string,
    personId: string,
    where: { readonly short: string } | { readonly conversationId: string } | null,
    delivery: string,
  ): Promise<readonly OwnGate[]>;
  /** Who has taken on what is open in a conversation. */
  takers(tenant: string, conversationId: string): Promise<readonly Taker[]>;
  person(tenant: string, id: string): Promise<Person | null>;
  /** The places a channel's name stands for. */
  places(channel: string): readonly Place[];
  /** What people call a system that tells something. */
  systemName(source: string): string;
  /** Whether this person may start it; the sentence when not. */
  mayStart(person: Person, what: Startable): string | null;
  /** Why what is about to begin could only fail. */
  readonly objection: Objection;
  maySettle(person: Person): boolean;
  /** An agent's task, and whether this delivery has stopped it already; null: there is none of this id. */
  task(
    tenant: string,
    id: string,
    delivery: string,
  ): Promise<{ readonly requesterId: string | null; readonly done: boolean; readonly stopped: boolean } | null>;
  /** Why this person may not stop what somebody asked for, as a sentence; null: they may. */
  mayStop(person: Person, requester: Pick<Person, "id" | "managerId"> | null): string | null;
}

/** The most characters that a button of every platform says. */
export const longestSaid = 500;

/** One delivery on its way: what it is, who sent it, and the transaction that will settle it. */
export interface Letter {
  readonly id: string;
  readonly incoming: Incoming;
  readonly person: Person;
  /** A button of ours said it; what it does shows where the button is. */
  readonly pressed: boolean;
  /** The id of the card whose button said it, where that begins something once. */
  readonly card: string | null;
  /** Its writer knows that the very same is asked of people already. */
  readonly anyway: boolean;
  readonly job: HeldJob;
}

/** Answers where it was said, to everybody there or to one person alone. */
export function say(parts: RouteParts, letter: Letter, outcome: string, card: Card, privateTo?: string): Promise<void> {
  return settle(parts, keyed(letter), outcome, async (batch) => {
    const { place } = letter.incoming;
    if (place)
      batch.note(letter.id, "reply", batch.conversation(place), card, privateTo === undefined ? {} : alone(letter));
  });
}

/** For whoever sent a letter, and nobody else: on the account they sent it from. */
export function alone({ incoming, person }: Letter): { privateTo: string; account: string | null } {
  return { privateTo: person.id, account: incoming.account ?? null };
}

/** What settling needs of a letter. */
export function keyed(letter: Letter): { id: string; tenant: string; job: HeldJob } {
  return { id: letter.id, tenant: letter.incoming.tenant, job: letter.job };
}

/** Settles a delivery for good: its outcome, its job and whatever follows from it are one transaction. */
export function settle(
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
