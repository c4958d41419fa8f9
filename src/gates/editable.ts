import { z } from "zod";
import type { Json, JsonObject } from "../domain/json.ts";
import type { AnyTool } from "../domain/tool.ts";
import type { PolicyRule } from "./policy.ts";

/** What is wrong in `policies`: where, from there on, and what would be right. */
export interface WrongPolicy {
  readonly path: readonly (string | number)[];
  readonly sentence: string;
}

/** Arguments that rules let approvers change and their tools do not have, or that no form could ask for. Rules whose tool is not named, or not here, are not judged. */
export function wrongEditable(rules: readonly PolicyRule[], tools: ReadonlyMap<string, AnyTool>): WrongPolicy[] {
  return rules.flatMap(({ match, editable = [] }, i) => {
    const tool = match.tool === undefined ? undefined : tools.get(match.tool);
    const params = tool && paramsOf(tool);
    if (!params) return [];
    return editable.flatMap((name, n) => {
      const why = Object.hasOwn(params, name) ? unaskable(params[name]) : "there is no such argument";
      if (why === null) return [];
      const right = Object.keys(params).filter((each) => unaskable(params[each]) === null);
      const remedy = right.length === 0 ? "leave editable out" : `${match.tool} has ${right.join(", ")}`;
      return [{ path: [i, "editable", n], sentence: `${why}: ${remedy}.` }];
    });
  });
}

/** A tool's arguments with what each may be, as JSON Schema; null where it takes whatever it is given. */
function paramsOf({ params }: AnyTool): JsonObject | null {
  const schema = z.toJSONSchema(params, { unrepresentable: "any", io: "input" }) as JsonObject;
  const { properties, additionalProperties: others } = schema as {
    properties?: JsonObject;
    additionalProperties?: Json;
  };
  return properties === undefined || (others !== undefined && others !== false) ? null : properties;
}

/** Why no form asks for it, or null: texts, numbers, and yes or no are asked for. */
function unaskable(schema: Json | undefined): string | null {
  const { type } = (schema ?? {}) as { readonly type?: string };
  if (type !== "array" && type !== "object") return null;
  return `this is a ${type === "array" ? "list" : "group of values"}, and only a text, a number, or yes or no can be changed`;
}
