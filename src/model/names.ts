import { z } from "zod";
import type { Json, JsonObject } from "../domain/json.ts";
import { sha256 } from "../domain/json.ts";
import type { AnyTool } from "../domain/tool.ts";

/** A tool as the model's API takes it. */
export interface Offer {
  readonly name: string;
  readonly description: string;
  readonly input_schema: { readonly type: "object" } & JsonObject;
}

/** What is offered to a model, and the way back from the names it uses. */
export interface Offers {
  readonly offers: readonly Offer[];
  /** The tool a name of the API stands for; a name that stands for none comes back as it is. */
  toolNamed(offered: string): string;
  /** The arguments as the tool takes them. */
  argsOf(offered: string, input: Json): Json;
}

/** The name under which a task's answer is offered as a tool of its own; no other tool may be offered under it. */
export const reportName = "report";

const wrapped = "value";

/** Offers tools under names the API accepts (letters, digits, _ and -, 64 at most), each its own; and the report, if there is one. */
export function offersOf(
  tools: readonly AnyTool[],
  report: { readonly description: string; readonly schema: z.ZodType } | null,
): Offers {
  const taken = new Map<string, string>();
  const bare = new Set<string>();
  const offers = tools.map((tool): Offer => {
    const name = nameFor(tool.name, (wanted) => wanted === reportName || taken.has(wanted));
    taken.set(name, tool.name);
    return offer(name, tool.summary, tool.params, bare);
  });
  if (report) offers.push(offer(reportName, report.description, report.schema, bare));
  return {
    offers,
    toolNamed: (offered) => taken.get(offered) ?? offered,
    argsOf: (offered, input) => (bare.has(offered) ? ((input as JsonObject | null)?.[wrapped] ?? null) : input),
  };
}

function nameFor(tool: string, isTaken: (name: string) => boolean): string {
  const plain = tool.replace(/[^a-zA-Z0-9_-]/g, "_");
  return plain.length > 0 && plain.length <= 64 && !isTaken(plain)
    ? plain
    : `${plain.slice(0, 50)}-${sha256(tool).slice(0, 12)}`;
}

/** The API takes objects only: anything else is offered as the one property of one. */
function offer(name: string, description: string, schema: z.ZodType, bare: Set<string>): Offer {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { unrepresentable: "any", io: "input" }) as JsonObject;
  if (json["type"] === "object") return { name, description, input_schema: { ...json, type: "object" } };
  bare.add(name);
  return {
    name,
    description,
    input_schema: { type: "object", properties: { [wrapped]: json }, required: [wrapped] },
  };
}
