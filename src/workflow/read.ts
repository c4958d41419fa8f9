import type { z } from "zod";
import type { Content } from "./definition.ts";
import type { Complaint } from "./problems.ts";
import { nearName, remedyNear } from "./problems.ts";
import type { Step, StepKind } from "./schema.ts";
import { headSchema, remedies, reservedKeys, stepKinds, stepSchemas } from "./schema.ts";

type Path = readonly (string | number)[];

/** What a file holds, and where each step stands in it; or what is wrong with its form. */
export type Read =
  | { readonly content: Content; readonly places: ReadonlyMap<string, Path> }
  | { readonly content: null; readonly complaints: readonly Complaint[] };

/** Reads the form of a file: its keys and the types of their values. What the parts say to each other is judged later. */
export function readFile(file: unknown): Read {
  if (!isMap(file))
    return {
      content: null,
      complaints: [
        {
          path: [],
          message: "A workflow is a map with name, summary, on and steps.",
          remedy: "Begin with name: and summary:.",
        },
      ],
    };
  const head = headSchema.safeParse(
    Object.hasOwn(file, "phrases") && !Object.hasOwn(file, "on") ? { ...file, on: { intent: file["name"] } } : file,
  );
  const { entries, complaints } = entriesOf(file["steps"]);
  const steps = entries.map((entry) => readStep(entry.raw, entry.path));
  const all = [
    ...(head.success ? [] : complaintsOf(head.error, headSchema, file, [])),
    ...complaints,
    ...steps.flatMap((step) => step.complaints),
  ];
  const read = steps.flatMap((step) => (step.step === null ? [] : [step.step]));
  if (!head.success || all.length > 0) return { content: null, complaints: [...all, ...twice(read, entries)] };
  const doubled = twice(read, entries);
  if (doubled.length > 0) return { content: null, complaints: doubled };
  const { title, reply, stopped, steps: _, phrases, ...rest } = head.data;
  const own = rest.on.some((trigger) => "intent" in trigger && trigger.intent === rest.name);
  const on = phrases === undefined || own ? rest.on : [...rest.on, { intent: rest.name }];
  return {
    content: {
      ...rest,
      on,
      ...(phrases && { phrases }),
      title: title ?? rest.name,
      steps: read,
      ...(reply === undefined ? {} : { reply }),
      ...(stopped === undefined ? {} : { stopped }),
    },
    places: new Map(read.map((step, index) => [step.id, entries[index]?.path ?? ["steps"]])),
  };
}

function entriesOf(steps: unknown): { entries: { raw: unknown; path: Path }[]; complaints: Complaint[] } {
  if (Array.isArray(steps) && steps.length > 0)
    return { entries: steps.map((raw: unknown, index) => ({ raw, path: ["steps", index] })), complaints: [] };
  if (isMap(steps) && Object.keys(steps).length > 0)
    return {
      entries: Object.entries(steps).map(([id, raw]) => ({
        raw: isMap(raw) ? { ...raw, id } : raw,
        path: ["steps", id],
      })),
      complaints: [],
    };
  return {
    entries: [],
    complaints: [
      {
        path: ["steps"],
        message: "A workflow has at least one step.",
        remedy: "Write steps: as a list, each with an id, or as a map by id.",
      },
    ],
  };
}

function readStep(raw: unknown, path: Path): { step: Step | null; complaints: Complaint[] } {
  if (!isMap(raw))
    return {
      step: null,
      complaints: [{ path, message: "A step is a map.", remedy: `Give it an id and one of ${stepKinds.join(", ")}.` }],
    };
  const kinds = stepKinds.filter((kind) => Object.hasOwn(raw, kind));
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) return { step: null, complaints: [kindless(raw, kinds, path)] };
  const parsed = stepSchemas[kind].safeParse(raw);
  if (!parsed.success) return { step: null, complaints: complaintsOf(parsed.error, stepSchemas[kind], raw, path) };
  return { step: { kind, ...parsed.data } as Step, complaints: [] };
}

