import { z } from "zod";
import { coursesOf } from "../../agents/analysis-figures.ts";
import { digestOf } from "../../agents/analysis-lines.ts";
import { rankCauses } from "../../agents/analysis-rank.ts";
import { Fault } from "../../domain/fault.ts";
import type { Json, JsonObject } from "../../domain/json.ts";
import { FigureName, figureNames, metricNames, ServiceLines, ServiceMetrics } from "../../domain/service.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import { type ReadArtifact, whole } from "../whole.ts";

const json = z.json() as z.ZodType<Json>;
const Ranked = z.object({
  summary: z.string(),
  causes: z.array(
    z.object({
      cause: z.string(),
      service: z.string(),
      confidence: z.number(),
      evidence: z.array(z.string()),
      confirm: z.string(),
    }),
  ),
  action: z.enum(["rollback", "restart", "scale", "none"]),
  target: z.record(z.string(), json),
  calm: z.boolean(),
  could: z.partialRecord(z.enum(["rollback", "restart", "scale"]), z.string()),
});

const Line = ServiceLines.shape.lines.element;
const Digest = z.object({
  read: z.number(),
  matched: z.number(),
  errors: z.number(),
  from: z.string().nullable(),
  until: z.string().nullable(),
  kinds: z.array(Line.extend({ count: z.number() })),
  newest: z.array(Line),
});
const Change = z.object({
  metric: z.string(),
  onset: z.number(),
  before: z.number(),
  after: z.number(),
  strength: z.number(),
  shape: z.enum(["step", "ramp"]),
});
const Course = z.object({
  metric: z.string(),
  now: z.number(),
  usual: z.number(),
  least: z.number(),
  leastAt: z.string(),
  most: z.number(),
  mostAt: z.string(),
  change: Change.nullable(),
});
/** They only calculate: whatever they are given steers nobody. */
const calculating = {
  risk: () => "read" as const,
  effect: "keyed",
  timeoutMs: 30_000,
  steers: [] as string[],
} as const;

const order: readonly string[] = metricNames;

/** What tells most comes first, and what we do not know last. */
function orderOf(metric: string): number {
  return order.includes(metric) ? order.indexOf(metric) : order.length;
}

/** Reasoning by statistics over what others gathered. It reads artifacts of its own run and nothing else. */
export function analysisTools(artifact: ReadArtifact): AnyTool[] {
  return [
    defineTool({
      ...calculating,
      name: "analysis.rank",
      summary: "Rank the possible causes of a service's trouble, from its figures, logs, deploys and dependencies",
      params: z.object({
        service: z.string().min(1).max(100),
        environment: z.string().min(1).max(100),
        startedAt: z.string().max(100).nullish(),
        /** status, metrics, logs, deploys, dependencies: as the tools returned them, or {artifact, bytes}. */
        evidence: z.record(z.string(), json),
      }),
      result: Ranked,
      describe: ({ service, environment }) => `Rank what may be wrong with ${service} in ${environment}`,
      async run({ tenant, runId, args: { evidence, startedAt, ...place } }) {
        const read = await Promise.all(
          Object.entries(evidence).map(async ([name, value]) => [name, await whole(artifact, tenant, runId, value)]),
        );
        return {
          ...rankCauses({ ...place, startedAt: startedAt ?? "", evidence: Object.fromEntries(read) as JsonObject }),
        } as z.output<typeof Ranked>;
      },
    }),
    defineTool({
      ...calculating,
      name: "analysis.lines",
      summary:
        "Tell log lines in short: what repeats, and the newest; all of them, or errors, warnings, or those about something",
      params: z.object({
        /** As services.logs returned them, or {artifact, bytes}. */
        logs: json,
        level: z.enum(["errors", "warnings"]).nullish(),
        about: z.string().max(200).nullish(),
      }),
      result: Digest,
      // What is shown is meant for people, whole.
      wholeBytes: 20_000,
      describe: () => "Tell a log in short",
      async run({ tenant, runId, args: { logs, level, about } }) {
        const read = ServiceLines.safeParse(await whole(artifact, tenant, runId, logs));
        if (!read.success) throw new Fault("bad-request", "These are no log lines: give what services.logs returned.");
        const { kinds, newest, ...rest } = digestOf(read.data.lines, {
          level: level ?? undefined,
          about: about ?? undefined,
        });
        return { ...rest, kinds: [...kinds], newest: [...newest] };
      },
    }),
    defineTool({
      ...calculating,
      name: "analysis.figures",
      summary: "How figures of a service went: now, usually, least, most, and when one changed",
      params: z.object({
        /** As services.metrics returned them, or {artifact, bytes}. */
        metrics: json,
        figure: FigureName.nullish(),
      }),
      result: z.object({ figures: z.array(Course) }),
      describe: () => "See how figures went",
      async run({ tenant, runId, args: { metrics, figure } }) {
        const read = ServiceMetrics.safeParse(await whole(artifact, tenant, runId, metrics));
        if (!read.success) throw new Fault("bad-request", "These are no figures: give what services.metrics returned.");
        const wanted = figure == null ? null : figureNames[figure];
        const all = coursesOf(read.data)
          .filter(({ metric }) => wanted === null || metric === wanted)
          .sort((a, b) => orderOf(a.metric) - orderOf(b.metric));
        return { figures: all.map((one) => ({ ...one })) };
      },
    }),
  ];
}
