import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { intents } from "../intents/all.ts";
import * as agents from "../machines/agent.ts";
import * as gates from "../machines/gate.ts";
import * as plans from "../machines/plan.ts";
import type { Specialist } from "./agents/index.ts";
import { turnTool } from "./agents/turn.ts";
import { Fault } from "./domain/fault.ts";
import type { IntentSpec } from "./domain/intent.ts";
import { type AnyTool, risksOf } from "./domain/tool.ts";
import { mayAsk, type PolicyRule } from "./gates/gates.ts";
import type { Startable } from "./inbox/letter.ts";
import { type DurableMachine, loadMachine } from "./orchestrator/machine.ts";
import { type Phrased, withPhrased } from "./recognize/defined.ts";
import { startable } from "./startable.ts";
import type { Database } from "./store/database.ts";
import { keepDefinitions, keptDefinition } from "./store/definitions.ts";
import {
  type Audiences,
  type Definition,
  definitionFrom,
  eventsOf,
  findReferences,
  formatProblem,
  handOverAnswers,
  loadDefinition,
  type Problem,
  riskIn,
  withDemanded,
} from "./workflow/index.ts";

/** Definitions held ready at once: there may be one for every run. */
const mostPlans = 500;

/** The definitions there are, and the machines that run them. */
export interface Library {
  /** Which definitions are not there because no system offers what they need, or null. */
  readonly leftOut: string | null;
  readonly byName: ReadonlyMap<string, Definition>;
  /** Another list whenever something was taken into use or out of it. */
  readonly startable: readonly Startable[];
  /** A text as a file of workflows/: what it would be, or all that the start would find wrong with it. */
  judge(text: string): Judged;
  /** Those of these texts that would be taken beside the folder's, each beside those before it, and what is wrong with the others. */
  together(texts: readonly string[]): {
    readonly definitions: readonly Definition[];
    readonly problems: readonly string[];
  };
  /** What is in use beside the folder's, from now on. */
  adopt(definitions: readonly Definition[]): void;
  adopted(): readonly Definition[];
  /** All that people could ask for, if everything were there that it needs. */
  intents(): readonly IntentSpec[];
  machine(tenant: string, name: "plan" | "agent" | "gate", hash: string | null): Promise<DurableMachine>;
}

