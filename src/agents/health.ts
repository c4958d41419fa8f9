import type { Json, JsonObject } from "../domain/json.ts";
import { healthLimits } from "../domain/service.ts";
import { instantOf, listOf, numberOf, objectOf, textOf } from "./reading.ts";
import type { Report } from "./specialist.ts";

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

/** How a service is by what is known of its instances and figures now. */
export function healthOf(input: JsonObject, status: JsonObject): Report {
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

/** The same where only its figures over time can be had: instances are not known, so it is called healthy by its figures alone. */
export function healthByFigures(input: JsonObject, metrics: JsonObject, why: string): Report {
  const latest = Object.fromEntries(
    Object.entries(objectOf(metrics["metrics"])).map(([name, values]) => [name, listOf(values).at(-1) ?? null]),
  ) as Record<string, Json>;
  const ails = ailments(latest);
  const where = [textOf(input["service"]), textOf(input["environment"])].filter((text) => text !== "").join(" in ");
  const found = ails.length === 0 ? "its figures are within their limits" : ails.join(", ");
  return {
    summary: `${where}: ${found}; its instances could not be looked at (${why})`,
    healthy: ails.length === 0,
    ails,
    running: null,
    instances: null,
    version: "",
    lastStartedAt: null,
  };
}
