/** Faults injected into a trial company, and what its specialists make of what its tools show. */
import { randomUUID } from "node:crypto";
import { specialists } from "../src/agents/index.ts";
import type { Json, JsonObject } from "../src/domain/json.ts";
import type { AnyTool } from "../src/domain/tool.ts";
import type { Database } from "../src/store/database.ts";
import { trialStore } from "../src/store/trial.ts";
import { analysisTools } from "../src/systems/analysis/tools.ts";
import type { Environment, Where } from "../src/trial/company.ts";
import { calls, faultKinds } from "../src/trial/faults.ts";
import { draw } from "../src/trial/noise.ts";
import { trialCompany } from "../src/trial/trial.ts";
import { resolve } from "../src/workflow/index.ts";

const minute = 60_000;

/** Something that happens `at` milliseconds after the fault (below zero: before it). */
export type Event = { readonly at: number; readonly service: string; readonly what: string } & (
  | { readonly do: "deploy" | "configure" | "restart" | "mend" }
  | { readonly do: "break"; readonly fault: string }
);

export interface Scenario {
  readonly name: string;
  readonly environment: Environment;
  /** When it begins, in milliseconds since 1970. */
  readonly start: number;
  readonly events: readonly Event[];
  /** The service whose alert fires, and when; the analysis looks at `look`. Milliseconds after the fault. */
  readonly alert: { readonly service: string; readonly at: number };
  readonly look: number;
  /** What is really wrong and where; null: nothing. */
  readonly truth: { readonly fault: string; readonly service: string } | null;
}

export interface Outcome {
  readonly scenario: Scenario;
  readonly first: string;
  readonly confidence: number;
  /** Of the true cause, from 1; null when it is not among those named. */
  readonly rank: number | null;
  /** The same with the logs withheld: from figures, deploys and instances alone. */
  readonly rankWithoutLogs: number | null;
  /** The same with every figure off by up to a quarter, too. */
  readonly rankInNoise: number | null;
  readonly actionInNoise: string;
  /** What the analysis specialist reported. */
  readonly report: JsonObject;
  readonly action: string;
  /** Whether what was proposed, done with the very arguments, ended the fault; where no tool can, whether nothing was proposed. */
  readonly healed: boolean;
}

/** What grows does not hurt at once: before that no alert would fire. */
const alarmAfter: Readonly<Record<string, number>> = {
  "memory-leak": 15 * minute,
  "disk-full": 2.5 * minute,
  "traffic-spike": minute,
};

/** Ten kinds of fault and a dependency that is down, each once, at a place, time and among red herrings that the seed draws. */
export function scenariosOf(seed: string): Scenario[] {
  return faultKinds.map((kind): Scenario => {
    const pick = <T>(what: string, from: readonly T[]): T =>
      from[Math.floor(draw(`${seed}/${kind}/${what}`) * from.length)] as T;
    const environment = pick<Environment>("environment", ["production", "production", "staging"]);
    const hit = pick("service", kind === "dependency-down" ? ["website", "checkout"] : Object.keys(calls));
    const fault = kind === "dependency-down" ? "hung" : kind;
    const service = kind === "dependency-down" ? (calls[hit]?.[0] ?? hit) : hit;
    const slow = alarmAfter[kind] ?? 0;
    const looks = [6_000, 40_000, 90_000, 5 * minute, 12 * minute];
    // A caller feels what its callee feels a little later.
    const look = slow + pick("look", kind === "dependency-down" ? looks.slice(1) : looks);
    const caller = pick("caller", [null, ...Object.keys(calls).filter((one) => calls[one]?.includes(service))]);
    const alerted = kind === "dependency-down" ? hit : look - slow >= 90_000 && caller !== null ? caller : service;
    const herrings = [...new Set([pick("herring", herringNames), pick("another", herringNames)])];
    return {
      name: `${kind} of ${hit} in ${environment}`,
      environment,
      start: startOf(`${seed}/${kind}`),
      events: [
        ...herrings.flatMap((name) => herringsOf(service)[name] ?? []),
        { at: 0, service: hit, what: "", do: "break", fault: kind },
      ],
      alert: { service: alerted, at: Math.min(look, slow + 30_000) },
      look,
      truth: { fault, service },
    };
  });
}

