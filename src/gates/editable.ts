import type { Json } from "../domain/json.ts";
import type { AnyTool } from "../domain/tool.ts";
import { paramsOf } from "./params.ts";
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
    if (!params || params.open) return [];
    return editable.flatMap((name, n) => {
      const why = Object.hasOwn(params.named, name) ? unaskable(params.named[name]) : "there is no such argument";
      if (why === null) return [];
      const right = Object.keys(params.named).filter((each) => unaskable(params.named[each]) === null);
      const remedy = right.length === 0 ? "leave editable out" : `${match.tool} has ${right.join(", ")}`;
      return [{ path: [i, "editable", n], sentence: `${why}: ${remedy}.` }];
    });
  });
}

/** Why no form asks for it, or null: texts, numbers, and yes or no are asked for. */
function unaskable(schema: Json | undefined): string | null {
  const { type } = (schema ?? {}) as { readonly type?: string };
  if (type !== "array" && type !== "object") return null;
  return `this is a ${type === "array" ? "list" : "group of values"}, and only a text, a number, or yes or no can be changed`;
}
