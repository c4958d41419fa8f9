import { z } from "zod";
import {
  environmentParam,
  hoursParam,
  type IntentSpec,
  type Kind,
  lineParam,
  runParam,
  saidDuration,
  ticketParam,
} from "../domain/intent.ts";
import type { Json } from "../domain/json.ts";
import { type Grammar, grammarOf, matchWhole } from "./grammar.ts";
import { plainNumber } from "./length.ts";
import type { Phrase } from "./phrase.ts";

/** A definition that says itself how people ask for it: in its phrases its inputs are the slots. */
export interface Phrased {
  readonly name: string;
  readonly summary: string;
  readonly phrases: readonly string[];
  readonly input: Readonly<
    Record<
      string,
      {
        readonly type: "string" | "number" | "boolean" | "duration" | "hours" | "run" | "ticket";
        readonly required: boolean;
        readonly default?: Json | undefined;
        readonly enum?: readonly Json[] | undefined;
      }
    >
  >;
}

/** Inputs that are one word, the name of something, by what they are called. Any other string is whatever people write. */
const names = new Set([
  "service",
  "person",
  "channel",
  "audience",
  "database",
  "server",
  "resource",
  "workflow",
  "version",
]);
const mostSaid = 24;
const samples = ["checkout", "3", "22:00 to 7:00", "OPS-12"];
const madeUpRun = "R-ABC123";

/**
 * The intents there are, and one more for each definition with phrases of its own. Refused, a sentence for each: a phrase that is
 * none, one that holds nothing but slots, and one that means something else already.
 */
export function withPhrased(
  intents: readonly IntentSpec[],
  definitions: readonly Phrased[],
): { readonly intents: readonly IntentSpec[]; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const all = [...intents];
  for (const definition of definitions) {
    const at = `The workflow ${definition.name}, phrases:`;
    const spec = intentOf(definition);
    let grammar: Grammar;
    try {
      grammar = grammarOf(spec);
    } catch (error) {
      problems.push(`${at} ${(error as Error).message}; a slot is an input's name in braces, such as {service}.`);
      continue;
    }
    const bare = grammar.phrases.find(({ words }) => words.length === 0);
    if (bare) problems.push(`${at} “${bare.text}” holds no word of its own, so it would mean anything; add one.`);
    if (all.some(({ name }) => name === spec.name))
      problems.push(
        `${at} there is an intent ${spec.name} already; give the workflow another name, or write on: {intent: ${spec.name}}.`,
      );
    else if (!bare) problems.push(...collisions(grammar, all.map(grammarOf)).map((problem) => `${at} ${problem}`));
    all.push(spec);
  }
  return { intents: all, problems };
}

function intentOf({ name, summary, phrases, input }: Phrased): IntentSpec {
  const params = z.object(
    Object.fromEntries(
      Object.entries(input).map(([field, { type, required, enum: allowed }]) => {
        const schema = schemaOf(field, type, allowed?.map(String));
        return [field, required ? schema : schema.optional()];
      }),
    ),
  );
  const kind = kindOf(Object.entries(input));
  const spec = { name, summary, params, phrases, examples: [], ...(kind && { kind }) };
  return { ...spec, examples: exampleOf(spec) };
}

/** What it is about, by what it takes. */
function kindOf(input: readonly (readonly [string, { readonly type: string }])[]): Kind | null {
  if (input.some(([name, { type }]) => type === "run" || name === "workflow")) return "work";
  return input.some(([name]) => name === "service") ? "services" : null;
}

function schemaOf(field: string, type: Phrased["input"][string]["type"], allowed?: readonly string[]): z.ZodType {
  const description = `Which ${field}?`;
  if (allowed !== undefined)
    return [...allowed].sort().join() === "production,staging"
      ? environmentParam()
      : z.enum(allowed).meta({ description });
  if (type === "boolean") return z.enum(["yes", "no"]).meta({ description: `${field}: yes or no?` });
  if (type === "run") return runParam();
  if (type === "ticket") return ticketParam();
  if (type === "hours") return hoursParam("From when to when?");
  if (type === "duration") return saidDuration("For how long?");
  if (type === "number")
    return z
      .string()
      .transform((said) => plainNumber(said))
      .pipe(z.string().regex(/^\d{1,12}(?:\.\d{1,6})?$/, `${field} must be a number`))
      .meta({ description: `How many ${field}?` });
  return names.has(field) ? z.string().min(1).describe(description) : lineParam(`What is “${field}” to be?`);
}

/** The first phrase with a value in each slot; one that names no run, where there is one: no run is called as an example says. */
function exampleOf(spec: IntentSpec): string[] {
  try {
    const all = saidOf(grammarOf(spec));
    const first = all.find((sentence) => !sentence.includes(madeUpRun)) ?? all[0];
    return first === undefined ? [] : [first];
  } catch {
    return [];
  }
}

/** What these phrases, said with some values, already mean, and what is said for others that they would take. */
function collisions(grammar: Grammar, others: readonly Grammar[]): string[] {
  const sentences = saidOf(grammar);
  return others.flatMap((other) => {
    const { name } = other.spec;
    const taken = sentences.find((sentence) => matchWhole(other, sentence) !== null);
    if (taken !== undefined) return [`“${taken}” means ${name} already; say it in other words.`];
    const takes = [...saidOf(other), ...other.spec.examples].find((sentence) => matchWhole(grammar, sentence) !== null);
    return takes === undefined
      ? []
      : [`“${takes}”, which means ${name}, would be taken for it; say it in other words.`];
  });
}

/** Sentences that an intent's phrases make. */
function saidOf(grammar: Grammar): string[] {
  return grammar.phrases.flatMap((phrase) => variantsOf(phrase, grammar));
}

function variantsOf(phrase: Phrase, { slots, spec }: Grammar): string[] {
  return phrase.variants(mostSaid).map((variant) =>
    variant.replace(/\{(\w+)\}/gu, (_, param: string) => {
      const slot = slots.get(param);
      if (slot === undefined) return param;
      if (slot.kind === "choice") return slot.choices[0] ?? param;
      if (slot.kind === "duration") return "2 hours";
      if (slot.kind === "run") return madeUpRun;
      const schema = spec.params.shape[param] as z.ZodType;
      return samples.find((sample) => schema.safeParse(sample).success) ?? param;
    }),
  );
}
