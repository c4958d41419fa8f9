import { z } from "zod";
import { canonical, type Json, type JsonObject } from "../domain/json.ts";
import { showHidden } from "../domain/text.ts";
import type { AnyTool } from "../domain/tool.ts";
import { argumentName, argumentValue, type Judged } from "../gates/gates.ts";
import {
  type Definition,
  findReferences,
  type Known,
  loadDefinition,
  riskIn,
  type Step,
  withDemanded,
} from "../workflow/index.ts";
import { wrongInput } from "./input.ts";
import { listOf, objectOf, textOf } from "./reading.ts";
import type { Specialist, Task } from "./specialist.ts";
import type { Tools } from "./task.ts";

/** A plan that can be begun, each step in words; or everything that is wrong with it. */
export type Planned =
  | { readonly ok: true; readonly definition: Definition; readonly lines: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** What a plan is checked against. */
export type KnownToPlans = Omit<Known, "specialists"> & {
  readonly specialists: readonly { readonly name: string; readonly tasks: Readonly<Record<string, GivenTask>> }[];
  /** Whether the policy asks people about this call; without, it does. */
  readonly asks?: (call: Judged) => boolean;
};

type GivenTask = Known["specialists"][number]["tasks"][string] & Pick<Task, "input">;

const mostSteps = 20;
/** Of all its lines: the most that every platform shows in one field, so that nobody begins what they cannot read. */
const longestShown = 1800;

/**
 * Reads a plan as a model wrote it: a title and steps in the language of workflow files. What may change something and is not
 * covered by an approval gets one of its own, so that nothing is forgotten; a policy may say that nobody has to be asked.
 */
export function readPlan(plan: JsonObject, known: KnownToPlans, tools: Tools): Planned {
  const steps = listOf(plan["steps"]);
  if (steps.length > mostSteps)
    return { ok: false, problems: [`A plan has at most ${mostSteps} steps, not ${steps.length}.`] };
  const foreign = [...notForPlans(steps), ...notGiven(steps, known)];
  if (foreign.length > 0) return { ok: false, problems: foreign };
  const file = {
    name: "plan",
    summary: "A plan made for one request",
    on: { manual: true },
    title: textOf(plan["title"]).replaceAll(/\s+/g, " ").slice(0, 120) || "carry out a plan",
    steps: withHelp(steps, known),
    ...(typeof plan["reply"] === "string" ? { reply: plan["reply"] } : {}),
  };
  const trusted = (name: string) => tools.get(name)?.trusted === true;
  const loaded = loadDefinition(canonical(file), "plan", { ...known, trusted });
  if (!loaded.ok)
    return {
      ok: false,
      problems: loaded.problems.map(({ path, message, remedy }) => `${path || "plan"}: ${message} ${remedy}`),
    };
  const bare = loaded.definition;
  // What is denied of a plan ends it, whatever it says of its step's failure.
  const definition = withDemanded(
    bare,
    (step) => riskIn(bare, step, tools) !== "read",
    () => true,
  );
  const shown = definition.steps.filter((step) => step.kind !== "approve");
  const lines = shown.map((step, i) => `${i + 1}. ${onOneLine(lineOf(definition, step, tools, known))}`);
  const { length } = lines.join("\n");
  if (length <= longestShown) return { ok: true, definition, lines };
  const problem = `Its steps are ${length} characters when they are shown, and people are shown ${longestShown}: plan fewer steps, or say less in them.`;
  return { ok: false, problems: [problem] };
}

/** No text in a step can pose as another step. */
function onOneLine(text: string): string {
  return showHidden(text.replaceAll(/\s+/g, " "));
}

/** What there is to plan with, short enough to be read whole: tools with their arguments, and specialists with their tasks. */
export function catalogOf(tools: readonly AnyTool[], specialists: readonly Specialist[]): JsonObject {
  return {
    tools: tools.filter(isForPlans).map((tool) => `${tool.name}(${argsOf(tool)}): ${tool.summary}`),
    specialists: specialists
      .filter(({ name }) => name !== "planner")
      .map(({ name, tasks }) => ({
        name,
        tasks: Object.entries(tasks).map(([task, { summary, input }]) => `${task}(${fieldsOf(input)}): ${summary}`),
      })),
    form: 'A plan is {"title", "steps": [...], "reply"}. Steps: {"id", "tool": {"name", "args"}}, {"id", "agent": {"specialist", "task", "input"}}, {"id", "notify": {"to": "thread" or "#channel", "text"}}, {"id", "wait": {"for": "10m"}}; each with "dependsOn": [ids] where it needs others. "${{ steps.ID.output.FIELD }}" stands for a result, also in the reply.',
  };
}

const ours = /^(model|budget|agents|board|plans|workflows)\./;

function isForPlans(tool: AnyTool): boolean {
  return !ours.test(tool.name);
}

function argsOf(tool: AnyTool): string {
  return fieldsOf(tool.params);
}

function fieldsOf(params: z.ZodType | undefined): string {
  if (params === undefined) return "";
  const schema = z.toJSONSchema(params, { unrepresentable: "any", io: "input" }) as JsonObject;
  const needed = listOf(schema["required"]);
  return Object.entries(objectOf(schema["properties"]))
    .map(([name, field]) => {
      const values = listOf(objectOf(field)["enum"]);
      const type = values.length > 0 ? values.join("|") : textOf(objectOf(field)["type"]) || "any";
      return `${name}${needed.includes(name) ? "" : "?"}: ${type}`;
    })
    .join(", ");
}

/** What each kind of step may hold in a plan: what its line shows, and nothing that whoever begins it would not see. */
const shownKeys: Readonly<Record<string, readonly string[]>> = {
  tool: ["name", "args"],
  agent: ["specialist", "task", "input"],
  notify: ["to", "text"],
  wait: ["for"],
  approve: ["covers"],
};
const unshown = ["repeat", "always"];

/** What the language of workflow files allows and a plan may not: our own inner tools, an approval that may not be asked for, what nobody would see. */
function notForPlans(steps: readonly Json[]): string[] {
  return steps.map(objectOf).flatMap((step) => {
    const [id, tool] = [textOf(step["id"]), textOf(objectOf(step["tool"])["name"])];
    const approve = objectOf(step["approve"]);
    const isConditional = step["approve"] !== undefined && (step["when"] ?? approve["unless"]) !== undefined;
    const hidden = Object.entries(shownKeys).flatMap(([kind, keys]) =>
      Object.keys(objectOf(step[kind]))
        .filter((key) => !keys.includes(key) && key !== "unless")
        .map((key) => `${kind}.${key}`),
    );
    return [
      ...(ours.test(tool) ? [`${id}: ${tool} is not for plans. Use only tools of the catalog.`] : []),
      ...(isConditional
        ? [`${id}: an approval in a plan is always asked for. Leave its when and unless out, or leave it out wholly.`]
        : []),
      ...[...unshown.filter((key) => step[key] !== undefined), ...hidden].map(
        (key) => `${id}: ${key} is not for plans: whoever begins one would not see it. Leave it out.`,
      ),
    ];
  });
}

/** What the tasks of agents need and are not given; a value that another step brings is judged when it is there. */
function notGiven(steps: readonly Json[], { specialists }: KnownToPlans): string[] {
  return steps.map(objectOf).flatMap((step) => {
    const agent = objectOf(step["agent"]);
    const name = textOf([agent["specialist"] ?? ""].flat()[0]);
    const tasks = specialists.find((one) => one.name === name)?.tasks ?? {};
    const task = textOf(agent["task"]);
    if (!Object.hasOwn(tasks, task)) return [];
    const input = objectOf(agent["input"]);
    const isPlain = (field: string) => findReferences(input[field] ?? null).length === 0;
    return wrongInput(tasks[task] ?? {}, input, isPlain).map(
      (wrong) => `${textOf(step["id"])}: in the input, ${wrong}`,
    );
  });
}

/**
 * Arguments of which a tool's sentence says nothing, in words: whoever begins a plan has seen what it is made with. Texts stand
 * in quotes, so that none can pose as another argument.
 */
function unsaid(sentence: string, args: JsonObject): string {
  const words = Object.entries(args).flatMap(([name, value]) => {
    const shown = typeof value === "string" ? showHidden(canonical(value)) : argumentValue(name, value);
    const isSaid = typeof value !== "boolean" && stands(sentence, typeof value === "string" ? value : shown);
    return isSaid ? [] : [`${argumentName(name)}: ${shown}`];
  });
  return words.length === 0 ? "" : ` (${words.join(", ")})`;
}

/** Whether these words stand in the sentence, and not only as a part of others. */
function stands(sentence: string, words: string): boolean {
  for (let at = sentence.indexOf(words); words !== "" && at >= 0; at = sentence.indexOf(words, at + 1)) {
    const beside = [sentence[at - 1], sentence[at + words.length]];
    if (beside.every((one) => one === undefined || !/[\p{L}\p{N}]/u.test(one))) return true;
  }
  return false;
}

/** How long an agent of a plan may take: longer than people have to answer what it asks them. */
const patience = "6h";

/** The steps, those of agents with everybody who can do the task, a time limit, and people who are asked when nobody could. */
function withHelp(steps: readonly Json[], { specialists }: Known): Json[] {
  return steps.map((raw) => {
    const step = objectOf(raw);
    const agent = objectOf(step["agent"]);
    const wanted = [agent["specialist"] ?? []].flat();
    const task = textOf(agent["task"]);
    if (step["agent"] === undefined || wanted.length === 0) return raw;
    const able = specialists.filter(({ tasks }) => Object.hasOwn(tasks, task)).map(({ name }) => name);
    const all = [...new Set([...wanted, ...able])];
    return { timeout: patience, onError: "escalate", ...step, agent: { ...agent, specialist: all } };
  });
}

function lineOf(definition: Definition, step: Step, tools: Tools, known: KnownToPlans): string {
  switch (step.kind) {
    case "tool": {
      const { name, args: written } = step.tool;
      const tool = tools.get(name);
      const args = tool?.params.safeParse(written);
      const risk = riskIn(definition, step, tools);
      const says = tool && args?.success ? tool.describe(args.data) : name;
      const call = { tool: name, risk, args: written };
      return `${says}${unsaid(says, written)} [${risk}]${definition.coveredBy.has(step.id) ? askedFirst(call, known) : ""}`;
    }
    case "agent":
      return `The agent ${[step.agent.specialist].flat().join(" or ")} does ${step.agent.task} with ${canonical(step.agent.input)}; what it would change, people are asked about`;
    case "notify":
      return `Tell ${[step.notify.to ?? "thread"].flat().join(", ")}: “${step.notify.text}”`;
    case "wait":
      return `Wait ${step.wait.for ?? "for an event"}`;
    case "approve":
      return `Ask people about ${step.approve.covers.join(", ")}`;
  }
}

/** Who is asked before a covered call: known for sure only where all it is made with is known. */
function askedFirst(call: Judged, { asks }: KnownToPlans): string {
  const isNobody = findReferences(call.args).length === 0 && asks?.(call) === false;
  return isNobody ? " (the policy asks nobody)" : " (people are asked first)";
}
