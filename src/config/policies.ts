import { Fault } from "../domain/fault.ts";
import type { AnyTool } from "../domain/tool.ts";
import { type PolicyRule, policiesSchema, wrongEditable } from "../gates/gates.ts";
import { placeIn, type StewardYaml } from "./steward-yaml.ts";

/** The policies of steward.yaml. Throws Fault("bad-config") that names each wrong line. */
export function readPolicies({ policies }: StewardYaml, file: string): readonly PolicyRule[] {
  const read = policiesSchema.safeParse(policies);
  if (read.success) return read.data;
  throw new Fault(
    "bad-config",
    read.error.issues
      .map(({ path, message }) => `${inPolicies(file, path)} ${message.replace(/\.?$/, ".")}`)
      .join("\n"),
  );
}

/** Throws Fault("bad-config") where policies let approvers change what these tools do not have. */
export function checkEditable(
  policies: readonly PolicyRule[],
  tools: ReadonlyMap<string, AnyTool>,
  file: string,
): void {
  const wrong = wrongEditable(policies, tools).map(({ path, sentence }) => `${inPolicies(file, path)} ${sentence}`);
  if (wrong.length > 0) throw new Fault("bad-config", wrong.join("\n"));
}

function inPolicies(file: string, path: readonly PropertyKey[]): string {
  return placeIn(file, ["policies", ...path]);
}
