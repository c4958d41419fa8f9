import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import {
  ServiceDependencies,
  ServiceDeploys,
  ServiceLines,
  ServiceMetrics,
  ServiceStatus,
  Span,
  versionBefore,
} from "../../domain/service.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import { type Find, Place, unconfigured } from "./places.ts";
import type { Deployed, Grid, Placed } from "./sources.ts";

const hour = 3_600_000;
const minute = 60_000;

/** How the configured services can be looked at. */
export function serviceLooks(all: readonly Placed[], find: Find, now: () => Promise<Date>): AnyTool[] {
  const hosts = (of: (one: Placed) => readonly ({ readonly host: string } | null)[]) => [
    ...new Set(all.flatMap(of).flatMap((source) => source?.host ?? [])),
  ];
  // Only configured places can be named, so whoever names one steers nobody anywhere else.
  const looking = { risk: () => "read" as const, effect: "keyed", timeoutMs: 30_000, steers: [] as string[] } as const;
  const figures = (one: Placed) => Object.values(one.figures);
  const gridOf = async (lastMs = hour, points = 121): Promise<Grid> => ({
    until: await now(),
    stepMs: Math.max(1000, Math.round(lastMs / (points - 1) / 1000) * 1000),
    points,
  });

  return [
    defineTool({
      ...looking,
      egress: hosts((one) => [one.runtime, ...figures(one)]),
      name: "services.status",
      summary: "Version, instances and current figures of a service",
      params: Place,
      result: ServiceStatus,
      describe: ({ service, environment }) => `Look at ${service} in ${environment}`,
      async run({ args, signal }) {
        const place = find(args);
        if (place.runtime === null && figures(place).length === 0)
          throw unconfigured("cluster and no metrics are", args);
        const { version, instances } = (await place.runtime?.look(signal)) ?? { version: "", instances: [] };
        const measured = await columns(place, { until: await now(), stepMs: minute, points: 1 }, signal);
        const current = Object.entries(measured.metrics).flatMap(([name, [value]]) =>
          value === undefined ? [] : [[name, value]],
        );
        return ServiceStatus.parse({ ...args, version, instances, ...Object.fromEntries(current) });
      },
    }),
    defineTool({
      ...looking,
      egress: hosts(figures),
      name: "services.metrics",
      summary: "Figures of a service over time, those that are configured for it",
      params: Place.extend(Span),
      result: ServiceMetrics,
      describe: ({ service, environment }) => `Read the figures of ${service} in ${environment}`,
      async run({ args: { lastMs, points, ...at }, signal }) {
        const place = find(at);
        if (figures(place).length === 0) throw unconfigured("metrics are", at);
        const grid = await gridOf(lastMs, points);
        const { metrics, failure } = await columns(place, grid, signal);
        if (Object.keys(metrics).length === 0 && failure !== null) throw failure;
        return { ...at, ...spanOf(grid), metrics };
      },
    }),
    defineTool({
      ...looking,
      egress: hosts((one) => [one.lines]),
      name: "services.logs",
      summary: "The latest log lines of a service, newest first",
      params: Place.extend({ limit: upTo(1000), lastMs: Span.lastMs }),
      result: ServiceLines,
      describe: ({ service, environment }) => `Read the log of ${service} in ${environment}`,
      async run({ args: { limit, lastMs, ...at }, signal }) {
        const { lines } = find(at);
        if (lines === null) throw unconfigured("logs are", at);
        const until = await now();
        const since = new Date(until.getTime() - (lastMs ?? hour));
        return { lines: [...(await lines.search({ since, until, limit: limit ?? 20 }, signal))] };
      },
    }),
    defineTool({
      ...looking,
      egress: hosts((one) => [one.runtime, one.releases]),
      name: "services.deploys",
      summary: "What was deployed on a service, newest first: versions, configurations, rollbacks",
      params: Place.extend({ limit: upTo(100) }),
      result: ServiceDeploys,
      describe: ({ service, environment }) => `List what was deployed on ${service} in ${environment}`,
      async run({ args: { limit, ...at }, signal }) {
        const deploys = await deploysOf(find(at), signal);
        const version = deploys[0]?.version ?? "";
        return { version, before: versionBefore(version, deploys), deploys: deploys.slice(0, limit ?? 10) };
      },
    }),
    defineTool({
      ...looking,
      egress: hosts((one) => [one.runtime, one.releases, one.lines, ...figures(one)]),
      name: "services.dependencies",
      summary: "Every service that a service calls, directly or not, with figures, logs and deploys",
      params: Place.extend(Span),
      result: ServiceDependencies,
      describe: ({ service, environment }) => `Look at what ${service} in ${environment} calls`,
      async run({ args: { lastMs, points, ...at }, signal }) {
        const grid = await gridOf(lastMs, points);
        const since = new Date(grid.until.getTime() - (lastMs ?? hour));
        const here = all.filter(({ environment }) => environment === at.environment);
        const dependencies = calledBy(find(at), here).map(async (place) => {
          const { service, environment, runtime, lines } = place;
          const [measured, running, deploys, said] = await Promise.all([
            columns(place, grid, signal),
            orElse(runtime?.look(signal), null),
            orElse(deploysOf(place, signal), []),
            orElse(lines?.search({ since, until: grid.until, limit: 400 }, signal), []),
          ]);
          return {
            service,
            environment,
            ...spanOf(grid),
            metrics: measured.metrics,
            calledBy: here.filter(({ dependsOn }) => dependsOn.includes(service)).map((caller) => caller.service),
            instances: running?.instances ?? [],
            deploys: deploys.slice(0, 10),
            lines: [...(said ?? [])],
          };
        });
        return { service: at.service, dependencies: await Promise.all(dependencies) };
      },
    }),
  ];
}

