import { dirname, resolve } from "node:path";
import { checkingPlans, planReader, type Specialist, specialists as shipped, whyNoAgent } from "./agents/index.ts";
import { turnTool } from "./agents/turn.ts";
import type { ConnectorSettings } from "./config/connectors.ts";
import { checkPolicies } from "./config/policies.ts";
import { audienceChannels, type StewardYaml } from "./config/schema.ts";
import type { Settings } from "./config/settings.ts";
import { checkSpecialists, equipped } from "./config/specialists.ts";
import type { Connectors } from "./connectors.ts";
import { confined } from "./domain/egress.ts";
import type { IntentSpec } from "./domain/intent.ts";
import type { AnyTool } from "./domain/tool.ts";
import { asksPeople, mayAsk, type PolicyRule } from "./gates/gates.ts";
import { type InUse, openInUse } from "./in-use.ts";
import type { ObjectionParts } from "./inbox/objection.ts";
import { type Library, openLibrary, understoodBy } from "./library.ts";
import { createMessenger, type Messenger } from "./messenger.ts";
import { createModel, type Model } from "./model/model.ts";
import { recordNotice } from "./records.ts";
import { openServices } from "./services.ts";
import { openSources } from "./sources.ts";
import { clockOf, type Database } from "./store/database.ts";
import { excerptOf, modelLedger } from "./store/model.ts";
import { findPeople } from "./store/people.ts";
import { trialStore } from "./store/trial.ts";
import { type Handbook, handbookOf, openHandbook } from "./systems/knowledge/handbook.ts";
import { type Bench, ownTools } from "./toolbox.ts";
import { type TrialCompany, trialCompany } from "./trial/trial.ts";
import type { Definition } from "./workflow/index.ts";

export interface Extra {
  /** Tools besides those of the systems connected here. */
  readonly tools?: readonly AnyTool[];
  /** Definitions besides those in workflows/. */
  readonly definitions?: readonly Definition[];
  /** Specialists besides those in src/agents. */
  readonly specialists?: readonly Specialist[];
}

interface Around {
  readonly settings: Settings;
  readonly yaml: StewardYaml;
  readonly configured: ConnectorSettings;
  readonly policies: readonly PolicyRule[];
  readonly tenant: string;
  readonly db: Database;
  readonly outside: Connectors;
  readonly trial: TrialCompany | null;
  readonly extra: Extra;
  /** What systems can tell of. */
  readonly events: readonly string[];
  /** What is there once everything is wired: no tool runs before. */
  readonly later: Omit<Bench["later"], "tools" | "library" | "inUse" | "model">;
  onError(error: Error): void;
}

/** What one Steward can do. */
interface Abilities {
  readonly tools: ReadonlyMap<string, AnyTool>;
  readonly library: Library;
  /** Workflows in use beside those of the folder. */
  readonly inUse: InUse;
  /** Everything people can ask for now: what ships, and what definitions bring themselves. The same list while nothing changes. */
  understood(): readonly IntentSpec[];
  readonly specialists: readonly Specialist[];
  /** Why none of these specialists can do a task here; null where one can. */
  readonly whyNoAgent: ObjectionParts["whyNoAgent"];
  readonly model: Model;
  readonly messenger: Messenger;
  readonly sources: Bench["sources"];
  readonly handbook: Handbook;
}

/** Gathers the tools, the specialists and the model, and reads the definitions that use them. Throws Fault("bad-config") with one readable sentence. */
export async function openAbilities(around: Around): Promise<Abilities> {
  const { settings, yaml, configured, policies, tenant, db, outside, trial, extra, events, later, onError } = around;
  const systems = [...(trial?.tools ?? []), ...(extra.tools ?? [])];
  const sources = await openSources(configured, {
    mode: settings.mode,
    person: async (of, id) => (await findPeople(db, of, [id]))[0] ?? null,
    now: () => clockOf(db),
    onError,
  });
  const services = await openServices(yaml.services, { settings, configured, now: () => clockOf(db) });
  const ledger = modelLedger(db);
  const atHand = equipped([...shipped, ...(extra.specialists ?? [])], yaml);
  const plans = planReader({
    tools: () => tools,
    specialists: atHand,
    audiences: audienceChannels(yaml),
    channels: yaml.channels.map(({ name }) => name),
    told: Object.keys(yaml.audiences),
    asks: (call) => asksPeople(policies, call),
    mayAsk: (tool) => mayAsk(policies, tool, {}),
  });
  const specialists = checkingPlans(atHand, plans.read);
  const messenger = createMessenger({
    db,
    yaml,
    kernel: later.kernel,
    morning: () => library.byName.get("morning"),
  });
  // Paths in steward.yaml begin where it lies.
  const handbook =
    yaml.knowledge === undefined ? handbookOf([]) : openHandbook(resolve(dirname(settings.configFile), yaml.knowledge));
  const own = ownTools({
    db,
    yaml,
    handbook,
    folder: dirname(settings.configFile),
    policies,
    github: settings.github ?? null,
    jira: settings.jira ?? null,
    trial,
    sources,
    services,
    outside,
    messenger,
    ledger,
    specialists,
    plans,
    later: {
      ...later,
      tools: () => tools,
      library: () => library,
      inUse: () => inUse,
      model: () => model.health(),
    },
  });
  const model: Model = createModel({
    settings: settings.model,
    models: yaml.models,
    ledger,
    at: (await clockOf(db)).toISOString(),
    tools: () => tools,
    specialists,
    artifact: (of, runId, id, characters) => excerptOf(db, of, runId, id, characters),
    notice: (of, notice) => recordNotice(later.kernel(), of, notice),
  });
  const tools: ReadonlyMap<string, AnyTool> = new Map(
    [...own, ...model.tools, ...outside.tools, ...systems].map((tool) => [tool.name, confined(tool)]),
  );
  const there = [...((await trial?.services(tenant)) ?? []), ...yaml.services];
  checkPolicies(policies, yaml, settings.configFile, {
    tools,
    // A policy may be there before the system that it is about.
    elsewhere: trialCompany(trialStore(db)).tools.map(({ name }) => name),
    services: [...new Set(there.map(({ name }) => name))],
  });
  checkSpecialists(specialists, yaml, tools, settings.configFile);
  const hasModel = model.isConfigured || (extra.tools ?? []).some(({ name }) => name === turnTool);
  const library = await openLibrary(
    db,
    tenant,
    {
      tools,
      specialists,
      hasModel,
      events,
      audiences: audienceChannels(yaml),
      policies,
      // With no system connected, what needs one is left out instead of refused.
      isComplete: systems.length > 0,
    },
    extra.definitions ?? [],
  );
  const has = (what: NonNullable<IntentSpec["needs"]>) => (what === "model" ? hasModel : tools.has(what));
  const inUse = openInUse({ db, tenant, kernel: later.kernel, onError }, library);
  await inUse.refresh();
  let known = { of: library.startable, intents: understoodBy(library, has) };
  const understood = () => {
    if (known.of !== library.startable) known = { of: library.startable, intents: understoodBy(library, has) };
    return known.intents;
  };
  const noAgent: ObjectionParts["whyNoAgent"] = (names, task) => whyNoAgent(specialists, hasModel, names, task);
  return { tools, library, inUse, understood, specialists, whyNoAgent: noAgent, model, messenger, sources, handbook };
}
