import { dirname } from "node:path";
import { checkingPlans, planReader, type Specialist, specialists as shipped, whyNoAgent } from "./agents/index.ts";
import { turnTool } from "./agents/turn.ts";
import type { ConnectorSettings } from "./config/connectors.ts";
import { checkPolicies } from "./config/policies.ts";
import type { Settings } from "./config/settings.ts";
import { checkSpecialists, equipped } from "./config/specialists.ts";
import { audienceChannels, type StewardYaml } from "./config/steward-yaml.ts";
import type { Connectors } from "./connectors.ts";
import type { IntentSpec } from "./domain/intent.ts";
import type { AnyTool } from "./domain/tool.ts";
import { asksPeople, type PolicyRule } from "./gates/gates.ts";
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
  readonly later: Omit<Bench["later"], "tools">;
  onError(error: Error): void;
}

/** What one Steward can do. */
interface Abilities {
  readonly tools: ReadonlyMap<string, AnyTool>;
  readonly library: Library;
  /** Everything people can ask for: what ships, and what definitions bring themselves. */
  readonly understood: readonly IntentSpec[];
  readonly specialists: readonly Specialist[];
  /** Why none of these specialists can do a task here; null where one can. */
  readonly whyNoAgent: ObjectionParts["whyNoAgent"];
  readonly model: Model;
  readonly messenger: Messenger;
  readonly sources: Bench["sources"];
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
  const readPlan = planReader({
    tools: () => tools,
    specialists: atHand,
    audiences: audienceChannels(yaml),
    channels: yaml.channels.map(({ name }) => name),
    asks: (call) => asksPeople(policies, call),
  });
  const specialists = checkingPlans(atHand, readPlan);
  const messenger = createMessenger({
    db,
    yaml,
    kernel: later.kernel,
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
    specialists,
    readPlan,
    later: { ...later, tools: () => tools },
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
    [...own, ...model.tools, ...outside.tools, ...systems].map((tool) => [tool.name, tool]),
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
  const understood = understoodBy(library, (what) => (what === "model" ? hasModel : tools.has(what)));
  const noAgent: ObjectionParts["whyNoAgent"] = (names, task) => whyNoAgent(specialists, hasModel, names, task);
  return { tools, library, understood, specialists, whyNoAgent: noAgent, model, messenger, sources };
}
