import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import { cleanJson } from "./text.ts";

/** Anything JSON can say. Machine contexts, commands and events hold nothing else. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** Canonical JSON (RFC 8785): the same value always gives the same text. Throws on what JSON cannot say. */
export function canonical(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("This value has no JSON form");
  return text;
}

/** SHA-256 of a text's UTF-8 bytes, in lower-case hex. */
export function sha256(text: string): string {
  return hash("sha256", text, "hex");
}

/** Hex SHA-256 of a value's canonical JSON. */
export function digest(value: unknown): string {
  return sha256(canonical(value));
}

/** A tool's output as the kernel may store it: JSON only, and text that PostgreSQL and canonical JSON accept. */
export function cleanOutput(value: unknown): Json {
  return cleanJson(JSON.parse(JSON.stringify(value ?? null)) as Json);
}
