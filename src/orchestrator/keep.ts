import { deriveId } from "../domain/ids.ts";
import { canonical, type Json, type JsonObject } from "../domain/json.ts";
import type { AnyTool } from "../domain/tool.ts";
import type { Batch } from "./batch.ts";
import type { EffectAtHand } from "./store.ts";

const artifactBytes = 8192;

/** Outputs over 8 KB, or what the tool says, go to an artifact; the context holds where it is. What is always kept apart goes first. */
export function keep(
  batch: Batch,
  effect: EffectAtHand,
  output: Json,
  { wholeBytes = artifactBytes, apart = {} }: Pick<AnyTool, "wholeBytes" | "apart">,
): Json {
  const put = (value: Json, ...name: string[]) => {
    const body = canonical(value);
    const id = deriveId(effect.id, "artifact", effect.attempt, ...name);
    batch.writes.artifacts.push({ id, actorId: effect.actorId, body });
    return { artifact: id, bytes: Buffer.byteLength(body) };
  };
  const rest: Json = isObject(output)
    ? Object.fromEntries(
        Object.entries(output).map(([name, value]) => {
          const beside = apart[name];
          if (beside === undefined || !isObject(value)) return [name, value];
          return [name, { ...Object.fromEntries(beside.map((one) => [one, value[one] ?? null])), ...put(value, name) }];
        }),
      )
    : output;
  return Buffer.byteLength(canonical(rest)) <= wholeBytes ? rest : put(rest);
}

function isObject(value: Json): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
