import { Document, isPair, visit } from "yaml";
import type { Json, JsonObject } from "../domain/json.ts";
import type { Content } from "./definition.ts";
import type { Field } from "./input.ts";
import type { Step } from "./schema.ts";

/** Characters of JSON that still make one line. */
const longestLine = 90;
/** Which keys stand first, as people read them. */
const order =
  "id dependsOn when tool agent approve notify wait name specialist task to replaces title text each label value say intent event every until".split(
    " ",
  );
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
  const { name, summary, on, phrases, alone, personal, input, title, steps, reply, stopped } = content;
  // What it begins with is said by its phrases.
  const more = on.filter((one) => phrases === undefined || !("intent" in one) || one.intent !== name);
  const file = {
    name,
    summary,
    ...(more.length > 0 && { on: plain(more as unknown as Json) }),
    ...(phrases && { phrases }),
    ...(alone && { alone }),
    ...(personal && { personal }),
    input: Object.fromEntries(Object.entries(input).map(([field, spec]) => [field, fieldOf(spec)])),
    title,
    steps: steps.map(stepOf),
    ...(reply !== undefined && { reply: plain(reply as Json) }),
    ...(stopped !== undefined && { stopped: plain(stopped as Json) }),
  };
  return laidOut(file as unknown as JsonObject);
}

/** As people write it: what is short stands in one line. No line is folded, and nothing stands for something else. */
function laidOut(file: JsonObject): string {
  const document = new Document(file, { aliasDuplicateObjects: false });
  visit(document, {
    Collection(key, node, path) {
      // The file, what a key of it holds, and each step have lines of their own.
      const isStep = path.length === 4 && isPair(path[2]) && String(path[2].key) === "steps";
      if (isStep) node.spaceBefore = key !== 0;
      else if (path.length > 3 && JSON.stringify(node).length <= longestLine) node.flow = true;
      return node.flow ? visit.SKIP : undefined;
    },
  });
  return document.toString({ lineWidth: 0 });
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
  const rank = ([key]: [string, Json]) => (order.indexOf(key) + order.length + 1) % (order.length + 1);
  return Object.fromEntries(entries.sort((a, b) => rank(a) - rank(b)));
}

/** "90m": exactly these milliseconds, as a file says them. */
function spoken(ms: number): string {
  const unit = (
    [
      ["d", 86_400_000],
      ["h", 3_600_000],
      ["m", 60_000],
      ["s", 1000],
    ] as const
  ).find(([, size]) => ms > 0 && ms % size === 0);
  return unit === undefined ? `${ms}ms` : `${ms / unit[1]}${unit[0]}`;
}
