import { createHash } from "node:crypto";
import type { FaultKind, Service } from "./company.ts";

/** How a service feels at one instant. CPU and memory in percent, errors in percent of requests, latency in milliseconds. */
export interface Sample {
  readonly at: string;
  readonly cpu: number;
  readonly memory: number;
  readonly errorRate: number;
  readonly latencyMs: number;
}

const hour = 3_600_000;
const minute = 60_000;

/** A pure function of time and fault: the same instant always gives the same figures, so nothing has to be stored. */
export function sampleAt(service: Pick<Service, "name" | "environment" | "fault">, at: number): Sample {
  const seed = `${service.name}/${service.environment}`;
  const load =
    (service.environment === "production" ? 1 : 0.4) *
    (1 + 0.3 * Math.sin((2 * Math.PI * at) / (24 * hour)) + 0.1 * noise(seed, at, "load"));
  const calm = {
    cpu: 30 * load + 5 * noise(seed, at, "cpu"),
    memory: 45 + 4 * noise(seed, at, "memory"),
    errorRate: 0.2 + 0.1 * noise(seed, at, "errors"),
    latencyMs: 80 + 40 * load + 10 * noise(seed, at, "latency"),
  };
  const since = service.fault ? Date.parse(service.fault.since) : Number.POSITIVE_INFINITY;
  const felt = service.fault && at >= since ? suffer(calm, service.fault.kind, at - since) : calm;
  return {
    at: new Date(at).toISOString(),
    cpu: round(Math.min(100, Math.max(1, felt.cpu))),
    memory: round(Math.min(99, Math.max(1, felt.memory))),
    errorRate: round(Math.min(100, Math.max(0, felt.errorRate))),
    latencyMs: Math.round(Math.max(5, felt.latencyMs)),
  };
}

/** `points` samples, the last one at `until`, evenly over the `lastMs` before it. */
export function series(
  service: Pick<Service, "name" | "environment" | "fault">,
  until: Date,
  lastMs: number,
  points: number,
): Sample[] {
  const step = lastMs / Math.max(1, points - 1);
  return Array.from({ length: points }, (_, i) =>
    sampleAt(service, Math.round(until.getTime() - (points - 1 - i) * step)),
  );
}

function suffer(calm: Omit<Sample, "at">, kind: FaultKind, forMs: number): Omit<Sample, "at"> {
  // A leak fills the memory in half an hour; the rest is bad at once.
  const full = Math.min(1, forMs / (30 * minute));
  switch (kind) {
    case "crashloop":
      return { cpu: calm.cpu * 0.3, memory: calm.memory * 0.4, errorRate: 95, latencyMs: calm.latencyMs * 4 };
    case "memory-leak":
      return {
        cpu: calm.cpu + 35 * full,
        memory: calm.memory + 52 * full,
        errorRate: calm.errorRate + 8 * full,
        latencyMs: calm.latencyMs * (1 + 4 * full),
      };
    case "bad-deploy":
      return { ...calm, errorRate: calm.errorRate + 35, latencyMs: calm.latencyMs * 1.5 };
    case "slow":
      return { ...calm, cpu: calm.cpu + 25, latencyMs: calm.latencyMs * 12 };
  }
}

/** From -1 to 1, the same within one minute. */
function noise(seed: string, at: number, what: string): number {
  const hash = createHash("sha256")
    .update(`${seed}/${what}/${Math.floor(at / minute)}`)
    .digest();
  return hash.readUInt32BE(0) / 0x7fffffff - 1;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
