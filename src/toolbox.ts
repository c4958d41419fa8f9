import { agentTools, type PlanReader, planTools, type Specialist } from "./agents/index.ts";
import { type StewardYaml, zoneOf } from "./config/schema.ts";
import type { Settings } from "./config/settings.ts";
import type { Connectors } from "./connectors.ts";
import { type AnyTool, inWords } from "./domain/tool.ts";
import type { PolicyRule } from "./gates/gates.ts";
import { ownerIn, ownersIn } from "./hooks.ts";
import type { InUse } from "./in-use.ts";
import type { Library } from "./library.ts";
import type { Messenger } from "./messenger.ts";
import type { Kernel } from "./orchestrator/kernel.ts";
import { pastTools } from "./past.ts";
import { connectionsOf, gatesFor, type openPlatforms } from "./platforms.ts";
import type { openSources } from "./sources.ts";
import { agentStore } from "./store/agents.ts";
import { readArtifact } from "./store/artifacts.ts";
import { clockOf, type Database } from "./store/database.ts";
import { keepDefinitions } from "./store/definitions.ts";
import { runsOfEffects } from "./store/granted-by.ts";
import type { modelLedger } from "./store/model.ts";
import { allPeople, findPeople, holdersOf } from "./store/people.ts";
import { openGates } from "./store/reads/gates.ts";
import { openRuns } from "./store/reads/overview.ts";
import { matterOf, recordedRun } from "./store/reads/record.ts";
import { reviewLoad } from "./store/reads/reviews.ts";
import { ticketOf } from "./store/reads/ticket.ts";
import { awaiting } from "./store/reads/waiting.ts";
import { remindersOf } from "./store/reminders.ts";
import { openRequests } from "./store/requests.ts";
import { toldBy } from "./store/told.ts";
import { approverTools } from "./systems/access/approvers.ts";
import { accessTools } from "./systems/access/tools.ts";
import { analysisTools } from "./systems/analysis/tools.ts";
import type { ConnectorHealth } from "./systems/breaker.ts";
import { chartTools } from "./systems/charts/tools.ts";
import { reviewTools } from "./systems/github/reviews.ts";
import { toldTools } from "./systems/github/told.ts";
import { ticketTools } from "./systems/jira/tickets.ts";
import type { Handbook } from "./systems/knowledge/handbook.ts";
import { knowledgeTools } from "./systems/knowledge/tools.ts";
import { overviewTools } from "./systems/overview/tools.ts";
import { waitingTools } from "./systems/overview/waiting.ts";
import { recordTools } from "./systems/record/tools.ts";
import { reminderTools } from "./systems/requests/reminders.ts";
import { requestTools } from "./systems/requests/tools.ts";
import { sandboxTools } from "./systems/sandbox/tools.ts";
import { trackerTools } from "./systems/tracker/tools.ts";
import { beginPlan } from "./tasks.ts";
import type { TrialCompany } from "./trial/trial.ts";

/** What tools work with. */
export interface Bench {
  readonly db: Database;
  readonly yaml: StewardYaml;
  readonly handbook: Handbook;
  /** Where the handbook's folder is looked for. */
  readonly folder: string;
  readonly policies: readonly PolicyRule[];
  readonly github: NonNullable<Settings["github"]> | null;
  readonly jira: NonNullable<Settings["jira"]> | null;
  readonly trial: TrialCompany | null;
  readonly sources: Awaited<ReturnType<typeof openSources>>;
  readonly services: readonly AnyTool[];
  readonly outside: Connectors;
  readonly messenger: Messenger;
  readonly ledger: ReturnType<typeof modelLedger>;
  readonly specialists: readonly Specialist[];
  readonly plans: PlanReader;
  /** What is there once everything is wired: no tool runs before. */
  readonly later: {
    kernel(): Kernel;
    tools(): ReadonlyMap<string, AnyTool>;
    library(): Library;
    inUse(): InUse;
    /** How the model's API does, where there is one. */
    model(): readonly ConnectorHealth[];
    platforms(): Awaited<ReturnType<typeof openPlatforms>>;
    address(path: string): string;
  };
}

