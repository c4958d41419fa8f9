import { z } from "zod";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import { evaluate } from "./expression.ts";

/** Arithmetic for workflows and specialists, so that no figure is guessed. It reaches nothing. */
export function sandboxTools(): AnyTool[] {
  return [
    defineTool({
      name: "sandbox.compute",
      summary:
        "Compute a number: + - * / % ^ ( ), and sum mean median min max deviation count first last percentile(list, p) abs round floor ceil sqrt log",
      params: z.object({
        expression: z.string().min(1).max(1000),
        /** What the names in it stand for. */
        values: z
          .record(z.string().regex(/^[a-z_]\w{0,40}$/i), z.union([z.number(), z.array(z.number()).max(10_000)]))
          .default({}),
      }),
      result: z.object({ value: z.number() }),
      risk: () => "read" as const,
      effect: "keyed",
      timeoutMs: 5000,
      steers: [],
      describe: ({ expression }) => `Compute ${expression}`,
      run: async ({ args: { expression, values } }) => ({ value: evaluate(expression, values) }),
    }),
  ];
}
