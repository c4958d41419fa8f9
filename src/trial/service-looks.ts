import { z } from "zod";
import {
  ServiceDependencies as Dependencies,
  ServiceDeploys as Deploys,
  ServiceLines as Lines,
  ServiceMetrics as Metrics,
  metricNames,
  Span,
  ServiceStatus as Status,
  versionBefore,
} from "../domain/service.ts";
import type { AnyTool } from "../domain/tool.ts";
import { defineTool } from "../domain/tool.ts";
import { ailmentsOf } from "./alerts.ts";
import { chatter } from "./chatter.ts";
import type { Environment, LogLine, Service, Spell, TrialStore, Where } from "./company.ts";
import { calls } from "./faults.ts";
import { type Sample, sampleAt, series } from "./metrics.ts";
import { mustFind, Place, stateOf } from "./service-tools.ts";

const hour = 3_600_000;
const memoryMs = 86_400_000 + hour;
const beatMs = 30_000;

/** They only read, and reach nothing outside: which service they name steers nobody. */
const looking = { risk: () => "read" as const, effect: "keyed", timeoutMs: 10_000, steers: [] as string[] } as const;

/** How the trial company's services can be looked at. */
export function serviceLooks(store: TrialStore): AnyTool[] {
  return [statusTool(store), metricsTool(store), logsTool(store), deploysTool(store), dependenciesTool(store)];
}

function statusTool(store: TrialStore) {
  return defineTool({
    ...looking,
    name: "services.status",
    summary: "Version, instances and current figures of a service",
    params: Place,
    result: Status,
    describe: ({ service, environment }) => `Look at ${service} in ${environment}`,
    async run({ tenant, args }) {
      const service = await mustFind(store, { tenant, ...args });
      const { now, spells } = await past(store, tenant, args.environment);
      const { at: _, ...figures } = sampleAt(args, spells, now.getTime());
      return { ...stateOf(beating(service, now)), ...figures };
    },
  });
}

function metricsTool(store: TrialStore) {
  return defineTool({
    ...looking,
    name: "services.metrics",
    summary: "Figures of a service over time: CPU, memory, disk, errors, latency, requests, CPU steal",
    params: Place.extend(Span),
    result: Metrics,
    describe: ({ service, environment }) => `Read the figures of ${service} in ${environment}`,
    async run({ tenant, args: { lastMs, points, ...place } }) {
      await mustFind(store, { tenant, ...place });
      const { now, spells } = await past(store, tenant, place.environment);
      return metricsOf(place, spells, now, lastMs ?? hour, points ?? 121);
    },
  });
}

function logsTool(store: TrialStore) {
  return defineTool({
    ...looking,
    name: "services.logs",
    summary: "The latest log lines of a service, newest first",
    params: Place.extend({
      limit: z.number().int().min(1).max(1000).optional(),
      lastMs: Span.lastMs,
    }),
    result: Lines,
    describe: ({ service, environment }) => `Read the log of ${service} in ${environment}`,
    async run({ tenant, args: { limit, lastMs, ...place } }) {
      await mustFind(store, { tenant, ...place });
      return { lines: await logOf(store, { tenant, ...place }, lastMs ?? hour, limit ?? 20) };
    },
  });
}

const mostDeploys = 100;

function deploysTool(store: TrialStore) {
  return defineTool({
    ...looking,
    name: "services.deploys",
    summary: "What was deployed on a service, newest first: versions, configurations, rollbacks",
    params: Place.extend({ limit: z.number().int().min(1).max(mostDeploys).optional() }),
    result: Deploys,
    describe: ({ service, environment }) => `List what was deployed on ${service} in ${environment}`,
    async run({ tenant, args: { limit, ...place } }) {
      const { version } = await mustFind(store, { tenant, ...place });
      const deploys = await store.deploys({ tenant, ...place }, mostDeploys);
      return { version, before: versionBefore(version, deploys), deploys: deploys.slice(0, limit ?? 10) };
    },
  });
}

