import { recordOf } from "./agents/index.ts";
import { audienceChannels, type StewardYaml, zoneOf } from "./config/schema.ts";
import type { Person, Platform } from "./domain/incoming.ts";
import type { IntentSpec } from "./domain/intent.ts";
import { type AnyTool, inWords } from "./domain/tool.ts";
import type { InUse } from "./in-use.ts";
import type { Hook } from "./inbox/hook.ts";
import type { RouteParts } from "./inbox/letter.ts";
import type { Links } from "./inbox/link.ts";
import { createObjection, type ObjectionParts } from "./inbox/objection.ts";
import type { Library } from "./library.ts";
import type { ChatPlatform } from "./messages/platform.ts";
import type { Model } from "./model/model.ts";
import type { Kernel } from "./orchestrator/kernel.ts";
import { permits } from "./people/people.ts";
import { isForHelp, placesOf } from "./platforms.ts";
import { createLearner } from "./recognize/learner.ts";
import { proposer } from "./recognize/propose.ts";
import { accountsOf } from "./store/chat.ts";
import { clockOf, type Database } from "./store/database.ts";
import { keepDefinitions } from "./store/definitions.ts";
import {
  expectationsOf,
  questionTo,
  runsAt,
  standingOf,
  stillExpected,
  storedDelivery,
  takersOf,
  taskWith,
} from "./store/inbox.ts";
import { lessonStore } from "./store/learned.ts";
import { ownGates } from "./store/own-gates.ts";
import { findPeople, holdersOf } from "./store/people.ts";
import { howItIs, newestOf, recordedRun } from "./store/reads/record.ts";
import { askedBySystem, sameWishIn } from "./store/same-wish.ts";
import type { Handbook } from "./systems/knowledge/handbook.ts";
import { answerOf } from "./systems/knowledge/tools.ts";
import { recordFor } from "./systems/record/tools.ts";
import type { TrialCompany } from "./trial/trial.ts";

interface RoutingParts {
  readonly db: Database;
  readonly yaml: StewardYaml;
  readonly kernel: Kernel;
  readonly links: Links;
  readonly library: Library;
  readonly tools: ReadonlyMap<string, AnyTool>;
  readonly inUse: InUse;
  /** Everything people can ask for here now. */
  understood(): readonly IntentSpec[];
  readonly model: Model;
  readonly whyNoAgent: ObjectionParts["whyNoAgent"];
  readonly handbook: Handbook;
  readonly hooks: readonly Hook[];
  readonly platforms: ReadonlyMap<Platform, ChatPlatform>;
  readonly trial: TrialCompany | null;
  readonly everybody: readonly Person[];
  onError(error: Error): void;
}

/** What deciding on a delivery needs: what words mean here, what waits for it, and who may do what. */
export function routingOf(parts: RoutingParts): RouteParts {
  const {
    db,
    yaml,
    kernel,
    links,
    library,
    inUse,
    tools,
    understood,
    model,
    handbook,
    hooks,
    platforms,
    trial,
    everybody,
    onError,
    whyNoAgent,
  } = parts;
  const lessons = lessonStore(db);
  const learner = createLearner(understood(), lessons, onError);
  return {
    kernel,
    links,
    accountsOf,
    get intents() {
      return understood();
    },
    guess: learner.guess,
    lessons,
    learnt: learner.changed,
    onError,
    propose: proposer(model, understood),
    here: async (_, id) => ({ now: await clockOf(db), zone: zoneOf(yaml, id) }),
    known: async (tenant) => ({
      service: [...new Set([...((await trial?.services(tenant)) ?? []), ...yaml.services].map(({ name }) => name))],
      person: everybody.map((person) => person.id),
      channel: yaml.channels.map((channel) => channel.name),
      ...(yaml.connectors.sql.length > 0 && { database: yaml.connectors.sql.map(({ name }) => name) }),
      audience: Object.keys(yaml.audiences),
    }),
    article: (question) => answerOf(handbook.ask(question)),
    isForHelp: (place) => isForHelp(yaml, place),
    definitions: () => library.startable,
    keep: (tenant, definition) => keepDefinitions(db, tenant, [definition]),
    async stored(tenant, id) {
      const delivery = await storedDelivery(db, tenant, id);
      // What was taken into use elsewhere counts from here on.
      if (delivery !== null) await inUse.refresh(delivery.uses);
      return delivery;
    },
    expectations: (tenant, name, isMeant) => expectationsOf(db, tenant, name, isMeant),
    sameWish: sameWishIn,
    askedBySystem,
    holders: (tenant, role) => holdersOf(db, tenant, [role]),
    stillExpected,
    standing: (tenant, run, on = db) => standingOf(on, tenant, run),
    question: (tenant, conversationId, personId) => questionTo(db, tenant, conversationId, personId),
    howItIs: (tenant, short, readerId) => howItIs(db, { tenant, short, readerId }),
    record: async (tenant, wanted, readerId) => {
      const found = await recordedRun(db, { tenant, wanted, ownId: "", readerId });
      return found && { id: found.id, record: recordOf(recordFor(found, (tool, args) => inWords(tools, tool, args))) };
    },
    newestOf: (tenant, definition, readerId) => newestOf(db, { tenant, definition, readerId }),
    runsAt: (tenant, place) => runsAt(db, tenant, place),
    objection: createObjection({
      tools,
      whyNoAgent,
      audiences: audienceChannels(yaml),
      channels: yaml.channels.map(({ name }) => name),
      seesRun: async (tenant, wanted, readerId) =>
        (await recordedRun(db, { tenant, wanted, ownId: "", readerId })) !== null,
      runsAt: (tenant, place) => runsAt(db, tenant, place),
    }),
    ownGates: (tenant, personId, where, delivery) => ownGates(db, tenant, personId, where, delivery),
    takers: (tenant, conversationId) => takersOf(db, tenant, conversationId),
    task: (tenant, id, delivery) => taskWith(db, tenant, id, delivery),
    person: async (tenant, id) => (await findPeople(db, tenant, [id]))[0] ?? null,
    places: (channel) =>
      placesOf(yaml, channel).filter(({ platform }) => platform === "web" || platforms.has(platform)),
    systemName: (source) => hooks.find(({ name }) => name === source)?.label ?? source,
    mayStart(person, { readsOnly }) {
      const allowed = permits(person, "run.start", { risk: readsOnly ? "read" : "dangerous" });
      return allowed.ok ? null : allowed.sentence;
    },
    maySettle: (person) => permits(person, "run.settle").ok,
    mayStop(person, requester) {
      const whose = { requesterId: requester?.id ?? null, requesterManagerId: requester?.managerId ?? null };
      const allowed = permits(person, "run.cancel", whose);
      return allowed.ok ? null : allowed.sentence;
    },
  };
}