function kindless(raw: Record<string, unknown>, kinds: readonly StepKind[], path: Path): Complaint {
  if (kinds.length > 1)
    return { path, message: `A step is of one kind, not ${kinds.join(" and ")}.`, remedy: "Make a step of each." };
  const reserved = Object.keys(raw).find((key) => reservedKeys.includes(key));
  if (reserved !== undefined) return notYet(reserved, [...path, reserved]);
  const near = Object.keys(raw).find((key) => nearName(key, stepKinds) !== null && !["id", "when"].includes(key));
  if (near !== undefined)
    return {
      path: [...path, near],
      message: `There is no kind of step “${near}”.`,
      remedy: remedyNear(near, stepKinds),
    };
  return { path, message: "This step does nothing.", remedy: `Give it one of ${stepKinds.join(", ")}.` };
}

function twice(steps: readonly Step[], entries: readonly { path: Path }[]): Complaint[] {
  return steps.flatMap((step, index) =>
    steps.findIndex((other) => other.id === step.id) === index
      ? []
      : [
          {
            path: [...(entries[index]?.path ?? []), "id"],
            message: `There is already a step “${step.id}”.`,
            remedy: "Give each step its own id.",
          },
        ],
  );
}

/** What zod found, in our words: one complaint for each thing a person must change. */
function complaintsOf(error: z.ZodError, schema: z.ZodType, value: unknown, at: Path): Complaint[] {
  return error.issues.flatMap((issue) => fromIssue(issue, schema, value, at));
}

function fromIssue(issue: z.core.$ZodIssue, schema: z.ZodType, value: unknown, at: Path): Complaint[] {
  const inner = issue.path as Path;
  const path = [...at, ...inner];
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) =>
      reservedKeys.includes(key)
        ? notYet(key, [...path, key])
        : {
            path: [...path, key],
            message: `There is no key “${key}” here.`,
            remedy: remedyNear(key, keysAt(schema, inner)),
          },
    );
  if (issue.code === "invalid_union") {
    const branches = issue.errors.map((errors) =>
      errors.flatMap((one) =>
        fromIssue({ ...one, path: [...issue.path, ...one.path] } as z.core.$ZodIssue, schema, value, at),
      ),
    );
    const telling = branches.flat().find((complaint) => complaint.message.includes("not yet"));
    if (telling !== undefined) return [telling];
  }
  if (issue.code === "invalid_key")
    return [
      {
        path,
        message: `“${String(inner.at(-1))}” is not a name.`,
        remedy: "A name begins with a letter and holds letters, digits, - and _.",
      },
    ];
  const given = valueAt(value, inner);
  const key = [...inner].reverse().find((part) => typeof part === "string" && part in remedies);
  const remedy = remedies[String(key)] ?? `Give it what the key “${String(inner.at(-1))}” is for.`;
  if (given === undefined) return [{ path, message: `“${String(inner.at(-1))}” is missing.`, remedy }];
  const message =
    issue.code === "custom" || issue.code === "too_small" || issue.code === "invalid_format"
      ? `${issue.message.replace(/\.$/, "")}.`
      : `${JSON.stringify(given)} does not belong here.`;
  return [{ path, message, remedy }];
}

function notYet(key: string, path: Path): Complaint {
  return {
    path,
    message: `“${key}” is a reserved word: not yet supported.`,
    remedy: "Take it out; this version of Steward cannot do it yet.",
  };
}

/** The keys a map may have at this place; where it may be one of several things, those of all. */
function keysAt(schema: unknown, path: Path): readonly string[] {
  if (hasInner(schema)) return keysAt(schema.def.innerType, path);
  const { options, shape, element, valueType } = schema as Partial<Record<"shape", Record<string, unknown>>> & {
    readonly options?: readonly unknown[];
    readonly element?: unknown;
    readonly valueType?: unknown;
  };
  if (options !== undefined) return [...new Set(options.flatMap((option) => keysAt(option, path)))];
  const [key, ...rest] = path;
  if (key === undefined) return Object.keys(shape ?? {});
  return keysAt(shape?.[String(key)] ?? element ?? valueType ?? {}, rest);
}

function hasInner(schema: unknown): schema is { def: { innerType: unknown } } {
  return (schema as { def?: { innerType?: unknown } }).def?.innerType !== undefined;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, key) => (at !== null && typeof at === "object" ? (at as Record<string | number, unknown>)[key] : undefined),
    value,
  );
}

function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
