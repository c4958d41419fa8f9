import { z } from "zod";
import { rankCauses } from "../../agents/analysis-rank.ts";
import type { Json, JsonObject } from "../../domain/json.ts";
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

/** Reasoning by statistics over what others gathered. It reads artifacts of its own run and nothing else. */
export function analysisTools(artifact: ReadArtifact): AnyTool[] {
  return [
    defineTool({
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
      risk: () => "read" as const,
      effect: "keyed",
      timeoutMs: 30_000,
      steers: [],
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
  ];
}
