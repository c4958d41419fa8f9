import { formatDuration, parseDuration } from "../domain/duration.ts";
import { canonical, type Json, type JsonObject } from "../domain/json.ts";
import { showHidden } from "../domain/text.ts";
import { type AnyTool, type Risk, risksOf } from "../domain/tool.ts";
import { argumentName, argumentValue, type Judged } from "../gates/gates.ts";
import {
  conditionInWords,
  type Definition,
  findReferences,
  parseReference,
  rewrite,
  riskIn,
  type Step,
} from "../workflow/index.ts";
import type { KnownToPlans } from "./plan-known.ts";
import type { Tools } from "./task.ts";

type Shown = Exclude<Step, { kind: "approve" }>;

/** What the lines of a plan are written with. */
interface Around {
  readonly definition: Definition;
  readonly tools: Tools;
  readonly known: KnownToPlans;
  /** Each step that has a line, with its number. */
  readonly numbers: ReadonlyMap<string, number>;
}

/**
 * The steps of a plan as whoever begins it reads them, a sentence for each: all it is made with, what it waits for, and, where it
 * may change something, that people are asked first. What another step brings is named, never as a text of the plan's own.
 */
export function linesOf(definition: Definition, tools: Tools, known: KnownToPlans): readonly string[] {
  const shown = definition.steps.filter((step): step is Shown => step.kind !== "approve");
  const numbers = new Map(shown.map(({ id }, i) => [id, i + 1]));
  const around = { definition, tools, known, numbers };
  return shown.map((step, i) => {
    const { says, tags = [] } = lineOf(step, around);
    const all = [...afterOf(step, around), ...whenOf(step), ...tags];
    const line = rewrite(
      `${says}${all.length === 0 ? "" : ` (${all.join("; ")})`}`,
      (inner) => `‹${found(inner, numbers)}›`,
    );
    // No text in a step can pose as another step.
    return showHidden(`${i + 1}. ${line}`.replaceAll(/\s+/g, " "));
  });
}

function lineOf(step: Shown, around: Around): { readonly says: string; readonly tags?: readonly string[] } {
  switch (step.kind) {
    case "tool":
      return callLine(step, around);
    case "agent":
      return taskLine(step, around);
    case "notify":
      return { says: `Tell ${placesOf(step.notify.to).join(", ")}: “${step.notify.text}”` };
    case "wait": {
      const ms = parseDuration(step.wait.for ?? "");
      return { says: `Wait ${ms === null ? (step.wait.for ?? "for an event") : formatDuration(ms)}` };
    }
  }
}

function placesOf(to: string | readonly string[] = "thread"): string[] {
  return [to].flat().map((place) => (place === "thread" ? "this thread" : place));
}

const risks: Readonly<Record<Risk, string>> = { dangerous: "dangerous: ", write: "changes something: ", read: "" };

/** A call in its tool's words, and every argument of which they say nothing; of one that is not known yet all arguments are named. */
function callLine(step: Extract<Shown, { kind: "tool" }>, { definition, tools, known }: Around) {
  const { name, args } = step.tool;
  const tool = tools.get(name);
  const read = tool?.params.safeParse(args);
  const risk = riskIn(definition, step, tools);
  const says = tool && read?.success ? tool.describe(read.data) : null;
  const sentence = says === null ? `${tool?.summary ?? name}${unsaid("", args)}` : `${says}${unsaid(says, args)}`;
  if (!definition.coveredBy.has(step.id)) return { says: sentence };
  return { says: sentence, tags: [`${risks[risk]}${askedFirst({ tool: name, risk, args }, known)}`] };
}

/** Who is asked before a covered call: known for sure only where all it is made with is known. */
function askedFirst(call: Judged, { asks }: KnownToPlans): string {
  const isNobody = findReferences(call.args).length === 0 && asks?.(call) === false;
  return isNobody ? "the policy asks nobody" : "people are asked first";
}

