import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { intents } from "../intents/all.ts";
import * as agents from "../machines/agent.ts";
import * as gates from "../machines/gate.ts";
import * as plans from "../machines/plan.ts";
import { createWebAdapter } from "./adapters/web/adapter.ts";
import { createWebChat, type WebChat } from "./adapters/web/chat.ts";
import { Hub } from "./adapters/web/hub.ts";
import { agentTools, planTools, type Specialist, specialists } from "./agents/index.ts";
import { turnTool } from "./agents/turn.ts";
import { exportLines } from "./audit/export.ts";
import { type AuditReport, limits, verify } from "./audit/verify.ts";
import { readConnectors } from "./config/connectors.ts";
import type { Settings } from "./config/settings.ts";
import { readStewardYaml, zoneOf } from "./config/steward-yaml.ts";
import { type Connectors, openConnectors } from "./connectors.ts";
import { Fault } from "./domain/fault.ts";
import type { Person } from "./domain/incoming.ts";
import type { IntentSpec } from "./domain/intent.ts";
import type { JsonObject } from "./domain/json.ts";
import type { AnyTool, Risk } from "./domain/tool.ts";
import { policiesSchema } from "./gates/gates.ts";
import { hooksOf, ownerIn, ownersIn } from "./hooks.ts";
import { accept } from "./inbox/accept.ts";
import { createHookIntake, type Hook, type HookIntake } from "./inbox/hook.ts";
import type { Startable } from "./inbox/letter.ts";
import { createLinks } from "./inbox/link.ts";
import { createRefuse, type Rejection } from "./inbox/refuse.ts";
import { route } from "./inbox/route.ts";
import { createCourier } from "./messages/courier.ts";
import type { ChatPlatform, Intake } from "./messages/platform.ts";
import { createModel, type Model, type Notice } from "./model/model.ts";
import { createKernel, type Kernel } from "./orchestrator/kernel.ts";
import { type DurableMachine, loadMachine } from "./orchestrator/machine.ts";
import type { HeldJob, Queue, Statements } from "./orchestrator/queue.ts";
import type { EffectAtHand } from "./orchestrator/store.ts";
import { permits } from "./people/people.ts";
import { connectionsOf, gatesFor, intakeOf, openPlatforms, placesOf } from "./platforms.ts";
import { openQueue } from "./queue/boss.ts";
import { jobParts } from "./queue/parts.ts";
import { withPhrased } from "./recognize/defined.ts";
import { createLearner } from "./recognize/learner.ts";
import { proposer } from "./recognize/propose.ts";
import { checkIntents } from "./recognize/recognize.ts";
import { createGroupRoles } from "./roles.ts";
import { openServices } from "./services.ts";
import { openSources } from "./sources.ts";
import { agentStore } from "./store/agents.ts";
import { readArtifact } from "./store/artifacts.ts";
import { auditSources, recordNow } from "./store/audit.ts";
import { accountsOf, createLeader, linkStore } from "./store/chat.ts";
import type { Database } from "./store/database.ts";
import { keepDefinitions, keptDefinition } from "./store/definitions.ts";
import {
  expectationsOf,
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
import { allPeople, findPeople, holdersOf, syncPeople } from "./store/people.ts";
import { openGates } from "./store/reads/gates.ts";
import { openRuns } from "./store/reads/overview.ts";
import { pastRequests } from "./store/reads/past.ts";
import { recordedRun } from "./store/reads/record.ts";
import { reviewLoad } from "./store/reads/reviews.ts";
import { awaiting } from "./store/reads/waiting.ts";
import { openRequests } from "./store/requests.ts";
import { keepSwept } from "./store/retention.ts";
import { toldBy } from "./store/told.ts";
import { trialStore } from "./store/trial.ts";
import { trialAlertStore } from "./store/trial-alerts.ts";
import { createWebPosts } from "./store/web-chat.ts";
import { analysisTools } from "./systems/analysis/tools.ts";
import { reviewTools } from "./systems/github/reviews.ts";
import { toldTools } from "./systems/github/told.ts";
import { handbookOf, openHandbook } from "./systems/knowledge/handbook.ts";
import { knowledgeTools } from "./systems/knowledge/tools.ts";
import { overviewTools } from "./systems/overview/tools.ts";
import { waitingTools } from "./systems/overview/waiting.ts";
import { recordTools } from "./systems/record/tools.ts";
import { repeatTools } from "./systems/requests/repeats.ts";
import { requestTools } from "./systems/requests/tools.ts";
import { sandboxTools } from "./systems/sandbox/tools.ts";
import { beginPlan } from "./tasks.ts";
import { type Alerting, startAlerting } from "./trial/alerts.ts";
import { type TrialCompany, trialCompany } from "./trial/trial.ts";
import {
  checkInput,
  type Definition,
  definitionFrom,
  formatProblem,
  heardBy,
  loadDefinition,
  type Problem,
  titleOf,
} from "./workflow/index.ts";

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
/** Definitions held ready at once: there may be one for every run. */
const mostPlans = 500;
const root = new URL("../", import.meta.url).pathname;

/** Opens the database, reads configuration and definitions, and wires every part. Throws Fault("bad-config") with one readable sentence. */
export async function compose(
  settings: Settings,
  onError: (error: Error) => void,
  extra: Extra = {},
): Promise<Steward> {
  const yaml = readStewardYaml(settings.configFile);
  const policies = policiesSchema.safeParse(yaml.policies);
  if (!policies.success)
    throw new Fault("bad-config", `${settings.configFile}, policies:\n${z.prettifyError(policies.error)}`);
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
    const sweeping = new AbortController();
    let swept: Promise<void> | null = null;
    const trial = settings.mode === "trial" ? trialCompany(trialStore(db), { changed: () => alerting?.wake() }) : null;
    await trial?.seed(tenant);
    const systems = [...(trial?.tools ?? []), ...(extra.tools ?? [])];
    const sources = await openSources(configured, { mode: settings.mode, now: () => clockOf(db), onError });
    const services = await openServices(yaml.services, { settings, configured, now: () => clockOf(db) });
    const folder = yaml.knowledge === undefined ? null : resolve(dirname(settings.configFile), yaml.knowledge);
    const ledger = modelLedger(db);
    const personOf = async (of: string, id: string) => (await findPeople(db, of, [id]))[0] ?? null;
    const agentsThere = [...specialists, ...(extra.specialists ?? [])];
    const own: AnyTool[] = [
      ...sources.tools,
      ...services,
      ...knowledgeTools(folder === null ? handbookOf([]) : openHandbook(folder)),
      ...analysisTools((...which) => readArtifact(db, ...which)),
      ...recordTools((asked) => recordedRun(db, asked)),
      ...sandboxTools(),
      ...requestTools({
        open: (of) => openRequests(db, of),
        holders: (of, role) => holdersOf(db, of, [role]),
      }),
      ...overviewTools({
        person: personOf,
        now: () => clockOf(db),
        services: trial === null ? null : (of) => trial.ailing(of),
        runs: (of) => openRuns(db, of),
        gates: (of) => openGates(db, of),
        connections: () => connectionsOf([...sources.health(), ...outside.health()], platforms),
        spentToday: async (of) => {
          const day = (await ledger.spend(of, {})).find(({ scope }) => scope === "day");
          return day === undefined ? null : { usd: day.spentUsd + day.reservedUsd, capUsd: day.capUsd };
        },
      }),
      ...waitingTools({
        person: personOf,
        now: () => clockOf(db),
        gates: (of, person) => gatesFor(db, of, person),
        runs: (of, id) => awaiting(db, of, id),
        untaken: async (of, id) =>
          (await openRequests(db, of)).filter(({ takenBy, askedById }) => takenBy === null && askedById !== id).length,
        address: (path) => address(path),
      }),
      ...repeatTools({ person: personOf, past: (of, days) => pastRequests(db, of, days) }),
      ...reviewTools({
        ownersOf: (texts) => ownersIn(yaml, texts),
        owners: () =>
          ownersIn(
            yaml,
            yaml.owners.map(({ of }) => of),
          ),
        members: async (of) => (await allPeople(db, of)).filter(({ active, kind }) => active && kind === "member"),
        load: (of, run) => reviewLoad(db, of, run),
      }),
      ...planTools({
        tools: () => tools,
        specialists: agentsThere,
        keep: (of, definition) => keepDefinitions(db, of, [definition]),
        begin: (plan) => beginPlan(kernel, db, plan),
      }),
      ...toldTools({
        told: (of, event) => toldBy(db, of, "github", event),
        ownerOf: (texts) => ownerIn(yaml, texts),
        holders: (of, role) => holdersOf(db, of, [role]),
        access: settings.github ?? null,
      }),
      ...agentTools(agentStore(db), async ({ tenant: of, actorId, key, from, text }) => {
        await kernel.mail(of, actorId, key, { type: "message", from, text }, from);
      }),
    ];
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
    const hasModel = model.isConfigured || (extra.tools ?? []).some(({ name }) => name === turnTool);
    // With no system connected, what needs one is left out instead of refused.
    const events = hooks.flatMap((hook) => hook.events);
    const library = await openLibrary(
      db,
      { tools, specialists: agentsThere, hasModel, events, isComplete: systems.length > 0 },
      extra,
    );
    const understood = understoodBy(library);
    const queue = await openQueue(db, onError);

    const posts = createWebPosts(db);
    await posts.openChannels(
      tenant,
      yaml.channels.map((channel) => channel.name),
    );
    const hub = new Hub((of) => posts.channels(of));
    const address = (path: string) => new URL(path, yaml.url ?? `http://localhost:${settings.port}`).href;
    const examples = understood.flatMap((intent) => intent.examples.slice(0, 1));
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
      gateChannels: yaml.routes.approvals,
      places: (channel) => placesOf(yaml, channel),
      confirmVoters: (of, gateId) => groupRoles.freshenApprovers(of, gateId),
      lanes: db.kind === "pglite" ? 1 : 2,
      progress: (effect, text) => void showProgress(kernel, effect, text).catch(onError),
      onError,
    });
    const chat = createWebChat({ posts, hub, intake: { accept: (incoming) => accept(kernel, incoming) } });
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
      stored: (of: string, id: string) => storedDelivery(db, of, id),
      expectations: (of: string, name: string, isMeant?: Parameters<typeof expectationsOf>[3]) =>
        expectationsOf(db, of, name, isMeant),
      stillExpected,
      standing: (of: string, run: Parameters<typeof standingOf>[2], on: Statements = db) => standingOf(on, of, run),
      question: (of: string, conversationId: string, personId: string) => questionTo(db, of, conversationId, personId),
      takers: (of: string, conversationId: string) => takersOf(db, of, conversationId),
      person: personOf,
      places: (channel: string) =>
        placesOf(yaml, channel).filter(({ platform }) => platform === "web" || platforms.has(platform)),
      systemName: (source: string) => hooks.find(({ name }) => name === source)?.label ?? source,
      mayStart: (person: Person, { readsOnly }: Startable) =>
        refusalOf(person, "run.start", readsOnly ? "read" : "dangerous"),
      maySettle: (person: Person) => permits(person, "run.settle").ok,
      task: (of: string, id: string) => taskWith(db, of, id),
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
            tell: (body) => tellAsAlertmanager(webhooks, settings, body),
            onError,
          });
        const { retention } = yaml;
        swept = keepSwept({ db, tenant, retention, leader: createLeader(db), onError }, sweeping.signal);
        await note(kernel, "start");
        await Promise.all(connected.map(({ platform, intake }) => platform.start(intake)));
      },
      async stop() {
        sweeping.abort();
        await Promise.all([swept, alerting?.stop()]);
        await Promise.all(connected.map(({ platform }) => platform.stop()));
        await note(kernel, "stop").catch(onError);
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

/** The one clock. */
async function clockOf(db: Database): Promise<Date> {
  const [row] = await db.query<{ now: string }>("select steward.now() as now");
  return new Date(row?.now ?? Number.NaN);
}

/** The trial company's alerting is heard through the very door that Alertmanager has. */
async function tellAsAlertmanager(
  { hooks, take }: Steward["webhooks"],
  settings: Settings,
  body: string,
): Promise<void> {
  const hook = hooks.find(({ name }) => name === "alertmanager");
  const token = settings.webhooks?.alertmanagerToken ?? null;
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  if (hook) await take(hook, { tenant, headers, body, fromHere: true, minute: Math.floor(Date.now() / 60_000) });
}

function refusalOf(person: Person, action: "run.start", risk: Risk): string | null {
  const permission = permits(person, action, { risk });
  return permission.ok ? null : permission.sentence;
}

/** Starts and stops of this process are in the audit too. */
function note(kernel: Kernel, kind: "start" | "stop"): Promise<void> {
  return kernel.do({
    tenant,
    actors: [],
    run: (batch) => batch.record("process", kind, "system", { pid: process.pid }),
  });
}

/** What an operator should know of the model: ids in the entry, words in its erasable body. */
function recordNotice(kernel: Kernel, of: string, { kind, model, ...notice }: Notice): Promise<void> {
  const [data, body] =
    "call" in notice ? [{ model, call: notice.call }, null] : [{ model }, { because: notice.because }];
  return kernel.do({ tenant: of, actors: [], run: (batch) => batch.record("process", kind, "system", data, body) });
}

/** How far a tool is, as one message in the thread that changes. Not part of any turn. */
async function showProgress(kernel: Kernel, effect: EffectAtHand, text: string): Promise<void> {
  await kernel.do({
    tenant: effect.tenant,
    actors: [effect.actorId],
    async run(batch) {
      const actor = await batch.actor(effect.actorId);
      if (actor?.conversationId) batch.note(effect.actorId, `progress:${effect.id}`, actor.conversationId, { text });
    },
  });
}

async function deliver(
  db: Database,
  queue: Queue,
  courier: ReturnType<typeof createCourier>,
  job: HeldJob,
): Promise<void> {
  const conversation = job.data["conversation"] ?? "";
  const delivered = await courier.deliver({ tenant: job.data["tenant"] ?? tenant, conversationId: conversation });
  await db.tx(async (q) => {
    await queue.complete(q, [job]);
    if (delivered.kind !== "later") return;
    // Under a key of its own for each wait: a job that waits must not keep away one that can be done now, or sooner.
    const seconds = Math.max(1, Math.ceil(delivered.retryAfterMs / 1000));
    await queue.add(q, [
      { queue: "courier", data: job.data, key: `${conversation}/${seconds}s`, startAfterMs: seconds * 1000 },
    ]);
  });
}

interface Library {
  /** Which definitions are not there because no system offers what they need, or null. */
  readonly leftOut: string | null;
  readonly byName: ReadonlyMap<string, Definition>;
  readonly startable: readonly Startable[];
  machine(tenant: string, name: "plan" | "agent" | "gate", hash: string | null): Promise<DurableMachine>;
}

/** What definitions may name. */
interface Around {
  readonly tools: ReadonlyMap<string, AnyTool>;
  readonly specialists: readonly Specialist[];
  readonly hasModel: boolean;
  /** What systems can tell of. */
  readonly events: readonly string[];
  /** Whether some system is connected: a definition that names a tool there is not is a mistake then. */
  readonly isComplete: boolean;
}

const absentTool = /^There is no tool “([^”]+)”\.$/;

function isAbsentTool({ message }: Problem): boolean {
  return absentTool.test(message);
}

/** "Left out, because no system offers services.*: incident, restart-service. See docs/connectors.md." */
function leftOutSentence(all: readonly { readonly name: string; readonly lacks: readonly string[] }[]): string | null {
  if (all.length === 0) return null;
  const systems = all.flatMap(({ lacks }) =>
    lacks.map((message) => absentTool.exec(message)?.[1]?.split(".")[0] ?? ""),
  );
  const names = all.map(({ name }) => name).join(", ");
  return `Left out, because no system offers ${[...new Set(systems)].sort().join(".*, ")}.*: ${names}. See docs/connectors.md.`;
}

/** Reads workflows/*.yaml, keeps them by hash, and makes a machine of every definition that some run may still need. */
async function openLibrary(
  db: Database,
  { tools, specialists: agentsThere, hasModel, events, isComplete }: Around,
  { definitions: more = [] }: Extra,
): Promise<Library> {
  // Tasks that begin without a model do not ask for one; those that began with one are told that it is gone.
  const usable = hasModel ? tools : new Map([...tools].filter(([name]) => name !== turnTool));
  const known = {
    tools: [...tools.values()],
    intents: intents.map((intent) => intent.name),
    events,
    specialists: agentsThere,
  };
  const folder = join(root, "workflows");
  const problems: string[] = [];
  const leftOut: { name: string; lacks: readonly string[] }[] = [];
  const loaded: Definition[] = [...more];
  for (const file of readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()) {
    const read = loadDefinition(readFileSync(join(folder, file), "utf8"), `workflows/${file}`, known);
    if (read.ok) loaded.push(read.definition);
    else if (isComplete || !read.problems.every(isAbsentTool)) problems.push(...read.problems.map(formatProblem));
    else leftOut.push({ name: file.replace(/\.ya?ml$/, ""), lacks: read.problems.map(({ message }) => message) });
  }
  if (problems.length > 0) throw new Fault("bad-config", problems.join("\n"));
  await keepDefinitions(db, tenant, loaded);
  const machines = new Map<string, DurableMachine>([
    ["gate:", loadMachine({ version: gates.version, ignores: gates.ignores, logic: gates.gateMachine as never })],
    ...agentsThere.map((specialist): [string, DurableMachine] => [
      `agent:${specialist.name}`,
      loadMachine({
        version: agents.version,
        ignores: agents.ignores,
        upgrade: agents.upgrade,
        logic: agents.agentMachine(specialist, usable) as never,
      }),
    ]),
  ]);
  const recent: string[] = [];
  const planOf = (definition: Definition) =>
    loadMachine({
      version: plans.version,
      ignores: plans.ignores,
      upgrade: plans.upgrade,
      logic: plans.planMachine(definition, (tool) => tools.get(tool)?.trusted === true) as never,
    });
  return {
    leftOut: leftOutSentence(leftOut),
    byName: new Map(loaded.map((definition) => [definition.name, definition])),
    startable: loaded.map((definition) => startable(definition, tools, agentsThere)),
    async machine(_tenant, name, hash) {
      const key = `${name}:${hash ?? ""}`;
      const known = machines.get(key);
      if (known) return known;
      // Kept by an earlier start, by another replica, or made for one run.
      const body = hash === null || name !== "plan" ? null : await keptDefinition(db, tenant, hash);
      if (body === null)
        throw new Fault(
          "machine-outdated",
          `The definition ${hash ?? ""} is not known to this process: start a newer Steward.`,
          { retryAfterMs: 5000 },
        );
      const machine = planOf(definitionFrom(body));
      machines.set(key, machine);
      const oldest = recent.length >= mostPlans ? recent.shift() : undefined;
      if (oldest !== undefined) machines.delete(oldest);
      recent.push(key);
      return machine;
    },
  };
}

/** What people can ask for, with the definitions that say themselves how. Throws Fault("bad-config") when their phrases mean something else already. */
function understoodBy({ byName }: Library): readonly IntentSpec[] {
  const phrased = [...byName.values()].flatMap(({ phrases, ...definition }) =>
    phrases === undefined ? [] : [{ ...definition, phrases }],
  );
  const all = withPhrased(intents, phrased);
  if (all.problems.length > 0) throw new Fault("bad-config", all.problems.join("\n"));
  return all.intents;
}

function startable(
  definition: Definition,
  tools: ReadonlyMap<string, AnyTool>,
  agentsThere: readonly Specialist[],
): Startable {
  return {
    name: definition.name,
    hash: definition.hash,
    intents: definition.on.flatMap((trigger) => ("intent" in trigger ? [trigger.intent] : [])),
    hears: ({ name, data }) => heardBy(definition, name, data),
    readsOnly: definition.steps.every((step) => {
      // Whoever has a playbook only looks; a model may want more, and is asked about it.
      if (step.kind === "agent") {
        const { specialist, task } = step.agent;
        return agentsThere.find(({ name }) => name === specialist)?.tasks[task]?.playbook != null;
      }
      if (step.kind !== "tool") return true;
      const tool = tools.get(step.tool.name);
      // Arguments that are not known yet may not parse: then it counts as more than reading.
      const args = tool?.params.safeParse(step.tool.args);
      return args?.success === true && tool?.risk(args.data) === "read";
    }),
    begin(params, requester) {
      const checked = checkInput(definition.input, params as JsonObject);
      if (!checked.ok) return { problems: checked.problems };
      return { input: checked.input, title: titleOf(definition, checked.input, requester) };
    },
  };
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
