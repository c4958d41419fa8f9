import { stringify } from "yaml";
import type { Json, JsonObject } from "../domain/json.ts";
import type { Content } from "./definition.ts";
import type { Field } from "./input.ts";
import type { Step } from "./schema.ts";

const durations = new Set(["every", "atMost", "timeout", "backoff", "maxBackoff"]);
/** What a step has without its file saying so. */
const usual: Readonly<Record<string, Json>> = {
  dependsOn: [],
  onError: "fail",
  factor: 2,
  backoff: 1000,
  maxBackoff: 60_000,
  args: {},
  input: {},
  match: {},
  roles: [],
};
/** What is kept as it is: values of tools and tasks, and conditions. */
const given = new Set(["args", "input", "match", "when", "until", "unless"]);

/** A definition as a file for `workflows/`: `loadDefinition` makes of it what it was made of. A request in parts has none: null. */
export function writeDefinition(content: Content): string | null {
  if (content.parts !== undefined) return null;
  const { name, summary, on, phrases, alone, input, title, steps, reply, stopped } = content;
  // What it begins with is said by its phrases.
  const more = on.filter((one) => phrases === undefined || !("intent" in one) || one.intent !== name);
  const file = {
    name,
    summary,
    ...(more.length > 0 && { on: plain(more as unknown as Json) }),
    ...(phrases && { phrases }),
    ...(alone && { alone }),
    input: Object.fromEntries(Object.entries(input).map(([field, spec]) => [field, fieldOf(spec)])),
    title,
    steps: steps.map(stepOf),
    ...(reply !== undefined && { reply }),
    ...(stopped !== undefined && { stopped }),
  };
  // No line is folded and nothing stands for something else: whoever reads it sees each value where it is.
  return stringify(file, { lineWidth: 0, aliasDuplicateObjects: false });
}

function fieldOf({ type, required, default: preset, enum: allowed }: Field): JsonObject {
  const said = (value: Json) => (type === "duration" && typeof value === "number" ? spoken(value) : value);
  return {
    type,
    ...(required && { required }),
    ...(preset !== undefined && { default: said(preset) }),
    ...(allowed && { enum: allowed.map(said) }),
  };
}

function stepOf({ kind: _, ...step }: Step): Json {
  return plain(step as unknown as Json);
}

/** Durations with their units, and nothing that goes without saying. */
function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).flatMap(([key, inner]): [string, Json][] => {
    if (JSON.stringify(usual[key]) === JSON.stringify(inner)) return [];
    if (durations.has(key) && typeof inner === "number") return [[key, spoken(inner)]];
    return [[key, given.has(key) ? inner : plain(inner)]];
  });
  return Object.fromEntries(entries);
}

/** "90m": exactly these milliseconds, as a file says them. */
function spoken(ms: number): string {
  const unit = ([["d", 86_400_000], ["h", 3_600_000], ["m", 60_000], ["s", 1000]] as const).find(
    ([, size]) => ms > 0 && ms % size === 0,
  );
  return unit === undefined ? `${ms}ms` : `${ms / unit[1]}${unit[0]}`;
}