/** "observer or data: how is search in staging", with all else that the task is given. */
function taskLine({ agent }: Extract<Shown, { kind: "agent" }>, { tools, known }: Around) {
  const names = [agent.specialist].flat();
  const able = known.specialists.filter(({ name }) => names.includes(name));
  const task = able.find(({ tasks }) => Object.hasOwn(tasks, agent.task))?.tasks[agent.task];
  const { summary = argumentName(agent.task), line } = task ?? {};
  const said = new Set<string>();
  const words = (line ?? `${summary.charAt(0).toLowerCase()}${summary.slice(1)}`).replaceAll(
    /\{(\w+)\}/g,
    (_, field: string) => {
      said.add(field);
      return worded(agent.input[field] ?? null);
    },
  );
  // How far back is looked is the one length of time that tasks are given: milliseconds.
  const others = Object.fromEntries(
    Object.entries(agent.input).flatMap(([field, value]) =>
      said.has(field) ? [] : [[field === "last" ? "lastMs" : field, value]],
    ),
  );
  const changes = able.some(({ tools: own = [] }) => own.some((name) => mayChange(tools.get(name))));
  return {
    says: `${names.join(" or ")}: ${words}${unsaid("", others)}`,
    tags: changes ? ["people are asked before it changes anything"] : [],
  };
}

function mayChange(tool: AnyTool | undefined): boolean {
  return tool !== undefined && risksOf(tool).some((risk) => risk !== "read");
}

/** A value within a sentence: plain names as they are, anything else in quotes. */
function worded(value: Json): string {
  return typeof value === "string" && (/^[\p{L}\p{N}][\p{L}\p{N}._/#-]{0,60}$/u.test(value) || isReference(value))
    ? value
    : canonical(value);
}

/**
 * Arguments of which a sentence says nothing, in words: whoever begins a plan has seen what it is made with. Texts stand in quotes,
 * so that none can pose as another argument.
 */
function unsaid(sentence: string, args: JsonObject): string {
  const words = Object.entries(args).flatMap(([name, value]) => {
    const shown = typeof value === "string" ? quoted(value) : argumentValue(name, value);
    const isSaid = typeof value !== "boolean" && stands(sentence, typeof value === "string" ? value : shown);
    return isSaid ? [] : [`${argumentName(name)}: ${shown}`];
  });
  return words.length === 0 ? "" : ` (${words.join(", ")})`;
}

function quoted(text: string): string {
  return isReference(text) ? text.trim() : showHidden(canonical(text));
}

/** Whether a text is what another step brings, and nothing else. */
function isReference(text: string): boolean {
  return /^\s*\$\{\{(?:(?!\}\}).)*\}\}\s*$/.test(text);
}

/** Whether these words stand in the sentence, and not only as a part of others. */
function stands(sentence: string, words: string): boolean {
  for (let at = sentence.indexOf(words); words !== "" && at >= 0; at = sentence.indexOf(words, at + 1)) {
    const beside = [sentence[at - 1], sentence[at + words.length]];
    if (beside.every((one) => one === undefined || !/[\p{L}\p{N}]/u.test(one))) return true;
  }
  return false;
}

/** The numbers of what a step waits for; an approval stands for what it waits for itself. */
function afterOf({ dependsOn }: Step, { definition, numbers }: Around): string[] {
  const before = (ids: readonly string[]): number[] =>
    ids.flatMap((id) => {
      const number = numbers.get(id);
      return number === undefined ? before(definition.byId.get(id)?.dependsOn ?? []) : [number];
    });
  const all = [...new Set(before(dependsOn))].sort((a, b) => a - b);
  return all.length === 0 ? [] : [`when ${all.join(" and ")} ${all.length === 1 ? "is" : "are"} done`];
}

function whenOf({ when }: Step): string[] {
  return when === undefined ? [] : [`only if ${conditionInWords(when as JsonObject)}`];
}

/** What a reference of a plan brings: "what step 1 found", "the version that step 2 found". */
function found(inner: string, numbers: ReadonlyMap<string, number>): string {
  const reference = parseReference(inner);
  if (reference?.source === "step") {
    const number = numbers.get(reference.step);
    const [field = "summary", ...more] = reference.path;
    const whose = number === undefined ? "what people answered" : `step ${number} found`;
    if (more.length === 0 && (field === "summary" || field === "answer"))
      return number === undefined ? whose : `what ${whose}`;
    return number === undefined ? whose : `the ${reference.path.map(argumentName).join(" ")} that ${whose}`;
  }
  if (reference?.source === "requester") return reference.field === "name" ? "your name" : "you";
  if (reference?.source === "run") return `this run's ${reference.field === "short" ? "number" : reference.field}`;
  return inner;
}
