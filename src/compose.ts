import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { intents } from "../intents/all.ts";
import { createWebAdapter } from "./adapters/web/adapter.ts";
import { createWebChat, type WebChat } from "./adapters/web/chat.ts";
import { Hub } from "./adapters/web/hub.ts";
import { type Specialist, specialists } from "./agents/index.ts";
import { turnTool } from "./agents/turn.ts";
import { exportLines } from "./audit/export.ts";
import { type AuditReport, limits, verify } from "./audit/verify.ts";
import { readConnectors } from "./config/connectors.ts";
import type { Settings } from "./config/settings.ts";
import { audienceChannels, placeIn, readStewardYaml, zoneOf } from "./config/steward-yaml.ts";
import { type Connectors, openConnectors } from "./connectors.ts";
import { deliver, showProgress } from "./delivery.ts";
import { Fault } from "./domain/fault.ts";
import type { Incoming, Person, Place } from "./domain/incoming.ts";
import type { IntentSpec } from "./domain/intent.ts";
import type { AnyTool, Risk } from "./domain/tool.ts";
import { policiesSchema, wrongEditable } from "./gates/gates.ts";
import { hooksOf, tellAsAlertmanager } from "./hooks.ts";
import { accept, inThread } from "./inbox/accept.ts";
import { createHookIntake, type Hook, type HookIntake } from "./inbox/hook.ts";
import type { RouteParts, Startable } from "./inbox/letter.ts";
import { createLinks } from "./inbox/link.ts";
import { createRefuse, type Rejection } from "./inbox/refuse.ts";
import { route } from "./inbox/route.ts";
import { openLibrary, understoodBy } from "./library.ts";
import { createCourier } from "./messages/courier.ts";
import type { ChatPlatform, Intake } from "./messages/platform.ts";
import { createMessenger, type Messenger } from "./messenger.ts";
import { createModel, type Model } from "./model/model.ts";
import { createKernel, type Kernel } from "./orchestrator/kernel.ts";
import type { Queue, Statements } from "./orchestrator/queue.ts";
import { permits } from "./people/people.ts";
import { intakeOf, openPlatforms, placesOf } from "./platforms.ts";
import { openQueue } from "./queue/boss.ts";
import { jobParts } from "./queue/parts.ts";
import { createLearner } from "./recognize/learner.ts";
import { proposer } from "./recognize/propose.ts";
import { checkIntents, help } from "./recognize/recognize.ts";
import { noteProcess, recordNotice } from "./records.ts";
import { createGroupRoles } from "./roles.ts";
import { openServices } from "./services.ts";
import { openSources } from "./sources.ts";
import { auditSources, recordNow } from "./store/audit.ts";
import { accountsOf, createLeader, linkStore, threadAt } from "./store/chat.ts";
import { clockOf, type Database } from "./store/database.ts";
import { keepDefinitions } from "./store/definitions.ts";
import {
  expectationsOf,
  isRunThread,
  questionTo,
  standingOf,
  stillExpected,
  storedDelivery,
  takersOf,
  taskWith,
} from "./store/inbox.ts";
import { kernelStore } from "./store/kernel.ts";
import { lessonStore } from "./store/learned.ts";
import { createMessageStore } from "./store/messages.ts";
import { excerptOf, modelLedger } from "./store/model.ts";
import { openDatabase } from "./store/open.ts";
import { ownGates } from "./store/own-gates.ts";
import { allPeople, findPeople, holdersOf, syncPeople } from "./store/people.ts";
import { keepSwept } from "./store/retention.ts";
import { trialStore } from "./store/trial.ts";
import { trialAlertStore } from "./store/trial-alerts.ts";
import { createWebPosts } from "./store/web-chat.ts";
import { ownTools } from "./toolbox.ts";
import { type Alerting, startAlerting } from "./trial/alerts.ts";
import { type TrialCompany, trialCompany } from "./trial/trial.ts";
import type { Definition } from "./workflow/index.ts";

