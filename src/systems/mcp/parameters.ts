import { z } from "zod";
import { Fault } from "../../domain/fault.ts";

const longest = 50_000;
const deepest = 40;
const most = 5000;

/** Such a pattern may take hours on a short text: "(a+)+". */
const repeatsRepetition = /[+*}][^()]*\)[+*{]/;

const Count = z.int().min(0);
const Names = z.array(z.string());
const types = z.enum(["string", "number", "integer", "boolean", "object", "array", "null"]);
/** A schema may also be `true` (anything) or `false` (nothing). */
const Schema: z.ZodType = z.lazy(() => z.union([z.boolean(), Node]));
const SchemaMap = z.record(z.string(), Schema);
const SchemaList = z.array(Schema).min(1);

/** Keywords whose form matters for judging arguments; what is not named here only describes. */
const Node = z
  .looseObject({
    type: z.union([types, z.array(types).min(1)]),
    properties: SchemaMap,
    patternProperties: SchemaMap,
    $defs: SchemaMap,
    definitions: SchemaMap,
    items: z.union([Schema, SchemaList]),
    prefixItems: SchemaList,
    additionalProperties: Schema,
    propertyNames: Schema,
    anyOf: SchemaList,
    oneOf: SchemaList,
    allOf: SchemaList,
    not: Schema,
    required: Names,
    enum: z.array(z.json()).min(1),
    minLength: Count,
    maxLength: Count,
    minItems: Count,
    maxItems: Count,
    minProperties: Count,
    maxProperties: Count,
    uniqueItems: z.boolean(),
    minimum: z.number(),
    maximum: z.number(),
    exclusiveMinimum: z.number(),
    exclusiveMaximum: z.number(),
    multipleOf: z.number().positive(),
    pattern: z
      .string()
      .max(200)
      .refine((pattern) => !repeatsRepetition.test(pattern)),
    format: z.string(),
    $ref: z.string().startsWith("#", "refers to a schema outside this one"),
  })
  .partial();

/**
 * The arguments a tool takes, from the JSON Schema its server lists. Throws Fault("bad-config") with what is wrong in it:
 * ill-formed, larger than anyone needs, or saying what cannot be checked here (conditions, outside references, itself).
 */
export function parametersOf(schema: unknown): z.ZodType {
  if ((JSON.stringify(schema) ?? "").length > longest) throw wrong(`it is longer than ${longest} characters`);
  const form = Node.safeParse(schema);
  if (!form.success) throw wrong(sentenceOf(form.error.issues[0]));
  if (form.data["type"] !== "object") throw wrong('its type must be "object": a tool is called with named arguments');
  if (isEndless(form.data)) throw wrong("it is too deep, or refers to itself");
  try {
    const params = z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema);
    // Contracts are hashed by their schema: one that has none could change unseen.
    z.toJSONSchema(params, { unrepresentable: "any" });
    return params;
  } catch (error) {
    throw wrong((error as Error).message);
  }
}

function wrong(what: string): Fault {
  return new Fault("bad-config", what.replace(/\.?$/, "."));
}

/** Where the mistake is: of the forms a schema may have, the one that got furthest. */
function sentenceOf(issue: z.core.$ZodIssue | undefined, at: readonly PropertyKey[] = []): string {
  const path = [...at, ...(issue?.path ?? [])];
  if (issue?.code === "invalid_union" && issue.errors.length > 0) {
    const furthest = issue.errors.map(([first]) => first).sort((a, b) => pathLength(b) - pathLength(a))[0];
    if (pathLength(furthest) > 0) return sentenceOf(furthest, path);
  }
  return `${path.map(String).join(".") || "the whole"} is not what a schema may hold there`;
}

function pathLength(issue: z.core.$ZodIssue | undefined): number {
  if (issue?.code !== "invalid_union") return issue?.path.length ?? 0;
  return issue.path.length + Math.max(0, ...issue.errors.map(([first]) => pathLength(first)));
}

/** Whether writing every reference out would end: judging an argument follows them. */
function isEndless(schema: Record<string, unknown>): boolean {
  let left = most;
  const walk = (value: unknown, depth: number): boolean => {
    if (typeof value !== "object" || value === null) return false;
    left -= 1;
    if (left < 0 || depth > deepest) return true;
    const reference = (value as { $ref?: unknown }).$ref;
    if (typeof reference === "string" && walk(follow(schema, reference), depth + 1)) return true;
    return Object.values(value).some((inner) => walk(inner, depth + 1));
  };
  return walk(schema, 0);
}

function follow(schema: unknown, reference: string): unknown {
  const steps = reference.replace(/^#\/?/, "").split("/").filter(Boolean);
  return steps.reduce<unknown>(
    (at, step) =>
      (at as Record<string, unknown> | null | undefined)?.[step.replaceAll("~1", "/").replaceAll("~0", "~")],
    schema,
  );
}
