import type { Json, JsonObject } from "../domain/json.ts";
import { canonical, sha256 } from "../domain/json.ts";

/** One covered effect with everything that must not change between approval and execution. */
export interface SubjectEffect {
  readonly effectId: string;
  readonly tool: string;
  readonly contractHash: string;
  readonly args: JsonObject;
  /** The tool's pinned target, or null. */
  readonly pin: Json;
}

function entryOf(effect: SubjectEffect): Json {
  return [effect.effectId, effect.tool, effect.contractHash, effect.args, effect.pin];
}

/**
 * What is being approved, as text: canonical JSON (RFC 8785) of [[effect id, tool, contract hash, arguments, pin], ...],
 * sorted by effect id, so that the same effects always give the same text. Throws when an effect is named twice.
 */
export function subjectText(effects: readonly SubjectEffect[]): string {
  const ids = new Set(effects.map((effect) => effect.effectId));
  if (ids.size !== effects.length) throw new TypeError("A gate's subject names the same effect twice");
  return canonical([...effects].sort((a, b) => (a.effectId < b.effectId ? -1 : 1)).map(entryOf));
}

/** The calls that a subject's text names. */
export function callsIn(text: string): SubjectEffect[] {
  return (JSON.parse(text) as [string, string, string, JsonObject, Json][]).map(
    ([effectId, tool, contractHash, args, pin]) => ({ effectId, tool, contractHash, args, pin }),
  );
}

/** Hex SHA-256 of the subject's text. A vote carries the hash it was cast on. */
export function subjectHash(text: string): string {
  return sha256(text);
}

/** Whether this subject names exactly this effect: same id, tool, contract, arguments and pin. */
export function covers(text: string, effect: SubjectEffect): boolean {
  const entries = JSON.parse(text) as Json[];
  const wanted = canonical(entryOf(effect));
  return entries.some((entry) => canonical(entry) === wanted);
}