/** One running Steward: every part, wired. */
export interface Steward {
  readonly tenant: string;
  readonly db: Database;
  readonly queue: Queue;
  readonly kernel: Kernel;
  readonly chat: WebChat;
  /** Chat platforms that are configured, each with the intake it hands over to. */
  readonly platforms: readonly { readonly platform: ChatPlatform; readonly intake: Intake }[];
  /** Systems that tell what happens, and who takes it. */
  readonly webhooks: { readonly hooks: readonly Hook[]; readonly take: HookIntake };
  readonly trial: TrialCompany | null;
  readonly definitions: ReadonlyMap<string, Definition>;
  /** A sentence about the definitions that are not there, because no system offers what they need; or null. */
  readonly leftOut: string | null;
  /** Everything people can ask for: what ships, and what definitions bring themselves. */
  readonly intents: readonly IntentSpec[];
  readonly specialists: readonly Specialist[];
  /** When people are not to be disturbed. */
  readonly quiet: Messenger["quiet"];
  readonly sessionSecret: string;
  /** Keeps a definition that was made here, so that runs of it can begin. */
  bring(definition: Definition): Promise<void>;
  people(): Promise<Person[]>;
  person(id: string): Promise<Person | null>;
  /** Reads anew the roles that groups of chat platforms bring somebody. Throws a Fault where that cannot be known now. */
  freshenRoles(personId: string): Promise<void>;
  /** Puts on record that a door turned something away. */
  refuse(rejection: Rejection): Promise<void>;
  verify(): Promise<AuditReport & { readonly limits: readonly string[] }>;
  exportAudit(): AsyncIterable<string>;
  readonly version: string;
  readonly mode: Settings["mode"];
  /** Where the record is, for people: a folder or a server. */
  readonly place: string;
  /** Systems outside that are configured: how they are, and what an operator should know about them. */
  readonly connectors: Pick<Connectors, "health" | "examine">;
  /** Chat platforms that could be connected and are not. */
  readonly unconfigured: readonly string[];
  /** Whether the database answers: what `health` says. */
  alive(): Promise<boolean>;
  /** Begins working. Until then nothing is fetched. */
  start(): Promise<void>;
  /** No new work at once; what is under way ends or is handed back within 25 s. */
  stop(): Promise<void>;
  /** For a Steward that was never started. */
  close(): Promise<void>;
}

export interface Extra {
  /** Tools besides those of the systems connected here. */
  readonly tools?: readonly AnyTool[];
  /** Definitions besides those in workflows/. */
  readonly definitions?: readonly Definition[];
  /** Specialists besides those in src/agents. */
  readonly specialists?: readonly Specialist[];
}

const tenant = "default";
const graceMs = 20_000;
const root = new URL("../", import.meta.url).pathname;