export type Judged =
  /** With all that people could ask for then. */
  | { readonly ok: true; readonly definition: Definition; readonly intents: readonly IntentSpec[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** What definitions may name. */
interface Around {
  readonly tools: ReadonlyMap<string, AnyTool>;
  readonly specialists: readonly Specialist[];
  readonly hasModel: boolean;
  /** What systems can tell of. */
  readonly events: readonly string[];
  readonly audiences: Audiences;
  readonly policies: readonly PolicyRule[];
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
export async function openLibrary(
  db: Database,
  tenant: string,
  { tools, specialists: agentsThere, hasModel, events, audiences, policies, isComplete }: Around,
  more: readonly Definition[],
): Promise<Library> {
  // Tasks that begin without a model do not ask for one; those that began with one are told that it is gone.
  const usable = hasModel ? tools : new Map([...tools].filter(([name]) => name !== turnTool));
  const trusted = (name: string) => tools.get(name)?.trusted === true;
  const known = {
    tools: [...tools.values()],
    intents: intents.map((intent) => intent.name),
    events,
    audiences,
    specialists: agentsThere,
    trusted,
  };
  const folder = new URL("../workflows/", import.meta.url).pathname;
  const problems: string[] = [];
  const leftOut: { name: string; lacks: readonly string[] }[] = [];
  const demanded = (definition: Definition) =>
    withDemanded(definition, (step) => {
      const { name, args } = step.tool;
      const known = Object.entries(args).filter(([, value]) => findReferences(value).length === 0);
      const risk = riskIn(definition, step, tools);
      const tool = tools.get(name);
      // What nobody wrote an approval for is asked about all the same, and not refused when its turn has come.
      if (risk === "dangerous" && tool !== undefined && risksOf(tool).includes("dangerous")) return true;
      return risk !== "read" && mayAsk(policies, name, Object.fromEntries(known));
    });
  const loaded: Definition[] = more.map(demanded);
  for (const file of readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()) {
    const read = loadDefinition(readFileSync(join(folder, file), "utf8"), `workflows/${file}`, known);
    if (read.ok) loaded.push(demanded(read.definition));
    else if (isComplete || !read.problems.every(isAbsentTool)) problems.push(...read.problems.map(formatProblem));
    else leftOut.push({ name: file.replace(/\.ya?ml$/, ""), lacks: read.problems.map(({ message }) => message) });
  }
  if (problems.length > 0) throw new Fault("bad-config", problems.join("\n"));
  await keepDefinitions(db, tenant, loaded);
  const agentOf = (specialist: Specialist) =>
    loadMachine({
      version: agents.version,
      ignores: agents.ignores,
      upgrade: agents.upgrade,
      parked: agents.parked,
      logic: agents.agentMachine(specialist, usable) as never,
    });
  const machines = new Map<string, DurableMachine>([
    ["gate:", loadMachine({ version: gates.version, ignores: gates.ignores, logic: gates.gateMachine as never })],
    ...agentsThere.map((specialist): [string, DurableMachine] => [`agent:${specialist.name}`, agentOf(specialist)]),
  ]);
  const recent: string[] = [];
  const planOf = (definition: Definition) =>
    loadMachine({
      version: plans.version,
      ignores: plans.ignores,
      upgrade: plans.upgrade,
      logic: plans.planMachine(definition, trusted, audiences) as never,
    });
  const byName = new Map(loaded.map((definition) => [definition.name, definition]));
  const ofFolder = loaded.map((definition) => startable(definition, tools, agentsThere));
  let adopted: readonly Definition[] = [];
  let all: readonly Startable[] = ofFolder;
  let askable = withPhrased(intents, phrasedOf(loaded)).intents;
  const judge = (text: string, others: readonly Definition[]): Judged => {
    const read = loadDefinition(text, "workflows", known);
    if (!read.ok) return { ok: false, problems: read.problems.map(formatProblem) };
    const definition = demanded(read.definition);
    const beside = [...loaded, ...others];
    if (beside.some(({ name }) => name === definition.name))
      return { ok: false, problems: [`There is a workflow ${definition.name} already.`] };
    const { problems, intents: understood } = withPhrased(intents, phrasedOf([...beside, definition]));
    return problems.length === 0 ? { ok: true, definition, intents: understood } : { ok: false, problems };
  };
  return {
    leftOut: leftOutSentence(leftOut),
    byName,
    judge: (text) => judge(text, adopted),
    together(texts) {
      const definitions: Definition[] = [];
      const wrong: string[] = [];
      for (const text of texts) {
        const judged = judge(text, definitions);
        if (judged.ok) definitions.push(judged.definition);
        else wrong.push(judged.problems.join(" "));
      }
      return { definitions, problems: wrong };
    },
    adopt(definitions) {
      for (const { name } of adopted) byName.delete(name);
      for (const definition of definitions) byName.set(definition.name, definition);
      adopted = definitions;
      askable = withPhrased(intents, phrasedOf([...loaded, ...adopted])).intents;
      all = [...ofFolder, ...definitions.map((definition) => startable(definition, tools, agentsThere))];
    },
    adopted: () => adopted,
    intents: () => askable,
    get startable() {
      return all;
    },
    async machine(_tenant, name, hash) {
      const key = `${name}:${hash ?? ""}`;
      const known = machines.get(key);
      if (known) return known;
      // A specialist that a later version no longer has: its task can be stopped, and fails when it would go on.
      if (name === "agent" && hash !== null)
        return agentOf({ name: hash, summary: "", tools: [], tasks: {}, concurrency: 1 });
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

/** What people can ask for here, with the definitions that say themselves how. Throws Fault("bad-config") when their phrases mean something else already. */
export function understoodBy(
  { byName }: Library,
  has: (what: NonNullable<IntentSpec["needs"]>) => boolean,
): readonly IntentSpec[] {
  const all = withPhrased(intents, phrasedOf([...byName.values()]));
  if (all.problems.length > 0) throw new Fault("bad-config", all.problems.join("\n"));
  // What neither begins anything here nor is waited for cannot be done here: people may be able to help.
  const used = new Set(["help", ...[...byName.values()].flatMap(intentsOf)]);
  return all.intents
    .filter(({ name, tells }) => tells !== undefined || used.has(name))
    .map((spec) => (spec.needs === undefined || has(spec.needs) ? spec : { ...spec, hidden: true }));
}

/** Those that say themselves how people ask for them. */
function phrasedOf(definitions: readonly Definition[]): Phrased[] {
  return definitions.flatMap(({ phrases, ...definition }) =>
    phrases === undefined ? [] : [{ ...definition, phrases }],
  );
}

/** The intents that begin it, that a step of it waits for, or that people answer with when nobody could do one. */
function intentsOf({ name, on, phrases, steps }: Definition): string[] {
  const events = steps.flatMap((step) => (step.kind === "wait" ? eventsOf(step) : []));
  const named = [...on, ...events].flatMap((one) => ("intent" in one ? [one.intent] : []));
  const asked = steps.some(({ kind }) => kind === "agent") ? handOverAnswers : [];
  return [...named, ...asked, ...(phrases === undefined ? [] : [name])];
}
