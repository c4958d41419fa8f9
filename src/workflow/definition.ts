import type { JsonObject } from "../domain/json.ts";
import { canonical, sha256 } from "../domain/json.ts";
import type { Field } from "./input.ts";
import { resolveText } from "./references.ts";
import type { Reply, Step, Trigger, Wording } from "./schema.ts";

/** What a definition says, as it is hashed: steps are a list because their order is shown to people. */
export interface Content {
  readonly name: string;
  readonly summary: string;
  readonly on: readonly Trigger[];
  /** How people ask for it; then it is an intent of its own, and `on` has it. */
  readonly phrases?: readonly string[] | undefined;
  /** What it says in its thread is for whoever asked alone, and only its last word is said. */
  readonly alone?: true | undefined;
  /** Whoever asked and those who read the audit see its runs; to everybody else they are not there. So it is with what is `alone`. */
  readonly personal?: true | undefined;
  readonly input: Readonly<Record<string, Field>>;
  readonly title: string;
  readonly steps: readonly Step[];
  /** The last word, or several, of which the first that holds is said. */
  readonly reply?: Reply | undefined;
  /** What is said after who ended it, when people did. */
  readonly stopped?: Wording | undefined;
  /** Of a request in several parts: each ends on its own, and each has its own last word. */
  readonly parts?: readonly Part[] | undefined;
}

/** One part of a request: what it is called, which parts come first, and which steps are its own. */
export interface Part {
  readonly id: string;
  readonly title: string;
  readonly waitsFor: readonly string[];
  readonly steps: readonly string[];
  readonly reply?: Content["reply"];
  readonly stopped?: Content["stopped"];
}

/** A workflow as immutable, content-addressed data. The same content always has the same hash. */
export interface Definition extends Content {
  /** SHA-256 of `body`, hex. */
  readonly hash: string;
  /** Canonical JSON of the content: all that needs to be kept. */
  readonly body: string;
  readonly byId: ReadonlyMap<string, Step>;
  /** For each step, the steps that must be settled first: what it names, and the approval that covers it. */
  readonly after: ReadonlyMap<string, readonly string[]>;
  /** For each covered step, the approval that covers it. */
  readonly coveredBy: ReadonlyMap<string, string>;
  /** For each step of a request in several parts, the part it belongs to. */
  readonly partOf: ReadonlyMap<string, Part>;
  /** Names of the inputs that are durations. */
  readonly durations: readonly string[];
}

/** Builds a definition from content that has been checked. */
export function define(content: Content): Definition {
  return definitionFrom(canonical(content));
}

/** The definition again, from the body it was kept as. */
export function definitionFrom(body: string): Definition {
  const content = JSON.parse(body) as Content;
  const coveredBy = coversOf(content.steps);
  return {
    ...content,
    hash: sha256(body),
    body,
    byId: new Map(content.steps.map((step) => [step.id, step])),
    after: new Map(content.steps.map((step) => [step.id, dependenciesOf(step, coveredBy)])),
    coveredBy,
    partOf: new Map((content.parts ?? []).flatMap((part) => part.steps.map((id): [string, Part] => [id, part]))),
    durations: Object.keys(content.input).filter((name) => content.input[name]?.type === "duration"),
  };
}

/** Which approval covers which step. */
export function coversOf(steps: readonly Step[]): Map<string, string> {
  return new Map(
    steps.flatMap((step) =>
      step.kind === "approve" ? step.approve.covers.map((id): [string, string] => [id, step.id]) : [],
    ),
  );
}

/** What a step waits for: what it names, and the approval that covers it. */
export function dependenciesOf(step: Step, coveredBy: ReadonlyMap<string, string>): readonly string[] {
  const approval = coveredBy.get(step.id);
  return approval === undefined ? step.dependsOn : [...new Set([...step.dependsOn, approval])];
}

/** The tool and agent steps that this step follows, directly or not. */
export function worksBefore(definition: Definition, id: string, seen = new Set<string>()): string[] {
  return (definition.after.get(id) ?? []).flatMap((other) => {
    if (seen.has(other)) return [];
    seen.add(other);
    const kind = definition.byId.get(other)?.kind;
    return [...(kind === "tool" || kind === "agent" ? [other] : []), ...worksBefore(definition, other, seen)];
  });
}

/** These steps, and all that follow one of them, directly or not. */
export function followersOf({ steps, after }: Definition, ids: readonly string[]): ReadonlySet<string> {
  const found = new Set(ids);
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const { id } of steps) if ((after.get(id) ?? []).some((other) => found.has(other))) found.add(id);
  }
  return found;
}

/** What a step is called within its part. */
export function nameIn({ partOf }: Pick<Definition, "partOf">, id: string): string {
  const part = partOf.get(id);
  return part === undefined ? id : id.slice(part.id.length + 1);
}

const longestTitle = 160;

/** What a run is called in sentences ("ana asked to ..."): "restart checkout in production". One line, shortened when what it quotes is long. */
export function titleOf(
  definition: Definition,
  input: JsonObject,
  requester: { readonly id: string; readonly name: string },
): string {
  const title = resolveText(definition.title, { input, requester, outputs: {}, durations: definition.durations });
  const line = title.replace(/\s+/g, " ").trim();
  return line.length <= longestTitle ? line : `${line.slice(0, longestTitle - 1).toWellFormed()}…`;
}
