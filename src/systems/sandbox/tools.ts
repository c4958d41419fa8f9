import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import type { Json } from "../../domain/json.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import { type ReadArtifact, whole } from "../whole.ts";
import { limits } from "./limits.ts";

const json = z.json() as z.ZodType<Json>;

/**
 * Computes over what others gathered, so that no figure is guessed. A program reaches nothing but its values, whoever wrote it;
 * what it returns may lie like what it was given, or like its author, and never counts as Steward's own word.
 */
export function sandboxTools(artifact: ReadArtifact): AnyTool[] {
  return [
    defineTool({
      name: "sandbox.run",
      summary:
        "Compute with a small JavaScript program, the body of a function: it sees `values`, may write console.log, and ends with return of something JSON can say. `stats` is the library simple-statistics. No await, import, network, files, chance or current time; dates are in UTC",
      params: z.object({
        program: z.string().min(1).max(limits.program),
        /** By name: what it computes with, as it is or {artifact, bytes}, as a tool of this run returned it. */
        values: z.record(z.string().max(100), json).default({}),
      }),
      result: z.object({ result: json, lines: z.array(z.string().max(limits.line)).max(limits.lines) }),
      risk: () => "read" as const,
      effect: "keyed",
      timeoutMs: 60_000,
      // Wherever it came from, it chooses nothing but what comes back.
      steers: [],
      describe: ({ program }) => `Compute ${program.length > 200 ? `${program.slice(0, 199)}…` : program}`,
      async run({ tenant, runId, args: { program, values }, signal }) {
        const read = await Promise.all(
          Object.entries(values).map(async ([name, value]) => [name, await whole(artifact, tenant, runId, value)]),
        );
        const text = JSON.stringify(Object.fromEntries(read));
        if (text.length > limits.values)
          throw new Fault(
            "bad-request",
            `The values are ${text.length} characters of JSON; a program takes ${limits.values}.`,
            { undone: true },
          );
        const { runProgram } = await import("./run.ts");
        return (await runProgram({ program, values: text, runMs: limits.runMs }, signal)) as {
          result: Json;
          lines: string[];
        };
      },
    }),
  ];
}