/** Opens the database, reads configuration and definitions, and wires every part. Throws Fault("bad-config") with one readable sentence. */
export async function compose(
  settings: Settings,
  onError: (error: Error) => void,
  extra: Extra = {},
): Promise<Steward> {
  const yaml = readStewardYaml(settings.configFile);
  const policies = policiesSchema.safeParse(yaml.policies);
  const inPolicies = (path: readonly PropertyKey[]) => placeIn(settings.configFile, ["policies", ...path]);
  if (!policies.success)
    throw new Fault(
      "bad-config",
      policies.error.issues
        .map(({ path, message }) => `${inPolicies(path)} ${message.replace(/\.?$/, ".")}`)
        .join("\n"),
    );
  checkIntents(intents);
  const configured = readConnectors(yaml.connectors, settings.configFile, settings);

  const db = await openDatabase(
    settings.databaseUrl ? { url: settings.databaseUrl } : { folder: settings.dataDir },
    onError,
  );
  let connectors: Connectors | null = null;
  try {
    await db.tx((q) =>
      syncPeople(
        q,
        tenant,
        yaml.people.map((person) => ({ ...person, manager: person.manager ?? null })),
        yaml.groups,
      ),
    );
    const outside = await openConnectors(settings, configured, (note) => onError(new Fault("conflict", note)));
    connectors = outside;
    const hooks = hooksOf(settings);
    let alerting: Alerting | null = null;
    const nameOf = (id: string) => yaml.people.find((person) => person.id === id)?.name ?? id;
    const hears = { changed: () => alerting?.wake(), nameOf };
    const trial = settings.mode === "trial" ? trialCompany(trialStore(db), hears) : null;
    const sweeping = new AbortController();
    let swept: Promise<void> | null = null;
    await trial?.seed(tenant);
    const systems = [...(trial?.tools ?? []), ...(extra.tools ?? [])];
    const sources = await openSources(configured, { mode: settings.mode, now: () => clockOf(db), onError });
    const services = await openServices(yaml.services, { settings, configured, now: () => clockOf(db) });
    const ledger = modelLedger(db);
    const personOf = async (of: string, id: string) => (await findPeople(db, of, [id]))[0] ?? null;
    const agentsThere = [...specialists, ...(extra.specialists ?? [])];
    const messenger = createMessenger({
      db,
      yaml,
      kernel: () => kernel,
      morning: () => library.byName.get("morning"),
    });
    const own = ownTools({
      db,
      yaml,
      folder: dirname(settings.configFile),
      github: settings.github ?? null,
      jira: settings.jira ?? null,
      trial,
      sources,
      services,
      outside,
      messenger,
      ledger,
      specialists: agentsThere,
      later: { kernel: () => kernel, tools: () => tools, platforms: () => platforms, address: (path) => address(path) },
    });
    const model: Model = createModel({
      settings: settings.model,
      models: yaml.models,
      ledger,
      tools: () => tools,
      specialists: agentsThere,
      artifact: (of, runId, id, characters) => excerptOf(db, of, runId, id, characters),
      notice: (of, notice) => recordNotice(kernel, of, notice),
    });
    const tools: ReadonlyMap<string, AnyTool> = new Map(
      [...own, ...model.tools, ...outside.tools, ...systems].map((tool) => [tool.name, tool]),
    );
    const wrong = wrongEditable(policies.data, tools).map(({ path, sentence }) => `${inPolicies(path)} ${sentence}`);
    if (wrong.length > 0) throw new Fault("bad-config", wrong.join("\n"));
    const hasModel = model.isConfigured || (extra.tools ?? []).some(({ name }) => name === turnTool);
    // With no system connected, what needs one is left out instead of refused.
    const events = hooks.flatMap((hook) => hook.events);
    const library = await openLibrary(
      db,
      tenant,
      {
        tools,
        specialists: agentsThere,
        hasModel,
        events,
        audiences: audienceChannels(yaml),
        isComplete: systems.length > 0,
      },
      extra.definitions ?? [],
    );
    const understood = understoodBy(library, hasModel);
    const queue = await openQueue(db, onError);

    const posts = createWebPosts(db);
    await posts.openChannels(
      tenant,
      yaml.channels.map((channel) => channel.name),
    );
    const hub = new Hub((of) => posts.channels(of));
    const address = (path: string) => new URL(path, yaml.url ?? `http://localhost:${settings.port}`).href;
    const examples = help(understood).map(({ example }) => example);
    const platforms = await openPlatforms(settings, { tenant, address, examples, onError }, db);
    const groupRoles = createGroupRoles(db, platforms, yaml.groups);
    const courier = createCourier({
      store: createMessageStore(db),
      adapters: new Map([
        ["web", createWebAdapter({ posts, hub })],
        ...[...platforms].map(([name, { adapter }]) => [name, adapter] as const),
      ]),
    });

    const kernel: Kernel = createKernel({
      store: kernelStore(db, jobParts),
      queue,
      machine: library.machine,
      tools,
      holders: (on, of, roles) => holdersOf(on, of, roles),
      policies: policies.data,
      asked: messenger.asked,
      gateChannels: yaml.routes.approvals,
      places: (channel) => placesOf(yaml, channel),
      confirmVoters: (of, gateId) => groupRoles.freshenApprovers(of, gateId),
      lanes: db.kind === "pglite" ? 1 : 2,
      progress: (effect, text, written) => showProgress(kernel, effect, text, written).catch(onError),
      onError,
    });
    const hear = async (said: Incoming) =>
      accept(kernel, inThread(said, said.place && (await threadAt(db, said.tenant, said.place))));
    const chat = createWebChat({ posts, hub, intake: { accept: hear } });
    const refuse = createRefuse(kernel);
    const webhooks = { hooks, take: createHookIntake(kernel, refuse) };
    const links = createLinks(linkStore(db), kernel, refuse);
    const connected = [...platforms.values()].map((platform) => ({
      platform,
      intake: intakeOf(platform, { db, kernel, links, roles: groupRoles, refuse, address }),
    }));
    const everybody = await allPeople(db, tenant);
    const lessons = lessonStore(db);
    const learner = createLearner(understood, lessons, onError);
    const routing = {
      kernel,
      links,
      accountsOf,
      intents: understood,
      guess: learner.guess,
      lessons,
      learnt: learner.changed,
      onError,
      propose: proposer(model, understood),
      here: async (_: string, id: string) => ({ now: await clockOf(db), zone: zoneOf(yaml, id) }),
      known: async (of: string) => ({
        service: [...new Set([...((await trial?.services(of)) ?? []), ...yaml.services].map(({ name }) => name))],
        person: everybody.map((person) => person.id),
        channel: yaml.channels.map((channel) => channel.name),
      }),
      definitions: () => library.startable,
      keep: (of: string, definition: Definition) => keepDefinitions(db, of, [definition]),
      stored: (of: string, id: string) => storedDelivery(db, of, id),
      expectations: (of: string, name: string, isMeant?: Parameters<typeof expectationsOf>[3]) =>
        expectationsOf(db, of, name, isMeant),
      stillExpected,
      standing: (of: string, run: Parameters<typeof standingOf>[2], on: Statements = db) => standingOf(on, of, run),
      question: (of: string, conversationId: string, personId: string) => questionTo(db, of, conversationId, personId),
      isRunThread: (of: string, place: Place) => isRunThread(db, of, place),
      ownGates: (...asked: Parameters<RouteParts["ownGates"]>) => ownGates(db, ...asked),
      takers: (of: string, conversationId: string) => takersOf(db, of, conversationId),
      person: personOf,
      places: (channel: string) =>
        placesOf(yaml, channel).filter(({ platform }) => platform === "web" || platforms.has(platform)),
      systemName: (source: string) => hooks.find(({ name }) => name === source)?.label ?? source,
      mayStart: (person: Person, { readsOnly }: Startable) =>
        refusalOf(person, "run.start", readsOnly ? "read" : "dangerous"),
      maySettle: (person: Person) => permits(person, "run.settle").ok,
      task: (of: string, id: string, delivery: string) => taskWith(db, of, id, delivery),
      mayStop: (person: Person, requester: Pick<Person, "id" | "managerId"> | null) => {
        const whose = { requesterId: requester?.id ?? null, requesterManagerId: requester?.managerId ?? null };
        const allowed = permits(person, "run.cancel", whose);
        return allowed.ok ? null : allowed.sentence;
      },
    };

    return {
      tenant,
      db,
      queue,
      kernel,
      chat,
      platforms: connected,
      webhooks,
      trial,
      definitions: library.byName,
      leftOut: library.leftOut,
      intents: understood,
      specialists: agentsThere,
      quiet: messenger.quiet,
      version: (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version,
      mode: settings.mode,
      place: settings.databaseUrl === null ? settings.dataDir : "the database of DATABASE_URL",
      connectors: {
        health: () => [...sources.health(), ...outside.health()],
        examine: async () => [...(await sources.examine()), ...(await outside.examine())],
      },
      unconfigured: (["slack", "teams", "discord"] as const).filter((name) =>
        name === "teams" ? settings.teams?.app == null : settings[name] === null,
      ),
      alive: () =>
        Promise.race([
          db.query("select 1").then(
            () => true,
            () => false,
          ),
          wait(2000, false, { ref: false }),
        ]),
      bring: (definition) => keepDefinitions(db, tenant, [definition]),
      sessionSecret: secretIn(settings.dataDir),
      people: () => allPeople(db, tenant),
      person: routing.person.bind(null, tenant),
      freshenRoles: (id) => groupRoles.freshen(tenant, id),
      refuse,
      verify: () => recordNow(db, tenant, async (sources) => ({ ...(await verify(sources)), limits })),
      exportAudit: () => exportLines(auditSources(db, tenant), new Date()),
      async start() {
        kernel.start();
        queue.work("route", { size: 10, inFlight: 20 }, (job) => route(routing, job));
        queue.work("courier", { size: 10, inFlight: 20 }, (job) => deliver(db, queue, courier, job));
        if (trial !== null)
          alerting = startAlerting({
            tenant,
            store: trialStore(db),
            alerts: trialAlertStore(db),
            tell: (body) => tellAsAlertmanager(webhooks, settings, tenant, body),
            onError,
          });
        const { retention } = yaml;
        swept = keepSwept({ db, tenant, retention, leader: createLeader(db), onError }, sweeping.signal);
        await noteProcess(kernel, tenant, "start");
        await Promise.all(connected.map(({ platform, intake }) => platform.start(intake)));
      },
      async stop() {
        sweeping.abort();
        await Promise.all([swept, alerting?.stop()]);
        await Promise.all(connected.map(({ platform }) => platform.stop()));
        await noteProcess(kernel, tenant, "stop").catch(onError);
        await kernel.stop();
        await queue.stop(graceMs);
        await Promise.all([outside.close(), db.close()]);
      },
      async close() {
        await queue.stop(0);
        await Promise.all([outside.close(), db.close()]);
      },
    };
  } catch (error) {
    await Promise.all([connectors?.close(), db.close().catch(() => undefined)]);
    throw error;
  }
}

function refusalOf(person: Person, action: "run.start", risk: Risk): string | null {
  const permission = permits(person, action, { risk });
  return permission.ok ? null : permission.sentence;
}

/** The key that signs session cookies: made once, kept in the data folder, readable by its owner only. */
function secretIn(folder: string): string {
  const file = join(folder, "session.key");
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, randomBytes(32).toString("base64url"), { mode: 0o600 });
  }
  return readFileSync(file, "utf8").trim();
}
