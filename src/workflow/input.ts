import { parseDuration } from "../domain/duration.ts";
import { isId } from "../domain/ids.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { parseQuietHours } from "../domain/quiet.ts";
import { remedyNear } from "./problems.ts";

/** One input of a workflow. */
export interface Field {
  readonly type: "string" | "number" | "boolean" | "duration" | "hours" | "run";
  readonly required: boolean;
  readonly default?: Json | undefined;
  readonly enum?: readonly Json[] | undefined;
}

/** The input a run begins with, or a sentence for each thing wrong with it. */
export type CheckedInput =
  | { readonly ok: true; readonly input: JsonObject }
  | { readonly ok: false; readonly problems: readonly string[] };

const wanted = {
  string: "a text",
  number: "a number",
  boolean: "true or false",
  duration: 'a duration such as "30m" or "2 hours"',
  hours: 'a stretch of the day such as "22:00 to 7:00", or off',
  run: 'a run such as R-ABC123, or "this": the one whose thread it is said in',
};

/**
 * Checks and completes what a run is asked to begin with. Chat gives texts, so "3" is a number and "yes" a boolean;
 * durations become milliseconds; an optional field left out becomes its default or null.
 */
export function checkInput(fields: Readonly<Record<string, Field>>, given: JsonObject): CheckedInput {
  const problems = Object.keys(given)
    .filter((name) => !Object.hasOwn(fields, name))
    .map((name) => `There is no input “${name}”. ${remedyNear(name, Object.keys(fields))}`);
  const input: Record<string, Json> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = Object.hasOwn(given, name) ? (given[name] ?? null) : null;
    const checked = readField(field, value === null ? (field.default ?? null) : value);
    if (checked === undefined)
      problems.push(
        `“${name}” must be ${field.enum ? `one of ${field.enum.join(", ")}` : wanted[field.type]}, not ${JSON.stringify(value)}.`,
      );
    else if (checked === null && field.required)
      problems.push(
        `“${name}” is missing. It must be ${field.enum ? `one of ${field.enum.join(", ")}` : wanted[field.type]}.`,
      );
    else input[name] = checked;
  }
  return problems.length === 0 ? { ok: true, input } : { ok: false, problems };
}

/** The value as its field's type says, null for none, undefined when it is not of that type or not among the allowed. */
export function readField(field: Field, value: Json): Json | undefined {
  if (value === null) return null;
  const read = readers[field.type](value);
  if (read === undefined || field.enum === undefined) return read;
  return field.enum.some((allowed) => readers[field.type](allowed) === read) ? read : undefined;
}

const readers: Record<Field["type"], (value: Json) => string | number | boolean | undefined> = {
  string: (value) => (typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined),
  number: (value) => {
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return typeof number === "number" && Number.isFinite(number) ? number : undefined;
  },
  boolean: (value) => {
    if (typeof value === "boolean") return value;
    if (typeof value !== "string") return undefined;
    return /^(true|yes)$/i.test(value) ? true : /^(false|no)$/i.test(value) ? false : undefined;
  },
  duration: (value) =>
    typeof value === "number" && value >= 0 && Number.isFinite(value)
      ? value
      : typeof value === "string"
        ? (parseDuration(value) ?? undefined)
        : undefined,
  hours: (value) => (typeof value === "string" && parseQuietHours(value) !== null ? value.trim() : undefined),
  run: (value) => {
    if (typeof value !== "string") return undefined;
    return /^R-[0-9A-Z]{6}$/i.test(value) ? value.toUpperCase() : value === "this" || isId(value) ? value : undefined;
  },
};
