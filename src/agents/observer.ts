import { z } from "zod";
import type { Json, JsonObject } from "../domain/json.ts";
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
    },
  },
  concurrency: 20,
  budgetUsd: 0.05,
  maxTurns: 4,
};

function reportOn(input: JsonObject, status: JsonObject): Report {
  const service = textOf(status["service"]) || textOf(input["service"]) || "the service";
  const environment = textOf(status["environment"]) || textOf(input["environment"]);
  const instances = listOf(status["instances"]).map(objectOf);
  const running = instances.filter((instance) => ["running", "healthy"].includes(textOf(instance["status"])));
  const healthy = instances.length > 0 && running.length === instances.length;
  const where = environment === "" ? service : `${service} in ${environment}`;
  const version = textOf(status["version"]);
  const count = `${running.length} of ${instances.length} ${instances.length === 1 ? "instance" : "instances"} running${version === "" ? "" : ` version ${version}`}`;
  const started = lastStart(instances);
  const summary =
    instances.length === 0
      ? `${where} has no instances`
      : `${where} is ${healthy ? "healthy" : "not healthy"}: ${count}${started === null ? "" : `, last restarted at ${started}`}`;
  return { summary, healthy, running: running.length, instances: instances.length, version, lastStartedAt: started };
}

/** The latest start, as "2026-05-01 12:30 UTC": an instant, because a report is read long after it was written. */
function lastStart(instances: readonly JsonObject[]): string | null {
  const latest = instances
    .map((instance) => Date.parse(textOf(instance["startedAt"])))
    .filter((ms) => !Number.isNaN(ms));
  return latest.length === 0
    ? null
    : `${new Date(Math.max(...latest)).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function objectOf(value: Json | undefined): JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as JsonObject) : {};
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
