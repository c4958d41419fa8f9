import { randomUUID } from "node:crypto";
import type { JsonObject } from "../../src/domain/json.ts";
import type { AnyTool } from "../../src/domain/tool.ts";

/** Calls a tool as `perform` does: arguments and result go through its schemas. */
export async function run(tool: AnyTool, args: JsonObject, effectId: string = randomUUID()): Promise<unknown> {
  const result: unknown = await tool.run({
    tenant: "default",
    args: tool.params.parse(args),
    effectId,
    actorId: "actor",
    runId: "actor",
    requesterId: null,
    signal: AbortSignal.timeout(10_000),
    progress: () => undefined,
  } as never);
  return tool.result.parse(result);
}
