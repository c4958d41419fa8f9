import { type Json, sha256 } from "../domain/json.ts";

/**
 * Text from outside between marks that it cannot hold itself: they carry its own hash. What the system prompt says of such
 * text is that it is data.
 */
export function fence(kind: "input" | "message" | "summary", text: string): string {
  const mark = `${kind}-${sha256(text).slice(0, 16)}`;
  return `<${mark}>\n${text}\n</${mark}>`;
}

/** The first `limit` characters, and how many there were. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit).toWellFormed()}\n[Cut: ${count(limit)} of ${count(text.length)} characters are shown.]`;
}

/** A whole number for reading: 12,345. */
export function count(n: number): string {
  return n.toLocaleString("en-US");
}

/** The same value with every text well-formed, and nothing else changed: what a model thought must be sent back exactly. */
export function wellFormed(value: unknown): Json {
  return JSON.parse(JSON.stringify(value ?? null), (_, item: unknown) =>
    typeof item === "string" ? item.toWellFormed() : item,
  ) as Json;
}
