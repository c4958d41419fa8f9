import { z } from "zod";
import type { JsonObject } from "../domain/json.ts";
import { nearName } from "../workflow/index.ts";
import type { Task } from "./specialist.ts";

const text = (says: string) => z.string(says).min(1, says).max(2000, `${says}, in at most 2000 characters`);

/** The fields that tasks are given, each with what to write. A task may be given more: its model reads it. */
export const fields = {
  service: text("say which service, such as checkout"),
  environment: text("say which environment, such as production"),
  startedAt: z.iso.datetime({ offset: true, error: "say when it began, such as 2026-11-01T12:00:00Z" }),
  last: z.number("say how far back to look, in milliseconds").min(60_000).max(86_400_000),
  evidence: z.record(z.string(), z.json(), "give what was gathered, an object"),
  run: text("name a run, by its id or R-…").optional(),
  about: text("say what it is about: R-… or words"),
  question: text("give the question"),
  request: text("give the request, in words"),
  repository: text("name the repository, such as acme/checkout"),
  title: text("give the title"),
  author: text("say who wrote it"),
} as const;

/** What a task's input must hold. */
export function given(shape: Readonly<Record<string, z.ZodType>>): NonNullable<Task["input"]> {
  return z.looseObject(shape);
}

export const place = given({ service: fields.service, environment: fields.environment });

/** What is wrong with an input for this task, a sentence for each field. `judges` says which fields can be judged yet. */
export function wrongInput(
  { input: schema }: Pick<Task, "input">,
  input: JsonObject,
  judges: (field: string) => boolean = () => true,
): string[] {
  const parsed = schema?.safeParse(input);
  if (schema === undefined || parsed === undefined || parsed.success) return [];
  const known = Object.keys(schema.shape);
  const others = Object.keys(input).filter((name) => !known.includes(name));
  return parsed.error.issues.flatMap(({ path, message }) => {
    const field = String(path[0] ?? "");
    if (!judges(field)) return [];
    const near = Object.hasOwn(input, field) ? null : nearName(field, others);
    return [`“${field}”: ${message}${near === null ? "" : `; “${near}” is no field of it`}.`];
  });
}
