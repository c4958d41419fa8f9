import { z } from "zod";
import type { JsonObject } from "../domain/json.ts";
import { type AnyTool, type Risk, risksOf } from "../domain/tool.ts";
import { isForPlans, type KnownToPlans } from "./plan-known.ts";
import { planner } from "./planner.ts";
import { listOf, objectOf, textOf } from "./reading.ts";
import type { Specialist } from "./specialist.ts";

/** What a plan may name besides its tools. */
export interface Around extends Pick<KnownToPlans, "asks" | "channels" | "audiences"> {
  /** Whether a policy may ask people about some call of this tool. */
  mayAsk?(tool: string): boolean;
  readonly specialists: readonly Specialist[];
  /** Who is told what goes on, by the names of steward.yaml. */
  readonly told: readonly string[];
}

/** What there is to plan with, short enough to be read whole: tools with their arguments and when people are asked about them, specialists with their tasks, and who can be told. */
export function catalogOf(tools: readonly AnyTool[], { specialists, told, ...around }: Around): JsonObject {
  const channels = (around.channels ?? []).filter((name) => !around.audiences?.has(name)).map((name) => `#${name}`);
  return {
    tools: tools.filter(({ name }) => isForPlans(name)).map((tool) => lineOf(tool, around)),
    specialists: specialists
      .filter(({ name }) => name !== planner.name)
      .map(({ name, tasks }) => ({
        name,
        tasks: Object.entries(tasks).map(([task, { summary, input }]) => `${task}(${fieldsOf(input)}): ${summary}`),
      })),
    environments: [...new Set(tools.flatMap(environmentsOf))],
    places: ["thread", ...channels],
    ...(told.length > 0 && { audiences: `${told.join(", ")}: told by messages.send alone, never by notify` }),
    form: 'A plan is {"title", "steps": [...], "reply"}. Steps: {"id", "tool": {"name", "args"}}, {"id", "agent": {"specialist", "task", "input"}}, {"id", "notify": {"to": one of the places, "text"}}, {"id", "wait": {"for": "10m"}}; each with "dependsOn": [ids] where it needs others. "${{ steps.ID.output.FIELD }}" stands for a result, also in the reply.',
  };
}

function lineOf(tool: AnyTool, around: Pick<Around, "asks" | "mayAsk">): string {
  const asked = askedAbout(tool, around);
  return `${tool.name}(${fieldsOf(tool.params)}): ${tool.summary}${asked === null ? "" : ` [${asked}]`}`;
}

/** When people are asked about a call of a tool, as far as its environment tells; null where it only reads. */
function askedAbout(tool: AnyTool, { asks = () => true, mayAsk = () => false }: Pick<Around, "asks" | "mayAsk">) {
  const worst = worstOf(tool);
  if (worst === "read") return null;
  const places = environmentsOf(tool);
  const asking = places.filter((environment) =>
    asks({ tool: tool.name, risk: riskAt(tool, environment) ?? worst, args: { environment } }),
  );
  const isAsked = places.length === 0 ? asks({ tool: tool.name, risk: worst, args: {} }) : asking.length > 0;
  if (!isAsked) return mayAsk(tool.name) ? "people may be asked" : "nobody is asked";
  return asking.length === places.length ? "people are asked" : `people are asked in ${asking.join(", ")}`;
}

/** How risky a call there is; null where more has to be known. */
function riskAt(tool: AnyTool, environment: string): Risk | null {
  try {
    return tool.risk({ environment });
  } catch {
    return null;
  }
}

function environmentsOf({ params }: AnyTool): string[] {
  return listOf(objectOf(propertiesOf(params)["environment"])["enum"]).map(textOf);
}

function worstOf(tool: AnyTool): Risk {
  const risks = risksOf(tool);
  return risks.includes("dangerous") ? "dangerous" : risks.includes("write") ? "write" : "read";
}

/** Parameters by name, "?" after one that may be left out; texts, and what may be several things, without their type. */
function fieldsOf(params: z.ZodType | undefined): string {
  if (params === undefined) return "";
  const needed = listOf(schemaOf(params)["required"]);
  return Object.entries(propertiesOf(params))
    .map(([name, field]) => {
      const values = listOf(objectOf(field)["enum"]);
      const type = values.length > 0 ? values.join("|") : textOf(objectOf(field)["type"]);
      const says = type === "" || type === "string" ? "" : `: ${type}`;
      return `${name}${needed.includes(name) ? "" : "?"}${says}`;
    })
    .join(", ");
}

function propertiesOf(params: z.ZodType): JsonObject {
  return objectOf(schemaOf(params)["properties"]);
}

function schemaOf(params: z.ZodType): JsonObject {
  return z.toJSONSchema(params, { unrepresentable: "any", io: "input" }) as JsonObject;
}
