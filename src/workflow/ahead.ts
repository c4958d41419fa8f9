import type { Json, JsonObject } from "../domain/json.ts";
import { holds } from "./conditions.ts";
import type { Content } from "./definition.ts";
import { findReferences, type Reference, resolve, resolveText, type Scope } from "./references.ts";
import { type Step, specialistsOf } from "./schema.ts";

/** What a run will do for sure, if it comes that far, as far as that is known before it begins. */
export interface Ahead {
  readonly calls: readonly CallAhead[];
  /** Where it tells something: names of channels, without #. */
  readonly channels: readonly string[];
  /** Tasks it cannot do without, each with who may have it. */
  readonly tasks: readonly { readonly task: string; readonly specialists: readonly string[] }[];
}

export interface CallAhead {
  readonly tool: string;
  /** Those that are known; `isWhole` when these are all. */
  readonly args: JsonObject;
  readonly isWhole: boolean;
  /** The input that an argument is, by the argument's name. */
  readonly inputs: Readonly<Record<string, string>>;
}

/** Reads ahead what follows from the input alone. What a run can do without, or what depends on what it will find, is left out. */
export function readAhead(
  { steps, input: fields }: Pick<Content, "steps" | "input">,
  input: JsonObject,
  requester: Scope["requester"],
): Ahead {
  const durations = Object.keys(fields).filter((name) => fields[name]?.type === "duration");
  const scope: Scope = { input, requester, outputs: {}, durations };
  const sure = steps.filter((step) => isSure(step, scope));
  return {
    calls: sure.flatMap((step) => (step.kind === "tool" && step.onError !== "skip" ? [callOf(step, scope)] : [])),
    tasks: sure.flatMap((step) =>
      step.kind === "agent" && step.onError !== "skip" && step.onError !== "escalate"
        ? [{ task: step.agent.task, specialists: specialistsOf(step) }]
        : [],
    ),
    channels: sure.flatMap((step) =>
      step.kind === "notify"
        ? [step.notify.to ?? []]
            .flat()
            .filter(isKnown)
            .map((to) => resolveText(to, scope).replace(/^#/, ""))
            .filter((place) => place !== "thread")
        : [],
    ),
  };
}

/** The calls that people may be asked to approve, each with what is known of its arguments before anything was found out. */
export function wishedCalls(
  { steps, input: fields }: Pick<Content, "steps" | "input">,
  input: JsonObject,
  requester: Scope["requester"],
): readonly Pick<CallAhead, "tool" | "args">[] {
  const durations = Object.keys(fields).filter((name) => fields[name]?.type === "duration");
  const scope: Scope = { input, requester, outputs: {}, durations };
  const covered = steps.flatMap((step) => (step.kind === "approve" ? step.approve.covers : []));
  return steps.flatMap((step) =>
    step.kind === "tool" && covered.includes(step.id) && (step.when === undefined || mayHold(step.when, scope))
      ? [callOf(step, scope)]
      : [],
  );
}

/** Whether nothing that is known speaks against a condition. */
function mayHold(condition: Json, scope: Scope): boolean {
  const { all, any } = condition as { readonly all?: readonly Json[]; readonly any?: readonly Json[] };
  if (all !== undefined) return all.every((one) => mayHold(one, scope));
  if (any !== undefined) return any.some((one) => mayHold(one, scope));
  return !isKnown(condition) || holds(condition as JsonObject, scope);
}

function isSure({ when }: Step, scope: Scope): boolean {
  return when === undefined || (isKnown(when) && holds(when as JsonObject, scope));
}

function callOf({ tool }: Extract<Step, { kind: "tool" }>, scope: Scope): CallAhead {
  const known = Object.entries(tool.args).filter(([, value]) => isKnown(value));
  return {
    tool: tool.name,
    args: Object.fromEntries(known.map(([name, value]) => [name, resolve(value, scope)])),
    isWhole: known.length === Object.keys(tool.args).length,
    inputs: Object.fromEntries(
      known.flatMap(([name, value]) => {
        const [reference, ...others] = referencesIn(value);
        return reference?.source === "input" && others.length === 0 ? [[name, reference.name]] : [];
      }),
    ),
  };
}

/** Whether it refers to nothing that is not known yet. */
function isKnown(value: Json): boolean {
  return referencesIn(value).every((reference) => reference?.source === "input" || reference?.source === "requester");
}

function referencesIn(value: Json): (Reference | null)[] {
  return findReferences(value).map(({ reference }) => reference);
}