function upTo(most: number) {
  return z.number().int().min(1).max(most).optional();
}

function spanOf({ until, stepMs, points }: Grid) {
  return { since: new Date(until.getTime() - stepMs * (points - 1)).toISOString(), stepMs };
}

/** Every figure that could be had; a gap holds the value before it. Of those that could not, why the first could not. */
async function columns(
  { figures }: Placed,
  grid: Grid,
  signal: AbortSignal,
): Promise<{ readonly metrics: Record<string, number[]>; readonly failure: Fault | null }> {
  let failure: Fault | null = null;
  const asked = Object.entries(figures).map(async ([name, figure]): Promise<[string, number[]][]> => {
    try {
      const values = await figure.over(grid, signal);
      const first = values.find((value) => value !== null);
      let last = first ?? 0;
      const filled = values.map((value) => {
        last = value ?? last;
        return last;
      });
      return first == null ? [] : [[name, filled]];
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      failure ??= error;
      return [];
    }
  });
  return { metrics: Object.fromEntries((await Promise.all(asked)).flat()), failure };
}

/** What the cluster keeps, with who deployed it where the repository knows; or what the repository knows alone. */
async function deploysOf(place: Placed, signal: AbortSignal): Promise<z.output<typeof ServiceDeploys>["deploys"]> {
  const { runtime, releases, environment } = place;
  if (runtime === null && releases === null) throw unconfigured("cluster and no repository are", place);
  if (runtime === null)
    return ((await releases?.list(environment, signal)) ?? []).map(({ ref, by, at }) => ({
      version: ref,
      by,
      at,
      change: "version",
    }));
  const [kept, known] = await Promise.all([runtime.deploys(signal), orElse(releases?.list(environment, signal), [])]);
  return kept.map((one) => ({ ...one, by: byOf(one, known ?? []) }));
}

function byOf({ version, by }: Deployed, known: readonly { ref: string; sha: string; by: string }[]): string {
  const named = known.find(({ ref, sha }) => ref === version || (version.length >= 7 && sha.startsWith(version)));
  return named?.by ?? by;
}

/** The value, or another where a system outside does not give it. */
async function orElse<T>(asked: Promise<T> | undefined, otherwise: T): Promise<T> {
  try {
    return (await asked) ?? otherwise;
  } catch (error) {
    if (error instanceof Fault) return otherwise;
    throw error;
  }
}

/** Everything a service calls, directly or not; none twice, and never itself. */
function calledBy(place: Placed, here: readonly Placed[]): readonly Placed[] {
  const found = new Set<Placed>([place]);
  for (const one of found) for (const callee of here) if (one.dependsOn.includes(callee.service)) found.add(callee);
  found.delete(place);
  return [...found];
}
