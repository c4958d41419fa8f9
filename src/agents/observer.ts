import { z } from "zod";
import type { JsonObject } from "../domain/json.ts";
import { healthLimits } from "../domain/service.ts";
import { instantOf, listOf, numberOf, objectOf, textOf } from "./reading.ts";
import type { Playbook, Report, Specialist } from "./specialist.ts";

const serviceHealth: Playbook = {
  order: "together",
  looks: [
    {
      id: "status",
      tool: "services.status",
      args: { service: "${{ input.service }}", environment: "${{ input.environment }}" },
    },
  ],
  report: (input, outputs) => reportOn(input, objectOf(outputs["status"])),
};

/** Looks at how things are and says so; changes nothing. */
export const observer: Specialist = {
  name: "observer",
  summary: "Looks at a service and says how it is",
  tools: ["services.status"],
  instructions: "You look at how a service is and say so in one sentence. You change nothing.",
  tasks: {
    "service-health": {
      summary: "How a service is now",
      report: z.looseObject({ summary: z.string() }) as z.ZodType<Report>,
      playbook: serviceHealth,
      plain: true,
    },
  },
  concurrency: 20,
  budgetUsd: 0.05,
  maxTurns: 4,
};

/** What is said of a figure above its limit. */
const says: Readonly<Record<keyof typeof healthLimits, (value: string) => string>> = {
  errorRate: (value) => `${value} % of its requests fail`,
  latencyMs: (value) => `a request takes ${value} ms`,
  memory: (value) => `its memory is ${value} % full`,
  disk: (value) => `its disk is ${value} % full`,
};

/** A figure that is missing says nothing. */
function ailments(status: JsonObject): string[] {
  return (Object.keys(says) as (keyof typeof says)[]).flatMap((name) => {
    const value = numberOf(status[name]);
    return value !== null && value > healthLimits[name] ? [says[name](String(Math.round(value * 10) / 10))] : [];
  });
}

function reportOn(input: JsonObject, status: JsonObject): Report {
  const service = textOf(status["service"]) || textOf(input["service"]) || "the service";
  const environment = textOf(status["environment"]) || textOf(input["environment"]);
  const instances = listOf(status["instances"]).map(objectOf);
  const running = instances.filter((instance) => ["running", "healthy"].includes(textOf(instance["status"])));
  const ails = ailments(status);
  const healthy = instances.length > 0 && running.length === instances.length && ails.length === 0;
  const where = environment === "" ? service : `${service} in ${environment}`;
  const version = textOf(status["version"]);
  const count = `${running.length} of ${instances.length} ${instances.length === 1 ? "instance" : "instances"} running${version === "" ? "" : ` version ${version}`}`;
  const started = lastStart(instances);
  const summary =
    instances.length === 0
      ? status["version"] === ""
        ? `It is not known where ${where} runs`
        : `${where} has no instances`
      : `${where} is ${healthy ? "healthy" : "not healthy"}: ${[...ails, count].join(", ")}${started === null ? "" : `, last restarted at ${started}`}`;
  return {
    summary,
    healthy,
    ails,
    running: running.length,
    instances: instances.length,
    version,
    lastStartedAt: started,
  };
}

/** When the youngest instance started. */
function lastStart(instances: readonly JsonObject[]): string | null {
  const starts = instances
    .map((instance) => Date.parse(textOf(instance["startedAt"])))
    .filter((ms) => !Number.isNaN(ms));
  return starts.length === 0 ? null : instantOf(new Date(Math.max(...starts)).toISOString());
}
