import { z } from "zod";
import type { Json, JsonObject } from "./json.ts";
import { shorten } from "./text.ts";

/** An argument that is not taken: its name, and what it would have to be, as in "a whole number from 1 to 20, not 300". */
export interface Misfit {
  readonly name: string;
  readonly must: string;
}

/** Which of these arguments a schema refuses. What is missing altogether is one of them, under the name it should have. */
export function misfitsOf(params: z.ZodType, args: JsonObject): Misfit[] {
  const issues = params.safeParse(args).error?.issues ?? [];
  if (issues.length === 0) return [];
  const { properties = {} } = z.toJSONSchema(params, { unrepresentable: "any", io: "input" });
  const names = [...new Set(issues.map(({ path }) => String(path[0] ?? "")))];
  return names.map((name) => {
    const [issue] = issues.filter(({ path }) => String(path[0] ?? "") === name);
    const isOwn = issue?.path.length === 1 && issue.code !== "custom";
    const wanted = isOwn ? wordsFor(properties[name]) : null;
    const given = Object.hasOwn(args, name) ? shown(args[name] ?? null) : "left out";
    return { name, must: wanted === null ? `something else: ${issue?.message ?? ""}` : `${wanted}, not ${given}` };
  });
}

type Schema = z.core.JSONSchema.BaseSchema | boolean | undefined;

/** What a value must be, in words; null where only its schema can say it. */
function wordsFor(schema: Schema): string | null {
  if (typeof schema !== "object" || schema === null) return null;
  const choices = schema.anyOf?.filter((one) => typeof one === "object" && one.type !== "null");
  if (choices !== undefined) return choices.length === 1 ? wordsFor(choices[0]) : null;
  if (schema.enum !== undefined) return `one of ${schema.enum.map(String).join(", ")}`;
  if (schema.pattern !== undefined || schema.format !== undefined) return null;
  switch (schema.type) {
    case "boolean":
      return "true or false";
    case "integer":
    case "number":
      return `${schema.type === "integer" ? "a whole number" : "a number"}${rangeOf(schema)}`;
    case "string":
      return `a text${lengthOf(schema)}`;
    default:
      return null;
  }
}

/** " from 1 to 20". The bounds that every whole number has are none. */
function rangeOf({
  minimum,
  maximum,
  exclusiveMinimum,
  exclusiveMaximum,
}: Exclude<Schema, boolean | undefined>): string {
  const low = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? null : minimum;
  const high = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? null : maximum;
  if (low !== null && high !== null) return ` from ${low} to ${high}`;
  const bounds = [
    ...(low === null ? [] : [`at least ${low}`]),
    ...(high === null ? [] : [`at most ${high}`]),
    ...(typeof exclusiveMinimum === "number" ? [`more than ${exclusiveMinimum}`] : []),
    ...(typeof exclusiveMaximum === "number" ? [`less than ${exclusiveMaximum}`] : []),
  ];
  return bounds.length === 0 ? "" : ` of ${bounds.join(" and ")}`;
}

function lengthOf({ minLength = 0, maxLength }: Exclude<Schema, boolean | undefined>): string {
  if (maxLength === undefined) return minLength > 0 ? ` of at least ${minLength} characters` : "";
  return minLength > 0 ? ` of ${minLength} to ${maxLength} characters` : ` of at most ${maxLength} characters`;
}

function shown(value: Json): string {
  return shorten(JSON.stringify(value), 60);
}
