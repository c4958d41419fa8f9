import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import type { Json } from "../../domain/json.ts";
import { PictureJson, pictureApart } from "../../domain/picture.ts";
import { FigureName, figureNames } from "../../domain/service.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import { type ReadArtifact, whole } from "../whole.ts";
import { draw } from "./draw.ts";
import { figuresOf, wordsOf } from "./figures.ts";

const json = z.json() as z.ZodType<Json>;

/** Pictures of what others measured. They read artifacts of their own run and nothing else. */
export function chartTools(artifact: ReadArtifact): AnyTool[] {
  return [
    defineTool({
      name: "charts.metrics",
      summary: "Draw a service's figures over time, with marks where it was deployed and where the alert began",
      params: z.object({
        service: z.string().min(1).max(100),
        environment: z.string().min(1).max(100),
        startedAt: z.string().max(100).nullish(),
        /** As services.metrics and services.deploys returned them, or {artifact, bytes}. */
        metrics: json,
        deploys: json.optional(),
        /** That one alone, instead of those that tell most. */
        figure: FigureName.nullish(),
      }),
      result: z.object({ picture: PictureJson }),
      risk: () => "read" as const,
      effect: "keyed",
      timeoutMs: 30_000,
      steers: [],
      apart: pictureApart,
      describe: ({ service, environment }) => `Draw the figures of ${service} in ${environment}`,
      async run({ tenant, runId, args: { service, environment, startedAt, metrics, deploys = null, figure } }) {
        const figures = figuresOf({
          title: `${service} in ${environment}`,
          metrics: await whole(artifact, tenant, runId, metrics),
          deploys: await whole(artifact, tenant, runId, deploys),
          startedAt: startedAt ?? null,
          only: figure == null ? null : figureNames[figure],
        });
        if (figures === null)
          throw new Fault(
            "bad-request",
            `There ${figure == null ? "are no figures" : `is no figure “${figure}”`} of ${service} in ${environment} to draw: give what services.metrics returned.`,
          );
        const { image, small, ...size } = await draw(figures);
        return {
          picture: {
            alt: wordsOf(figures),
            ...size,
            image: image.toString("base64"),
            small: small.toString("base64"),
          },
        };
      },
    }),
  ];
}
