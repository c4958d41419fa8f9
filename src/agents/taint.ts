import type { z } from "zod";
import { canonical, type Json, type JsonObject } from "../domain/json.ts";
import type { AnyTool } from "../domain/tool.ts";
import type { TaskInput } from "./task.ts";

/**
 * The arguments a model that has read something from outside may owe to it: all but those whose whole value stands in the
 * trusted part of the task's input, and those that can only be one of the values the tool itself names.
 */
export function taintedArgs(tool: AnyTool, args: JsonObject, task: TaskInput): string[] {
  const given = new Set<string>();
  for (const [name, value] of Object.entries(task.input)) if (!task.tainted?.includes(name)) collect(value, given);
  const shape = shapeOf(tool.params);
  return Object.keys(args).filter((name) => {
    const value = args[name] ?? null;
    return !given.has(canonical(value)) && !isChoice(Object.hasOwn(shape, name) ? shape[name] : undefined);
  });
}

/** Every value inside a value, itself too. */
function collect(value: Json, into: Set<string>): void {
  into.add(canonical(value));
  if (value !== null && typeof value === "object")
    for (const inside of Object.values(value)) collect(inside as Json, into);
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