/** Nothing is wrong with the service whose alert fires (any more), though things happen around it. */
export function harmless(seed: string): Scenario[] {
  const make = (name: string, alerted: string, events: readonly Event[]): Scenario => ({
    name,
    environment: "production",
    start: startOf(`${seed}/${name}`),
    events,
    alert: { service: alerted, at: 30_000 },
    look: 5 * minute,
    truth: null,
  });
  const deploy = (service: string, at: number): Event => ({ at, service, what: "", do: "deploy" });
  const ill = (service: string, fault: string, from: number, until: number): Event[] => [
    { at: from, service, what: "", do: "break", fault },
    { at: until, service, what: "", do: "mend" },
  ];
  return [
    make("nothing happened", "checkout", []),
    make("a harmless deploy just before", "checkout", [deploy("checkout", -20_000)]),
    make("a harmless configuration and a deploy below", "website", [
      { at: -60_000, service: "website", what: "", do: "configure" },
      deploy("billing", 10_000),
    ]),
    make("a restart for no reason", "search", [{ at: -60_000, service: "search", what: "", do: "restart" }]),
    make("a service that it does not call is ill", "search", [
      { at: 0, service: "checkout", what: "", do: "break", fault: "slow" },
    ]),
    make("its caller is ill, not it", "billing", [
      { at: 0, service: "checkout", what: "", do: "break", fault: "bad-deploy" },
    ]),
    make("slow for a while, and over", "checkout", ill("checkout", "slow", -40 * minute, -30 * minute)),
    make("what it calls hung for a while, and over", "checkout", ill("billing", "hung", -30 * minute, -25 * minute)),
  ];
}

/** What the specialists make of it, in a trial company of its own in this database, whose clock is moved. */
export async function play(db: Database, scenario: Scenario): Promise<Outcome> {
  const { environment, start, alert, look, truth } = scenario;
  const tenant = randomUUID();
  await setClock(db, start - 180 * minute);
  await db.query("insert into steward.tenant (id, name) values ($1, 'Trial')", [tenant]);
  const store = trialStore(db);
  const company = trialCompany(store, { pause: async () => undefined });
  await company.seed(tenant);
  const tools = [...company.tools, ...analysisTools(async () => null)];
  const where = (service: string): Where => ({ tenant, service, environment });
  for (const event of [...scenario.events].sort((a, b) => a.at - b.at)) {
    await setClock(db, start + event.at);
    await happen(company, tools, where(event.service), event);
  }
  await setClock(db, start + look);
  const input = { service: alert.service, environment, startedAt: new Date(start + alert.at).toISOString() };
  const evidence = await task(tools, tenant, "data", "gather-incident", input);
  const report = await task(tools, tenant, "analysis", "root-cause", { ...input, evidence });
  const judge = (given: JsonObject) => task(tools, tenant, "analysis", "root-cause", { ...input, evidence: given });
  const blind = await judge(withoutLogs(evidence));
  const shaken = await judge(noisy(withoutLogs(evidence)));
  const causes = report["causes"] as readonly { cause: string; service: string; confidence: number }[];
  return {
    scenario,
    first: causes[0]?.cause ?? "no cause",
    confidence: causes[0]?.confidence ?? 0,
    rank: truth && rankOf(report, truth),
    rankWithoutLogs: truth && rankOf(blind, truth),
    rankInNoise: truth && rankOf(shaken, truth),
    actionInNoise: String(shaken["action"]),
    action: String(report["action"]),
    report,
    healed: await heals(tools, where(truth?.service ?? alert.service), store, truth, report),
  };
}

async function heals(
  tools: readonly AnyTool[],
  where: Where,
  store: ReturnType<typeof trialStore>,
  truth: Scenario["truth"],
  report: JsonObject,
): Promise<boolean> {
  if (truth === null || ["crashloop", "cert-expired"].includes(truth.fault)) return report["action"] === "none";
  if (report["action"] === "none") return false;
  await call(tools, where.tenant, `services.${String(report["action"])}`, report["target"] as JsonObject);
  return (await store.service(where))?.fault === null;
}

/** How each fault is named when it is found; a release must be named by its version. */
const named: Readonly<Record<string, RegExp>> = {
  crashloop: /do not start/,
  "memory-leak": /out of memory/,
  "bad-deploy": /^version \S+ of \S+, deployed by mia/,
  "config-change": /^the configuration \S+ of \S+, deployed by mia/,
  slow: /Connections of \S+ .* used up/,
  hung: /hangs/,
  "traffic-spike": /More requests/,
  "disk-full": /disk of \S+ is full/,
  "noisy-neighbour": /take the CPU/,
  "cert-expired": /certificate/,
};

function rankOf(report: JsonObject, truth: NonNullable<Scenario["truth"]>): number | null {
  const causes = report["causes"] as readonly { cause: string; service: string }[];
  const at = causes.findIndex(
    ({ cause, service }) => service === truth.service && named[truth.fault]?.test(cause) === true,
  );
  return at < 0 ? null : at + 1;
}

type Company = ReturnType<typeof trialCompany>;

