import { z } from "zod";
import type { JsonObject } from "../domain/json.ts";
import { shorten } from "../domain/text.ts";
import { whereOf } from "./data-words.ts";
import { place } from "./input.ts";
import { instantOf, listOf, objectOf, textOf } from "./reading.ts";
import type { Report, Task } from "./specialist.ts";

const longest = 80;

/** What was deployed on a service: versions, configurations, rollbacks. */
export const serviceDeploys: Task = {
  summary: "What was deployed on a service, by whom and when",
  line: "what was deployed on {service} in {environment}",
  input: place,
  report: z.looseObject({ summary: z.string(), deploys: z.json() }) as z.ZodType<Report>,
  playbook: {
    order: "together",
    looks: [
      {
        id: "deploys",
        tool: "services.deploys",
        args: { service: "${{ input.service }}", environment: "${{ input.environment }}", limit: 10 },
      },
    ],
    report: (input, outputs) => deployReport(input, objectOf(outputs["deploys"])),
  },
  plain: true,
};

function deployReport(input: JsonObject, found: JsonObject): Report {
  const where = whereOf(input);
  const deploys = listOf(found["deploys"]).map(objectOf);
  const [latest] = deploys;
  const version = textOf(found["version"]);
  const runs = version === "" ? "" : ` ${where} runs version ${shorten(version, longest)}.`;
  if (latest === undefined) return { summary: `No deploy of ${where} is on record.${runs}`, deploys: [] };
  return {
    summary: `Last deployed on ${where}: ${versionOf(latest)}, ${madeBy(latest)}.${runs}`,
    deploys: deploys.map((one) => ({ label: versionOf(one), value: madeBy(one) })),
  };
}

/** "1.4.3", "1.4.2+config.1 (configuration)". */
function versionOf({ version, change }: JsonObject): string {
  const what = textOf(change);
  const kind = what === "" || what === "version" ? "" : ` (${what})`;
  return `${shorten(textOf(version) || "an unknown version", longest)}${kind}`;
}

function madeBy({ by, at }: JsonObject): string {
  return `by ${shorten(textOf(by) || "somebody", longest)} at ${instantOf(at) ?? "an unknown time"}`;
}
