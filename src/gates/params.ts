import { z } from "zod";
import type { Json, JsonObject } from "../domain/json.ts";
import type { AnyTool } from "../domain/tool.ts";

/** What a tool takes: each argument it names as JSON Schema, and whether it takes others as well. */
export interface Params {
  readonly named: JsonObject;
  readonly open: boolean;
}

export function paramsOf({ params }: AnyTool): Params {
  const schema = z.toJSONSchema(params, { unrepresentable: "any", io: "input" });
  const { properties, additionalProperties: others } = schema as {
    properties?: JsonObject;
    additionalProperties?: Json;
  };
  return { named: properties ?? {}, open: properties === undefined || (others !== undefined && others !== false) };
}