function dependenciesTool(store: TrialStore) {
  return defineTool({
    ...looking,
    name: "services.dependencies",
    summary: "Every service that a service calls, directly or not, with figures, logs and deploys",
    params: Place.extend(Span),
    result: Dependencies,
    describe: ({ service, environment }) => `Look at what ${service} in ${environment} calls`,
    async run({ tenant, args: { lastMs, points, service, environment } }) {
      await mustFind(store, { tenant, service, environment });
      const { now, spells } = await past(store, tenant, environment);
      const dependencies = await Promise.all(
        calledBy(service).map(async (name) => {
          const where = { tenant, service: name, environment };
          return {
            ...metricsOf({ service: name, environment }, spells, now, lastMs ?? hour, points ?? 121),
            calledBy: Object.keys(calls).filter((caller) => calls[caller]?.includes(name)),
            instances: stateOf(beating(await mustFind(store, where), now)).instances,
            deploys: await store.deploys(where, 10),
            lines: await logOf(store, where, lastMs ?? hour, 400),
          };
        }),
      );
      return { service, dependencies };
    },
  });
}

/** Everything a service calls, directly or not; none twice. */
function calledBy(service: string): string[] {
  const direct = calls[service] ?? [];
  return [...new Set([...direct, ...direct.flatMap(calledBy)])];
}

async function past(store: TrialStore, tenant: string, environment: Environment) {
  const now = await store.now();
  return { now, spells: await store.spells(tenant, environment, new Date(now.getTime() - memoryMs)) };
}

/** What every service's figures say now. */
export async function ailing(store: TrialStore, tenant: string) {
  const services = await store.services(tenant);
  const pasts = {
    staging: await past(store, tenant, "staging"),
    production: await past(store, tenant, "production"),
  };
  return services.map(({ name: service, environment, instances }) => {
    const { now, spells } = pasts[environment];
    const { at: _, ...figures } = sampleAt({ service, environment }, spells, now.getTime());
    const down = instances.filter(({ status }) => status === "failing").length;
    const ails = [...(down > 0 ? [`${down} of ${instances.length} instances fail`] : []), ...ailmentsOf(figures)];
    return { service, environment, ails };
  });
}

/** Written lines and what the service says by itself, newest first. */
export async function logOf(store: TrialStore, where: Where, lastMs: number, limit: number): Promise<LogLine[]> {
  const { now, spells } = await past(store, where.tenant, where.environment);
  const from = now.getTime() - lastMs;
  const written = (await store.logs(where, limit)).filter(({ at }) => Date.parse(at) >= from);
  const said = chatter(where, spells, from, now.getTime());
  return [...written.reverse(), ...said]
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .reverse()
    .slice(0, limit);
}

/** Figures of the last hour, as the page shows them. */
export async function samplesOf(
  store: TrialStore,
  { tenant, ...place }: Where,
  lastMs: number,
  points: number,
): Promise<Sample[]> {
  const { now, spells } = await past(store, tenant, place.environment);
  return series(place, spells, now, lastMs, points);
}

function metricsOf(
  { service, environment }: z.output<typeof Place>,
  spells: readonly Spell[],
  now: Date,
  lastMs: number,
  points: number,
): z.output<typeof Metrics> {
  const samples = series({ service, environment }, spells, now, lastMs, points);
  return {
    service,
    environment,
    since: samples[0]?.at ?? now.toISOString(),
    stepMs: Math.round(lastMs / (points - 1)),
    metrics: Object.fromEntries(metricNames.map((name) => [name, samples.map((sample) => sample[name])])),
  };
}

/** Instances in a crash loop come up and fall over every half minute. */
function beating(service: Service, now: Date): Service {
  if (service.fault?.kind !== "crashloop") return service;
  const since = Date.parse(service.fault.since);
  const falls = Math.max(0, Math.floor((now.getTime() - since) / beatMs));
  return {
    ...service,
    instances: service.instances.map((instance) => ({
      ...instance,
      restarts: instance.restarts + falls,
      startedAt: falls > 0 ? new Date(since + falls * beatMs).toISOString() : instance.startedAt,
    })),
  };
}
