import type { Environment, FaultKind, Spell } from "./company.ts";
import { calls } from "./faults.ts";
import { noise } from "./noise.ts";

/**
 * How a service feels at one instant. CPU, memory, disk and steal (CPU that others on the host took) in percent, errors in
 * percent of requests, latency in milliseconds.
 */
export interface Figures {
  readonly cpu: number;
  readonly memory: number;
  readonly disk: number;
  readonly errorRate: number;
  readonly latencyMs: number;
  readonly requestsPerS: number;
  readonly steal: number;
}

export type Sample = Figures & { readonly at: string };

export interface Place {
  readonly service: string;
  readonly environment: Environment;
}

const hour = 3_600_000;
const minute = 60_000;
/** How long a caller takes to feel what its callee feels, and a mended service to be well again. */
const lagMs = 20_000;
const fadeMs = 30_000;
const patienceMs = 30_000;

/**
 * A pure function of time and of what went wrong when: the same instant always gives the same figures, so nothing has to be
 * stored. `spells` are those of the whole environment, because whoever calls a sick service suffers with it.
 */
export function sampleAt(place: Place, spells: readonly Spell[], at: number): Sample {
  const felt = feel(place, spells, at);
  return {
    at: new Date(at).toISOString(),
    cpu: percent(felt.cpu, 1),
    memory: percent(felt.memory, 1),
    disk: percent(felt.disk, 1),
    errorRate: percent(felt.errorRate, 0),
    latencyMs: Math.round(Math.min(patienceMs, Math.max(5, felt.latencyMs))),
    requestsPerS: tenth(Math.max(0, felt.requestsPerS)),
    steal: percent(felt.steal, 0),
  };
}

/** `points` samples, the last one at `until`, evenly over the `lastMs` before it. */
export function series(place: Place, spells: readonly Spell[], until: Date, lastMs: number, points: number): Sample[] {
  const step = lastMs / Math.max(1, points - 1);
  return Array.from({ length: points }, (_, i) =>
    sampleAt(place, spells, Math.round(until.getTime() - (points - 1 - i) * step)),
  );
}

/** What a service adds to the troubles of those that call it: errors in percent of its requests, and milliseconds. */
export function troubleOf(place: Place, spells: readonly Spell[], at: number): { errors: number; slowerMs: number } {
  const [well, felt] = [calmAt(place, spells, at), feel(place, spells, at)];
  return {
    errors: Math.max(0, felt.errorRate - well.errorRate),
    slowerMs: Math.max(0, felt.latencyMs - well.latencyMs),
  };
}

function feel(place: Place, spells: readonly Spell[], at: number): Figures {
  let felt = calmAt(place, spells, at);
  for (const { service, kind, since, until } of spells) {
    if (service !== place.service || at < Date.parse(since)) continue;
    const end = until === null ? at : Math.min(at, Date.parse(until));
    const left = 1 - (at - end) / fadeMs;
    if (left > 0) felt = between(felt, suffer(felt, kind, end - Date.parse(since)), left);
  }
  for (const callee of calls[place.service] ?? []) {
    const { errors, slowerMs } = troubleOf({ ...place, service: callee }, spells, at - lagMs);
    felt = { ...felt, errorRate: felt.errorRate + 0.8 * errors, latencyMs: felt.latencyMs + 0.7 * slowerMs };
  }
  return felt;
}

function calmAt({ service, environment }: Place, spells: readonly Spell[], at: number): Figures {
  const seed = `${service}/${environment}`;
  const crowd = crowdOf(service, spells, at);
  const load =
    (environment === "production" ? 1 : 0.4) *
    (1 + 0.3 * Math.sin((2 * Math.PI * at) / (24 * hour)) + 0.06 * noise(seed, at, "load"));
  return {
    cpu: 30 * load * (1 + 0.3 * (crowd - 1)) + 3 * noise(seed, at, "cpu"),
    memory: 45 + 2 * noise(seed, at, "memory"),
    disk: 55 + 0.4 * noise(seed, at, "disk"),
    errorRate: 0.2 + 0.1 * noise(seed, at, "errors"),
    latencyMs: 80 + 40 * load + 10 * noise(seed, at, "latency"),
    requestsPerS: 60 * load * crowd,
    steal: 1 + noise(seed, at, "steal"),
  };
}

/** How many times the usual number of requests arrive: a crowd grows in two minutes, and a part of it calls on. */
function crowdOf(service: string, spells: readonly Spell[], at: number): number {
  const own = spells
    .filter((spell) => spell.kind === "traffic-spike" && spell.service === service)
    .map(({ since, until }) => {
      const grown = Math.min(1, Math.max(0, at - Date.parse(since)) / (2 * minute));
      const gone = until === null ? 0 : Math.min(1, Math.max(0, at - Date.parse(until)) / fadeMs);
      return 1 + 2.2 * grown * (1 - gone);
    });
  const callers = Object.keys(calls).filter((caller) => calls[caller]?.includes(service));
  return callers.reduce((crowd, caller) => crowd * (1 + 0.1 * (crowdOf(caller, spells, at) - 1)), Math.max(1, ...own));
}

function suffer(calm: Figures, kind: FaultKind, forMs: number): Figures {
  const after = (ms: number) => Math.min(1, forMs / ms);
  switch (kind) {
    case "crashloop":
      return { ...calm, cpu: calm.cpu * 0.3, memory: calm.memory * 0.4, errorRate: 95, latencyMs: calm.latencyMs * 4 };
    case "memory-leak": {
      const full = after(30 * minute);
      return {
        ...calm,
        cpu: calm.cpu + 35 * full,
        memory: calm.memory + 52 * full,
        errorRate: calm.errorRate + 8 * full,
        latencyMs: calm.latencyMs * (1 + 4 * full),
      };
    }
    case "bad-deploy":
      return { ...calm, errorRate: calm.errorRate + 35, latencyMs: calm.latencyMs * 1.5 };
    case "config-change":
      return { ...calm, errorRate: calm.errorRate + 22, latencyMs: calm.latencyMs * 3 };
    case "slow":
      return { ...calm, cpu: calm.cpu + 25, latencyMs: calm.latencyMs * 12 };
    case "hung":
      return { ...calm, cpu: calm.cpu * 0.05, errorRate: 99, latencyMs: patienceMs };
    case "traffic-spike": {
      const full = after(2 * minute);
      return {
        ...calm,
        cpu: calm.cpu + 40 * full,
        errorRate: calm.errorRate + 9 * full,
        latencyMs: calm.latencyMs * (1 + 6 * full),
      };
    }
    case "disk-full": {
      // The last free space goes in three minutes; only then do writes fail.
      const full = after(3 * minute);
      const disk = calm.disk + 45 * full;
      return full < 1 ? { ...calm, disk } : { ...calm, disk, errorRate: calm.errorRate + 55 };
    }
    case "noisy-neighbour":
      return { ...calm, steal: calm.steal + 45, errorRate: calm.errorRate + 1, latencyMs: calm.latencyMs * 5 };
    case "cert-expired":
      return { ...calm, cpu: calm.cpu * 0.2, errorRate: 92, latencyMs: calm.latencyMs * 0.3 };
  }
}

function between(well: Figures, sick: Figures, how: number): Figures {
  const mixed = Object.entries(well).map(([name, value]) => [
    name,
    value + (sick[name as keyof Figures] - value) * how,
  ]);
  return Object.fromEntries(mixed) as unknown as Figures;
}

function percent(value: number, least: number): number {
  return tenth(Math.min(100, Math.max(least, value)));
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
