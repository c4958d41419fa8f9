import { Fault } from "../domain/fault.ts";
import type { AnyTool } from "../domain/tool.ts";
import { type Nameable, type PolicyRule, policiesSchema, wrongEditable, wrongNames } from "../gates/gates.ts";
import { connectorsSchema } from "./connectors.ts";
import { rolesIn, type StewardYaml } from "./schema.ts";
import { placeIn } from "./steward-yaml.ts";

/** What policies may name besides what steward.yaml says itself. */
export interface Around {
  readonly tools: ReadonlyMap<string, AnyTool>;
  /** Tools that only a system brings which is not here. */
  readonly elsewhere: readonly string[];
  /** Names of the services there are. */
  readonly services: readonly string[];
}

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

/** Throws Fault("bad-config") where policies name a tool, an argument, a value or a role that there is not: they would never match. */
export function checkPolicies(policies: readonly PolicyRule[], yaml: StewardYaml, file: string, around: Around): void {
  const wrong = [...wrongNames(policies, nameable(yaml, around)), ...wrongEditable(policies, around.tools)];
  if (wrong.length === 0) return;
  throw new Fault("bad-config", wrong.map(({ path, sentence }) => `${inPolicies(file, path)} ${sentence}`).join("\n"));
}

/** What the file says, in one sentence, and one more for each policy that waits for a system which is not connected. */
export function configurationReport(
  file: string,
  { people, channels }: StewardYaml,
  policies: readonly PolicyRule[],
  tools: ReadonlyMap<string, AnyTool>,
): string[] {
  const idle = policies.flatMap(({ name, match: { tool } }) =>
    tool === undefined || tools.has(tool)
      ? []
      : [`The policy “${name}” matches nothing now: no system that is connected offers ${tool}.`],
  );
  return [
    `${file}: read; it names ${people.length} people, ${channels.length} channels and ${policies.length} policies, and all they refer to is there.`,
    ...idle,
  ];
}

function nameable(yaml: StewardYaml, { tools, elsewhere, services }: Around): Nameable {
  const environments = yaml.services.flatMap((one) => Object.keys(one.environments));
  const admitted = yaml.connectors.mcp.flatMap((server) =>
    Object.keys(server.tools).map((tool) => `mcp.${server.name}.${tool}`),
  );
  return {
    tools,
    absent: [...elsewhere, ...admitted],
    systems: [...Object.keys(connectorsSchema.shape), "github"],
    roles: rolesIn(yaml),
    values: {
      services: { service: services, environment: [...new Set([...environments, "staging", "production"])] },
      messages: { audience: Object.keys(yaml.audiences), channel: yaml.channels.map(({ name }) => name) },
      directory: { person: yaml.people.map(({ id }) => id) },
    },
  };
}

function inPolicies(file: string, path: readonly PropertyKey[]): string {
  return placeIn(file, ["policies", ...path]);
}
