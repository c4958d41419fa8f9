import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { intents } from "../intents/all.ts";
import { type Extra, openAbilities } from "./abilities.ts";
import { createWebAdapter } from "./adapters/web/adapter.ts";
import { createWebChat } from "./adapters/web/chat.ts";
import { Hub } from "./adapters/web/hub.ts";
import { readConnectors } from "./config/connectors.ts";
import { configurationReport, readPolicies } from "./config/policies.ts";
import type { Settings } from "./config/settings.ts";
import { readStewardYaml } from "./config/steward-yaml.ts";
import { type Connectors, openConnectors } from "./connectors.ts";
import { showProgress } from "./delivery.ts";
import { Fault } from "./domain/fault.ts";
import type { Incoming } from "./domain/incoming.ts";
import { inWords } from "./domain/tool.ts";
import { hooksOf } from "./hooks.ts";
import { sessionKeyIn } from "./http/session-key.ts";
import { accept, inThread } from "./inbox/accept.ts";
import { createHookIntake } from "./inbox/hook.ts";
import { createLinks } from "./inbox/link.ts";
import { createRefuse } from "./inbox/refuse.ts";
import { createCourier } from "./messages/courier.ts";
import { createKernel, type Kernel } from "./orchestrator/kernel.ts";
import { intakeOf, openPlatforms, placesOf, unconfiguredIn } from "./platforms.ts";
import { openQueue } from "./queue/boss.ts";
import { jobParts } from "./queue/parts.ts";
import { checkIntents, help } from "./recognize/recognize.ts";
import { createGroupRoles } from "./roles.ts";
import { routingOf } from "./routing.ts";
import type { Steward } from "./steward.ts";
import { linkStore, threadAt } from "./store/chat.ts";
import type { Database } from "./store/database.ts";
import { keepDefinitions } from "./store/definitions.ts";
import { makeFolder } from "./store/folder.ts";
import { kernelStore } from "./store/kernel.ts";
import { createMessageStore } from "./store/messages.ts";
import { openDatabase } from "./store/open.ts";
import { allPeople, holdersOf, keepTenant } from "./store/people.ts";
import { takeRoster } from "./store/roster.ts";
import { trialStore } from "./store/trial.ts";
import { createWebPosts } from "./store/web-chat.ts";
import { inUse as usedNow } from "./store/workflow-use.ts";
import { recordsOf, rosterOf, tenant } from "./terminal.ts";
import { trialCompany } from "./trial/trial.ts";
import { workOf } from "./work.ts";

const root = new URL("../", import.meta.url).pathname;

/** Opens the database, reads configuration and definitions, and wires every part. Throws Fault("bad-config") with one readable sentence. */
export async function compose(
  settings: Settings,
  onError: (error: Error) => void,
  extra: Extra = {},
): Promise<Steward> {
  const yaml = readStewardYaml(settings.configFile);
  const policies = readPolicies(yaml, settings.configFile);
  checkIntents(intents);
  const configured = readConnectors(yaml.connectors, settings.configFile, settings);

  makeFolder(settings.dataDir);
  const db = await openDatabase(
    settings.databaseUrl ? { url: settings.databaseUrl } : { folder: settings.dataDir },
    onError,
  );
  let connectors: Connectors | null = null;
  try {
    await keepTenant(db, tenant);
    const outside = await openConnectors(settings, configured, (note) => onError(new Fault("conflict", note)));
    connectors = outside;
    const hooks = hooksOf(settings);
    const nameOf = (id: string) => yaml.people.find((person) => person.id === id)?.name ?? id;
    const hears = { changed: () => work.wakeAlerting(), nameOf };
    const trial = settings.mode === "trial" ? trialCompany(trialStore(db), hears) : null;
    await trial?.seed(tenant);
    const address = (path: string) => new URL(path, yaml.url ?? `http://localhost:${settings.port}`).href;
    const { tools, library, inUse, understood, model, messenger, sources, specialists, whyNoAgent, handbook } =
      await openAbilities({
        settings,
        yaml,
        configured,
        policies,
        tenant,
        db,
        outside,
        trial,
        extra,
        events: hooks.flatMap((hook) => hook.events),
        later: { kernel: () => kernel, platforms: () => platforms, address },
        onError,
      });
    const queue = await openQueue(db, onError);

    const posts = createWebPosts(db);
    await posts.openChannels(
      tenant,
      yaml.channels.map((channel) => channel.name),
    );
    const hub = new Hub((of) => posts.channels(of));
    const examples = help(understood()).map(({ example }) => example);
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
      policies,
      purse: model.purse,
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
      intake: intakeOf(platform, { db, yaml, kernel, links, roles: groupRoles, refuse, address }),
    }));
    const routing = routingOf({
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
      whyNoAgent,
      hooks,
      platforms,
      trial,
      everybody: yaml.people.map((person) => ({ ...person, managerId: person.manager ?? null, active: true })),
      onError,
    });
    const work = workOf({
      settings,
      yaml,
      tenant,
      db,
      queue,
      kernel,
      routing,
      courier,
      platforms: connected,
      webhooks,
      connectors: outside,
      onError,
    });
    const unconfigured = unconfiguredIn(settings);
    return {
      ...recordsOf(db, settings),
      queue,
      kernel,
      chat,
      platforms: connected,
      webhooks,
      trial,
      definitions: library.byName,
      inUse: () => usedNow(db, tenant),
      refreshed: () => inUse.refresh(),
      leftOut: library.leftOut,
      get intents() {
        return understood();
      },
      objection: routing.objection,
      specialists,
      tools,
      inWords: (name, args) => inWords(tools, name, args),
      quiet: messenger.quiet,
      version: (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version,
      mode: settings.mode,
      connectors: {
        health: () => [...sources.health(), ...outside.health(), ...model.health()],
        examine: async () => [...(await sources.examine()), ...(await outside.examine())],
      },
      configuration: configurationReport(settings.configFile, yaml, policies, tools),

      outside: [
        ...(settings.model === null ? [] : ["Anthropic's API"]),
        ...[...sources.health(), ...outside.health()].map(({ connector, name = connector }) => name),
        ...[...platforms.keys()].filter((name) => !unconfigured.includes(name)),
      ],
      unconfigured,
      alive: () => answers(db),
      bring: (definition) => keepDefinitions(db, tenant, [definition]),
      sessionSecret: sessionKeyIn(settings.dataDir),
      people: () => allPeople(db, tenant),
      person: (id) => routing.person(tenant, id),
      freshenRoles: (id) => groupRoles.freshen(tenant, id),
      refuse,
      async start() {
        const taken = await takeRoster(db, tenant, rosterOf(yaml));
        if (taken.kind === "replaced")
          onError(new Fault("conflict", replacedSentence(settings.configFile, taken.since)));
        await work.start();
      },
      stop: work.stop,
      close: work.close,
    };
  } catch (error) {
    await Promise.all([connectors?.close(), db.close().catch(() => undefined)]);
    throw error;
  }
}

const replacedSentence = (file: string, since: string) =>
  `The people, roles and accounts of ${file} were replaced by another file at ${since}, so this start left them as they are. If this file is the one that holds: npx steward people apply.`;

function answers(db: Database): Promise<boolean> {
  const answer = db.query("select 1").then(
    () => true,
    () => false,
  );
  return Promise.race([answer, wait(2000, false, { ref: false })]);
}