/** Every tool that comes with Steward itself. */
export function ownTools({
  db,
  yaml,
  handbook,
  folder,
  policies,
  github,
  jira,
  trial,
  sources,
  services,
  outside,
  messenger,
  ledger,
  specialists,
  plans,
  later,
}: Bench): AnyTool[] {
  const personOf = async (of: string, id: string) => (await findPeople(db, of, [id]))[0] ?? null;
  return [
    ...sources.tools,
    ...services,
    ...knowledgeTools(handbook),
    ...analysisTools((...which) => readArtifact(db, ...which)),
    ...chartTools((...which) => readArtifact(db, ...which)),
    ...recordTools(
      (asked) => recordedRun(db, asked),
      (asked) => matterOf(db, asked),
      (name, args) => inWords(later.tools(), name, args),
    ),
    ...messenger.tools,
    ...(trial === null
      ? []
      : accessTools({
          person: personOf,
          held: (of) => trial.grants(of),
          runsOf: (of, ids) => runsOfEffects(db, of, ids),
        })),
    ...approverTools({ rules: policies, tools: later.tools, holders: (of, role) => holdersOf(db, of, [role]) }),
    ...sandboxTools((...which) => readArtifact(db, ...which)),
    ...requestTools({
      open: (of) => openRequests(db, of),
      holders: (of, role) => holdersOf(db, of, [role]),
    }),
    ...reminderTools({ of: (of, id) => remindersOf(db, of, id), zone: (id) => zoneOf(yaml, id) }),
    ...overviewTools({
      person: personOf,
      now: () => clockOf(db),
      services: trial === null ? null : (of) => trial.ailing(of),
      runs: (of) => openRuns(db, of),
      gates: (of) => openGates(db, of),
      connections: () => connectionsOf([...sources.health(), ...outside.health(), ...later.model()], later.platforms()),
      spentToday: async (of) => {
        const day = (await ledger.spend(of, {})).find(({ scope }) => scope === "day");
        return day === undefined ? null : { usd: day.spentUsd + day.reservedUsd, capUsd: day.capUsd };
      },
    }),
    ...waitingTools({
      person: personOf,
      now: () => clockOf(db),
      gates: (of, person) => gatesFor(db, of, person),
      runs: (of, person) => awaiting(db, of, person),
      untaken: async (of, id) =>
        (await openRequests(db, of)).filter(({ takenBy, askedById }) => takenBy === null && askedById !== id).length,
      address: later.address,
    }),
    ...ticketTools({
      person: personOf,
      projects: yaml.connectors.jira.projects,
      find: jira && (async (...asked) => (await import("./systems/jira/tools.ts")).issueFinder(jira)(...asked)),
      egress: jira === null ? [] : [new URL(jira.url).host],
    }),
    ...pastTools({ db, yaml, folder, library: later.library, inUse: later.inUse, person: personOf }),
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
      ...plans,
      keep: (of, definition) => keepDefinitions(db, of, [definition]),
      begin: (plan) => beginPlan(later.kernel(), db, plan),
    }),
    ...trackerTools({
      ticketOf: (of, run) => ticketOf(db, of, run),
      // Without an account the trial company's own desk shows it.
      keeper: async () =>
        github === null ? (trial?.desk ?? null) : (await import("./systems/github/keeper.ts")).githubKeeper(github),
      jira: {
        projects: yaml.connectors.jira.projects,
        keeper: async () =>
          jira === null
            ? (trial?.desk ?? null)
            : (await import("./systems/jira/keeper.ts")).jiraKeeper(jira, yaml.connectors.jira.projects),
      },
      egress: [github, jira].flatMap((there) => (there === null ? [] : [new URL(there.url).host])),
      address: later.address,
    }),
    ...toldTools({
      told: (of, event) => toldBy(db, of, "github", event),
      ownerOf: (texts) => ownerIn(yaml, texts),
      holders: (of, role) => holdersOf(db, of, [role]),
      access: github,
    }),
    ...agentTools(
      agentStore(db),
      async ({ tenant: of, actorId, key, from, text }) => {
        await later.kernel().mail(of, actorId, key, { type: "message", from, text }, from);
      },
      specialists,
    ),
  ];
}