async function happen(company: Company, tools: readonly AnyTool[], where: Where, event: Event): Promise<void> {
  const { tenant: _, ...place } = where;
  const { version } = (await company.page(where)).service;
  switch (event.do) {
    case "break":
      return company.breakService(where, event.fault, "mia");
    case "mend":
      return company.mend(where, "mia");
    case "deploy":
      return company.deploy(where, `${version}-rc.1`, "leo");
    case "configure":
      return company.deploy(where, `${version}+config.7`, "leo", "configuration");
    case "restart":
      await call(tools, where.tenant, "services.restart", place);
  }
}

const herringNames = [
  "none",
  "early deploy",
  "deploy just before",
  "late deploy",
  "deploy below",
  "configuration",
  "restart",
  "blip",
  "neighbour",
];

function herringsOf(service: string): Readonly<Record<string, readonly Event[]>> {
  const other = service === "search" ? "billing" : "search";
  const below = calls[service]?.[0] ?? other;
  return {
    "early deploy": [{ at: -12 * minute, service, what: "deploy 12 min before", do: "deploy" }],
    "deploy just before": [{ at: -75_000, service, what: "deploy 75 s before", do: "deploy" }],
    "late deploy": [{ at: 25_000, service: below, what: `deploy of ${below} 25 s after`, do: "deploy" }],
    "deploy below": [{ at: -3 * minute, service: below, what: `deploy of ${below} 3 min before`, do: "deploy" }],
    configuration: [{ at: -25 * minute, service, what: "configuration 25 min before", do: "configure" }],
    restart: [{ at: -6 * minute, service, what: "restart 6 min before", do: "restart" }],
    blip: [
      { at: -50 * minute, service, what: "slow 50 to 46 min before", do: "break", fault: "slow" },
      { at: -46 * minute, service, what: "", do: "mend" },
    ],
    neighbour: [
      {
        at: -4 * minute,
        service: other,
        what: `${other} has a noisy neighbour`,
        do: "break",
        fault: "noisy-neighbour",
      },
    ],
  };
}

/** A day and hour of the year 2031 that the seed draws. */
function startOf(seed: string): number {
  return Date.UTC(2031, 0, 10) + Math.floor(draw(`${seed}/start`) * 300 * 24 * 60) * minute;
}

async function setClock(db: Database, at: number): Promise<void> {
  await db.script(
    `set role none; update steward.clock set offset_ms = ${at} - (extract(epoch from clock_timestamp()) * 1000)::bigint; set role steward_app`,
  );
}

/** A specialist's task by its playbook, its looks taken through the tools. */
async function task(
  tools: readonly AnyTool[],
  tenant: string,
  specialist: string,
  name: string,
  input: JsonObject,
): Promise<JsonObject> {
  const playbook = specialists.find((one) => one.name === specialist)?.tasks[name]?.playbook;
  if (!playbook) throw new Error(`${specialist} has no playbook for ${name}`);
  const outputs: Record<string, Json> = {};
  for (const { id, tool, args } of playbook.looks) {
    const resolved = resolve(args, { input, requester: { id: "", name: "" }, outputs }) as JsonObject;
    outputs[id] = await call(tools, tenant, tool, resolved);
  }
  return playbook.report(input, outputs);
}

async function call(tools: readonly AnyTool[], tenant: string, name: string, args: JsonObject): Promise<Json> {
  const tool = tools.find((one) => one.name === name);
  if (!tool) throw new Error(`There is no tool ${name}.`);
  const id = randomUUID();
  const result: unknown = await tool.run({
    tenant,
    args: tool.params.parse(args),
    effectId: id,
    actorId: id,
    runId: id,
    requesterId: "ben",
    signal: new AbortController().signal,
    progress: () => undefined,
  });
  return JSON.parse(JSON.stringify(tool.result.parse(result))) as Json;
}

function withoutLogs(evidence: JsonObject): JsonObject {
  const { dependencies } = evidence["dependencies"] as { dependencies: readonly JsonObject[] };
  return {
    ...evidence,
    logs: null,
    dependencies: { dependencies: dependencies.map(({ lines: _, ...rest }) => rest) },
  };
}

/** Every metric with an error of its own in each value, up to a quarter of it. */
function noisy(evidence: JsonObject): JsonObject {
  const shaken = (one: JsonObject): JsonObject => ({
    ...one,
    metrics: Object.fromEntries(
      Object.entries(one["metrics"] as Record<string, number[]>).map(([name, values]) => [
        name,
        values.map((value, i) => value * (1 + 0.5 * (draw(`${String(one["service"])}/${name}/${i}`) - 0.5))),
      ]),
    ),
  });
  const { dependencies } = evidence["dependencies"] as { dependencies: readonly JsonObject[] };
  return {
    ...evidence,
    metrics: shaken(evidence["metrics"] as JsonObject),
    dependencies: { dependencies: dependencies.map(shaken) },
  };
}
