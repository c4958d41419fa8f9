import { z } from "zod";
import type { Json } from "./json.ts";

/** What the tools `services.*` give, whoever offers them: the simulated company, or real systems. */

export const ServiceState = z.object({
  service: z.string(),
  environment: z.string(),
  /** "" where nothing says what runs. */
  version: z.string(),
  instances: z.array(
    z.object({
      number: z.number(),
      status: z.enum(["running", "restarting", "failing"]),
      startedAt: z.string(),
      restarts: z.number(),
    }),
  ),
});
/** Percent, but for milliseconds of latency and requests a second. What is not measured is not there. */
export const ServiceStatus = ServiceState.extend({
  cpu: z.number().optional(),
  memory: z.number().optional(),
  disk: z.number().optional(),
  errorRate: z.number().optional(),
  latencyMs: z.number().optional(),
  requestsPerS: z.number().optional(),
  steal: z.number().optional(),
});
export const ServiceLines = z.object({ lines: z.array(z.object({ at: z.string(), line: z.string() })) });
/** Columns, oldest first: value i was measured at `since` + i * `stepMs`. */
export const ServiceMetrics = z.object({
  service: z.string(),
  environment: z.string(),
  since: z.string(),
  stepMs: z.number(),
  metrics: z.record(z.string(), z.array(z.number())),
});
export const ServiceDeploys = z.object({
  version: z.string(),
  /** The version released before this one; null when none is on record. */
  before: z.string().nullable(),
  deploys: z.array(z.object({ version: z.string(), by: z.string(), at: z.string(), change: z.string() })),
});

/** The version released before this one, by deploys that begin with the newest: what a rollback of it goes back to. */
export function versionBefore(version: string, deploys: readonly { readonly version: string }[]): string | null {
  const first = deploys.findLastIndex((deploy) => deploy.version === version);
  return deploys[first + 1]?.version ?? null;
}

/** What is said of a version that nothing on record ever ran: it cannot be gone back to. `others` did, the newest first. */
export function neverRan(version: string, service: string, environment: string, others: readonly string[]): string {
  const which = others.length === 0 ? "No other version did." : `These did: ${others.slice(0, 5).join(", ")}.`;
  return `Version ${version} never ran on ${service} in ${environment}. ${which}`;
}

export const ServiceDependencies = z.object({
  service: z.string(),
  /** Everything it calls, and what those call. */
  dependencies: z.array(
    ServiceMetrics.extend({
      calledBy: z.array(z.string()),
      instances: ServiceState.shape.instances,
      deploys: ServiceDeploys.shape.deploys,
      lines: ServiceLines.shape.lines,
    }),
  ),
});
export const RolledBack = z.object({
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  fromVersion: z.string(),
});
export const Scaled = z.object({
  service: z.string(),
  environment: z.string(),
  instances: z.number(),
  before: z.number(),
});
/** How far back figures and lines go, in milliseconds, and on how many points. */
export const Span = {
  lastMs: z.number().int().min(60_000).max(86_400_000).optional(),
  points: z.number().int().min(2).max(720).optional(),
};

/** What is measured of a service. */
export const metricNames = ["errorRate", "latencyMs", "cpu", "memory", "disk", "requestsPerS", "steal"] as const;

/** What people call it. */
export const figureNames = {
  "error rate": "errorRate",
  latency: "latencyMs",
  cpu: "cpu",
  memory: "memory",
  disk: "disk",
  "request rate": "requestsPerS",
  "cpu steal": "steal",
} as const satisfies Readonly<Record<string, (typeof metricNames)[number]>>;
export type FigureName = keyof typeof figureNames;
export const FigureName = z.enum(Object.keys(figureNames) as [FigureName, ...FigureName[]]);

/** Above these a service is not well: percent, and milliseconds of latency. */
export const healthLimits = { errorRate: 5, latencyMs: 450, memory: 85, disk: 90 } as const;

/** Why nothing takes a restart back. */
export const restarted = "What was restarted runs anew: there is nothing to go back to.";

/** Whether a service is scaled the same way as was asked, but less far: from `pin.instances`, which it ran on when that was asked. */
export function scalesLess(was: Sized, now: Sized, pin: Json): boolean {
  const { instances: start } = pin as { instances?: number };
  if (start === undefined || now.service !== was.service || now.environment !== was.environment) return false;
  return was.instances > start
    ? now.instances > start && now.instances <= was.instances
    : now.instances < start && now.instances >= was.instances;
}

interface Sized {
  readonly service: string;
  readonly environment: string;
  readonly instances: number;
}
