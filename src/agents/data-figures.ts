import { z } from "zod";
import type { Json, JsonObject } from "../domain/json.ts";
import { figure, metricWords } from "./analysis-words.ts";
import { spanWords, whereOf } from "./data-words.ts";
import { fields, given } from "./input.ts";
import { instantOf, listOf, numberOf, objectOf, textOf } from "./reading.ts";
import type { Report, Task } from "./specialist.ts";

const there = { service: "${{ input.service }}", environment: "${{ input.environment }}" };

/** How the figures of a service went, or one of them. */
export const serviceFigures: Task = {
  summary: "How a service's figures went: now, usually, least, most, and when one changed",
  line: "how the figures of {service} in {environment} went",
  input: given({ service: fields.service, environment: fields.environment, last: fields.last }),
  report: z.looseObject({ summary: z.string(), answer: z.string(), figures: z.json() }) as z.ZodType<Report>,
  playbook: {
    order: "in-turn",
    looks: [
      {
        id: "metrics",
        tool: "services.metrics",
        args: { ...there, lastMs: "${{ input.last }}", points: 241 },
      },
      {
        id: "courses",
        tool: "analysis.figures",
        args: { metrics: "${{ steps.metrics.output }}", figure: "${{ input.figure }}" },
      },
      { id: "deploys", tool: "services.deploys", args: there, optional: true },
    ],
    report: (input, { metrics = null, courses = null, deploys = null }) =>
      figureReport(input, listOf(objectOf(courses)["figures"]).map(objectOf), metrics, deploys),
  },
  plain: true,
};

function figureReport(input: JsonObject, courses: readonly JsonObject[], metrics: Json, deploys: Json): Report {
  const [where, span, wanted] = [whereOf(input), spanWords(input), textOf(input["figure"])];
  const [only] = courses;
  if (only === undefined) {
    const summary = `No ${wanted === "" ? "figure" : `“${wanted}”`} of ${where} was measured in ${span}.`;
    return { summary, answer: summary, figures: [], metrics: null, deploys: null };
  }
  const changed = courses.flatMap((course) => changeOf(course) ?? []);
  const moved = changed.length > 0 ? changed.join(" ") : `Nothing changed for good in ${span}.`;
  const figures = courses.map((course) => ({ label: labelOf(course), value: courseWords(course) }));
  const now = courses.map((course) => `${labelOf(course)} is ${amount(course, "now")} now`);
  const summary = `${where}: ${(wanted === "" ? now.slice(0, 3) : now).join(", ")}. ${moved}`;
  return { summary, answer: `${where} over ${span}. ${moved}`, figures, metrics, deploys };
}

function labelOf(course: JsonObject): string {
  return metricWords(textOf(course["metric"])).name;
}

function amount(course: JsonObject, which: string): string {
  const value = numberOf(course[which]);
  return value === null ? "?" : `${figure(value)}${metricWords(textOf(course["metric"])).unit}`;
}

/** "31 % now, usually 30 %; least 27.9 % at …, most 34 % at …". */
function courseWords(course: JsonObject): string {
  const at = (which: string) => instantOf(course[which]) ?? "an unknown time";
  return `${amount(course, "now")} now, usually ${amount(course, "usual")}; least ${amount(course, "least")} at ${at("leastAt")}, most ${amount(course, "most")} at ${at("mostAt")}`;
}

/** What a change for good says of itself; null where there was none. */
function changeOf(course: JsonObject): string | null {
  const { onset, before, after } = objectOf(course["change"]);
  const [at, from, to] = [numberOf(onset), numberOf(before), numberOf(after)];
  if (at === null || from === null || to === null) return null;
  const { name, unit } = metricWords(textOf(course["metric"]));
  const when = instantOf(new Date(at).toISOString());
  return `${name} ${to > from ? "rose" : "fell"} from ${figure(from)}${unit} to ${figure(to)}${unit} at ${when} and has stayed there.`;
}
