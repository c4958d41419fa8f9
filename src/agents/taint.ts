import type { z } from "zod";
import { canonical, type Json, type JsonObject } from "../domain/json.ts";
import type { AnyTool } from "../domain/tool.ts";
import type { TaskInput } from "./task.ts";

/**
 * The arguments a model that has read something from outside may owe to it: all but those whose whole value people here gave
 * under that very name, in the trusted part of the task's input. What may only be read is also free to be one of the values that
 * the tool itself names, unless people named another.
 */
export function taintedArgs(tool: AnyTool, args: JsonObject, task: TaskInput): string[] {
  const given = new Map<string, Set<string>>();
  for (const [name, value] of Object.entries(task.input))
    if (!task.tainted?.includes(name)) collect(name, value, given);
  const shape = shapeOf(tool.params);
  const parsed = tool.params.safeParse(args);
  const reads = parsed.success && tool.risk(parsed.data) === "read";
  return Object.keys(args).filter((name) => {
    const named = [given.get(name), given.get(`${name}s`)].filter((one) => one !== undefined);
    if (named.some((one) => one.has(canonical(args[name] ?? null)))) return false;
    const schema = Object.hasOwn(shape, name) ? shape[name] : undefined;
    return !(isOnlyChoice(schema) || (isChoice(schema) && reads && named.length === 0));
  });
}

/** Every value inside a value by the name it stands under, itself too. Values of a list stand under the list's name. */
function collect(name: string, value: Json, into: Map<string, Set<string>>): void {
  const known = into.get(name) ?? new Set<string>();
  into.set(name, known.add(canonical(value)));
  if (Array.isArray(value)) for (const one of value as readonly Json[]) collect(name, one, into);
  else if (value !== null && typeof value === "object")
    for (const [inside, one] of Object.entries(value)) collect(inside, one, into);
}

type Schema = z.core.$ZodTypes;

function shapeOf(params: z.ZodType): Readonly<Record<string, z.core.$ZodType>> {
  const { def } = (params as unknown as Schema)._zod;
  return def.type === "object" ? def.shape : {};
}

/** Whether a value of this schema is one of a few that the tool names. */
function isChoice(schema: z.core.$ZodType | undefined): boolean {
  if (schema === undefined) return false;
  const { def } = (schema as Schema)._zod;
  switch (def.type) {
    case "enum":
    case "boolean":
    case "literal":
    case "null":
      return true;
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
      return isChoice(def.innerType);
    case "array":
      return isChoice(def.element);
    case "union":
      return def.options.every(isChoice);
    default:
      return false;
  }
}

/** Whether a value of this schema can be one thing alone: whoever names it chooses nothing. */
function isOnlyChoice(schema: z.core.$ZodType | undefined): boolean {
  if (schema === undefined) return false;
  const { def } = (schema as Schema)._zod;
  switch (def.type) {
    case "enum":
      return Object.keys(def.entries).length === 1;
    case "literal":
      return def.values.length === 1;
    case "optional":
    case "default":
    case "prefault":
      return isOnlyChoice(def.innerType);
    default:
      return false;
  }
}
