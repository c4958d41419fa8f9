import type { Json, JsonObject } from "../../domain/json.ts";

/** An object from stored JSON text; {} when it is not one. */
export function objectOf(text: string | null): JsonObject {
  if (text === null) return {};
  return asObject(JSON.parse(text) as Json);
}

export function asObject(value: Json | undefined): JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as JsonObject) : {};
}

export function asList(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

export function asText(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}

export function asCount(value: Json | undefined, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

/** What a machine remembers: the context of its stored snapshot. */
export function contextOf(snapshot: string): JsonObject {
  return asObject(objectOf(snapshot)["context"]);
}
