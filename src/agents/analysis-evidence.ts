import { z } from "zod";
import type { Json, JsonObject } from "../domain/json.ts";

/** One service as it was seen. Instants are milliseconds since 1970; everything in time order, oldest first. */
export interface Observed {
  readonly service: string;
  /** Those of the services seen that it calls directly. */
  readonly calls: readonly string[];
  /** Value i of every metric was measured at `since` + i * `stepMs`. */
  readonly since: number;
  readonly stepMs: number;
  readonly metrics: Readonly<Record<string, readonly number[]>>;
  readonly lines: readonly { readonly at: number; readonly line: string }[];
  readonly deploys: readonly Release[];
  readonly instances: readonly { readonly status: string }[];
}

export interface Release {
  readonly version: string;
  readonly by: string;
  readonly at: number;
  /** "version", "configuration" or "rollback" where the source tells them apart. */
  readonly change: string;
}

const mostLines = 4000;
const mostValues = 2000;
const longestLine = 500;

const text = z.string().transform((value) => value.slice(0, longestLine));
const instant = z.string().transform((value, context) => {
  const at = Date.parse(value);
  if (Number.isNaN(at)) context.addIssue({ code: "custom", message: "not an instant" });
  return at;
});
/** Keeps the items that are what they should be and drops the others. */
const listOf = <T>(item: z.ZodType<T>, most: number) =>
  z
    .array(z.unknown())
    .catch([])
    .transform((items) => items.slice(0, most).flatMap((one) => item.safeParse(one).data ?? []));

const Metrics = z.object({
  since: instant,
  stepMs: z.number().positive(),
  metrics: z.record(
    z.string(),
    z
      .array(z.number())
      .catch([])
      .transform((values) => values.slice(-mostValues)),
  ),
});
const Lines = z.object({ lines: listOf(z.object({ at: instant, line: text }), mostLines).default([]) });
const Deploys = z.object({
  deploys: listOf(
    z.object({ version: text, by: text.catch("somebody"), at: instant, change: text.catch("version") }),
    100,
  ).default([]),
});
const Instances = z.object({ instances: listOf(z.object({ status: text }), 1000).default([]) });
const Called = z.object({ service: text, calledBy: listOf(text, 100).default([]) });

/**
 * What was gathered about a service and those it calls, in one form. It comes from outside: what is missing or has another
 * form counts as not seen. `evidence` holds status, metrics, logs, deploys and dependencies as the tools return them.
 */
export function readEvidence(service: string, evidence: JsonObject): readonly Observed[] {
  const { status, metrics, logs, deploys, dependencies } = evidence;
  const called = listOf(z.record(z.string(), z.unknown()), 50)
    .parse(objectOf(dependencies)["dependencies"])
    .flatMap((raw) => {
      const named = Called.safeParse(raw).data;
      return named === undefined || named.service === service ? [] : [{ ...named, raw }];
    });
  const callsOf = (caller: string) =>
    called.filter(({ calledBy }) => calledBy.includes(caller)).map((callee) => callee.service);
  return [
    { service, calls: callsOf(service), ...seen(metrics, logs, deploys, status) },
    ...called.map(({ service: name, raw }) => ({ service: name, calls: callsOf(name), ...seen(raw, raw, raw, raw) })),
  ];
}

function seen(metrics: unknown, logs: unknown, deploys: unknown, status: unknown): Omit<Observed, "service" | "calls"> {
  const byTime = (a: { at: number }, b: { at: number }) => a.at - b.at;
  return {
    ...(Metrics.safeParse(metrics).data ?? { since: 0, stepMs: 1, metrics: {} }),
    lines: (Lines.safeParse(logs).data?.lines ?? []).sort(byTime),
    deploys: (Deploys.safeParse(deploys).data?.deploys ?? []).sort(byTime),
    instances: Instances.safeParse(status).data?.instances ?? [],
  };
}

function objectOf(value: Json | undefined): JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as JsonObject) : {};
}
