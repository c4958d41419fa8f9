import type { Json, JsonObject } from "../domain/json.ts";

/** The value as an object; an empty one when it is none. What tools return comes from outside and may hold anything. */
export function objectOf(value: Json | undefined): JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** The value as a list; an empty one when it is none. */
export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

/** The value as a text; an empty one when it is neither text nor number. */
export function textOf(value: Json | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** "2026-05-01 12:30 UTC", or null when it is no instant: a report is read long after it was written. */
export function instantOf(value: Json | undefined): string | null {
  const at = Date.parse(textOf(value));
  return Number.isNaN(at) ? null : `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** The value as a finite number, or null. */
export function numberOf(value: Json | undefined): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
