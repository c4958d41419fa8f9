import { formatDuration } from "../domain/duration.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { canonical } from "../domain/json.ts";

/** What `${{ ... }}` may point at. */
export type Reference =
  | { readonly source: "input"; readonly name: string; readonly path: readonly string[] }
  | { readonly source: "step"; readonly step: string; readonly path: readonly string[] }
  | { readonly source: "requester"; readonly field: "id" | "name" }
  | { readonly source: "run"; readonly field: "short" | "title" | "stopped" }
  /** What was told last of the run's group. */
  | { readonly source: "event"; readonly path: readonly string[] }
  /** One of the list that a card's field is made `each` of. */
  | { readonly source: "item"; readonly path: readonly string[] };

/** Everything a reference can read. An output that is not there reads as null, and so does whatever is inside it. */
export interface Scope {
  readonly input: JsonObject;
  readonly requester: { readonly id: string; readonly name: string };
  readonly outputs: Readonly<Record<string, Json>>;
  /** `stopped` is who stopped it and why, for what is done because of that. */
  readonly run?: { readonly short: string; readonly title: string; readonly stopped?: string };
  readonly event?: Json;
  readonly item?: Json;
  /** Inputs that are durations: milliseconds as a value, "2 hours" inside a text. */
  readonly durations?: readonly string[];
}

/** A `${{ ... }}` found in a value: where, its inner text, and what it points at (null: it is none of the forms). */
export interface Found {
  readonly path: readonly (string | number)[];
  readonly text: string;
  readonly reference: Reference | null;
}

const braces = /\$\{\{\s*(.*?)\s*\}\}/g;
const whole = /^\s*\$\{\{\s*((?:(?!\}\}).)*?)\s*\}\}\s*$/;
const segments = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/** Reads the inside of the braces: `input.x`, `steps.a.output.y`, `requester.id`, `requester.name`, `run.short` (R-...), `run.title`, `run.stopped` (who and why), `event.x`, `item.x`; null when it is none of these. */
export function parseReference(text: string): Reference | null {
  if (!segments.test(text)) return null;
  const [source, name, third, ...rest] = text.split(".");
  if (source === "input" && name !== undefined)
    return { source, name, path: third === undefined ? [] : [third, ...rest] };
  if (source === "steps" && name !== undefined && third === "output") return { source: "step", step: name, path: rest };
  if (source === "requester" && (name === "id" || name === "name") && third === undefined)
    return { source, field: name };
  if (source === "run" && (name === "short" || name === "title" || name === "stopped") && third === undefined)
    return { source, field: name };
  if (source === "event" || source === "item") return { source, path: text.split(".").slice(1) };
  return null;
}

/** Every `${{ ... }}` inside a value, however deep; an unclosed one is found with a null reference. */
export function findReferences(value: Json, path: readonly (string | number)[] = []): Found[] {
  if (typeof value === "string") {
    const found: Found[] = [...value.matchAll(braces)].map(([, text = ""]) => ({
      path,
      text,
      reference: parseReference(text),
    }));
    return value.replaceAll(braces, "").includes("${{") ? [...found, { path, text: value, reference: null }] : found;
  }
  if (Array.isArray(value)) return value.flatMap((item: Json, index) => findReferences(item, [...path, index]));
  if (value !== null && typeof value === "object")
    return Object.entries(value).flatMap(([key, item]) => findReferences(item, [...path, key]));
  return [];
}

/** The value with each `${{ ... }}` in it written as `become` says of its inner text. */
export function rewrite<T extends Json>(value: T, become: (inner: string) => string): T {
  const written = (at: Json): Json => {
    if (typeof at === "string") return at.replaceAll(braces, (_, inner: string) => become(inner));
    if (Array.isArray(at)) return at.map(written);
    if (at === null || typeof at !== "object") return at;
    return Object.fromEntries(Object.entries(at).map(([key, item]) => [key, written(item)]));
  };
  return written(value) as T;
}

/** The value with its references filled in. A string that is exactly one reference becomes the value itself, type kept. */
export function resolve(value: Json, scope: Scope): Json {
  if (typeof value === "string") {
    const [, text] = whole.exec(value) ?? [];
    return text === undefined ? resolveText(value, scope) : read(parseReference(text), scope);
  }
  if (Array.isArray(value)) return value.map((item: Json) => resolve(item, scope));
  if (value !== null && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, scope)]));
  return value;
}

/** The text with its references written out for people; null is written as nothing. */
export function resolveText(text: string, scope: Scope): string {
  return text.replaceAll(braces, (_, inner: string) => {
    const reference = parseReference(inner);
    const value = read(reference, scope);
    if (value === null) return "";
    if (typeof value === "number" && reference?.source === "input" && scope.durations?.includes(reference.name))
      return formatDuration(value);
    return written(value);
  });
}

/** A value as people read it: a list of texts is one line of them. */
function written(value: Json): string {
  if (Array.isArray(value) && value.every((item: Json) => typeof item === "string")) return value.join("; ");
  return typeof value === "object" ? canonical(value) : String(value);
}

function read(reference: Reference | null, scope: Scope): Json {
  if (reference === null) return null;
  if (reference.source === "requester") return scope.requester[reference.field];
  if (reference.source === "event" || reference.source === "item")
    return inside(scope[reference.source] ?? null, reference.path);
  if (reference.source === "run") return scope.run?.[reference.field] ?? null;
  if (reference.source === "input") return inside(scope.input, [reference.name, ...reference.path]);
  return inside(scope.outputs, [reference.step, ...reference.path]);
}

/** What is at a path inside a value; null when it is not there. */
export function inside(value: Json, path: readonly string[]): Json {
  let at: Json = value;
  for (const key of path) {
    if (at === null || typeof at !== "object" || !Object.hasOwn(at, key)) return null;
    at = (at as JsonObject)[key] ?? null;
  }
  return at;
}
