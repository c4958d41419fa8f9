import type { Context } from "hono";
import type { z } from "zod";
import { Fault } from "../domain/fault.ts";
import { cleanJson } from "../domain/text.ts";

const deepest = 64;

/** The most bytes any body may have. */
export const longestBody = 256 * 1024;

/** A request's JSON, checked against the schema, its texts cleaned. An absent body counts as {}. */
export async function readBody<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const text = await c.req.text();
  if (text !== "" && !/^application\/json\s*(;|$)/i.test(c.req.header("content-type") ?? ""))
    throw new Fault("unsupported", "The body must be JSON: send it with content-type application/json.");
  return check(schema, text === "" ? {} : parse(text), "body");
}

/** Query parameters, checked against the schema. */
export function readQuery<T>(c: Context, schema: z.ZodType<T>): T {
  return check(schema, cleanJson(c.req.query()), "query");
}

function parse(text: string): unknown {
  if (depthOf(text) > deepest)
    throw new Fault("bad-request", `The body is nested deeper than ${deepest} levels: flatten it.`);
  try {
    return cleanJson(JSON.parse(text));
  } catch (error) {
    throw new Fault("bad-request", `The body is not valid JSON: ${(error as Error).message.slice(0, 200)}`, {
      cause: error,
    });
  }
}

/** The deepest nesting of arrays and objects. Looks at the text, so that nothing recursive ever sees a deep one. */
export function depthOf(text: string): number {
  let depth = 0;
  let most = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quoted) {
      if (char === "\\") i++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === "{" || char === "[") most = Math.max(most, ++depth);
    else if (char === "}" || char === "]") depth--;
  }
  return most;
}

function check<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.join(".") ?? "";
  throw new Fault(
    "bad-request",
    `${path === "" ? `The ${where}` : `“${path}” in the ${where}`} is not right: ${issue?.message ?? "it does not fit"}.`,
  );
}
