import { type AnyTool, type Risk, riskOf } from "../domain/tool.ts";
import type { Definition } from "./definition.ts";
import type { Step } from "./schema.ts";
import { taintedIn } from "./taint.ts";

/**
 * How risky a step will be when its turn has come, in a run that a person began: what it takes from outside by then counts.
 * Arguments that are not known yet and may not fit make it dangerous.
 */
export function riskIn(
  definition: Definition,
  { tool }: Extract<Step, { kind: "tool" }>,
  tools: ReadonlyMap<string, AnyTool>,
): Risk {
  const trusted = (name: string) => tools.get(name)?.trusted === true;
  return riskOf(tools.get(tool.name), tool.args, taintedIn(tool.args, { definition, run: {}, trusted }));
}
