import type { Specialist } from "../agents/index.ts";
import { Fault } from "../domain/fault.ts";
import type { AnyTool } from "../domain/tool.ts";
import { nearName } from "../workflow/index.ts";
import type { StewardYaml } from "./schema.ts";
import { placeIn } from "./steward-yaml.ts";

/** Our own inner tools: what a specialist has of them is ours to say. */
const inner = /^(?:model|plans|agents|board|budget)\./;

/** The specialists with the tools that steward.yaml gives them besides their own. */
export function equipped(specialists: readonly Specialist[], { specialists: more }: StewardYaml): Specialist[] {
  return specialists.map((one) => ({ ...one, tools: [...new Set([...one.tools, ...(more[one.name]?.tools ?? [])])] }));
}

/** Throws Fault("bad-config") where steward.yaml names a specialist or a tool that there is not, or an inner one. */
export function checkSpecialists(
  specialists: readonly Specialist[],
  { specialists: more }: StewardYaml,
  tools: ReadonlyMap<string, AnyTool>,
  file: string,
): void {
  const wrong = Object.entries(more).flatMap(([name, { tools: given }]) => {
    const at = (path: readonly PropertyKey[]) => placeIn(file, ["specialists", name, ...path]);
    if (!specialists.some((one) => one.name === name))
      return [
        `${at([])} there is no specialist ${name}. ${near(
          name,
          specialists.map((one) => one.name),
        )}`,
      ];
    return given.flatMap((tool, i) => {
      if (inner.test(tool))
        return [`${at(["tools", i])} ${tool} is Steward's own; only tools of systems can be given.`];
      if (tools.has(tool)) return [];
      return [`${at(["tools", i])} there is no tool ${tool} here. ${near(tool, [...tools.keys()])}`];
    });
  });
  if (wrong.length > 0) throw new Fault("bad-config", wrong.join("\n"));
}

function near(name: string, names: readonly string[]): string {
  const found = nearName(name, names);
  return found === null ? "See docs/specialists.md." : `Did you mean ${found}?`;
}
