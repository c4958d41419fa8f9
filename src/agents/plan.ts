import { z } from "zod";
import { canonical, type Json, type JsonObject } from "../domain/json.ts";
import type { AnyTool } from "../domain/tool.ts";
import { type Definition, type Known, loadDefinition, riskIn, type Step } from "../workflow/index.ts";
import { listOf, objectOf, textOf } from "./reading.ts";
import type { Specialist } from "./specialist.ts";
import type { Tools } from "./task.ts";

/** A plan that can be begun, each step in words; or everything that is wrong with it. */
export type Planned =
  | { readonly ok: true; readonly definition: Definition; readonly lines: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

const mostSteps = 20;

/**
 * Reads a plan as a model wrote it: a title and steps in the language of workflow files. What may change something and is not
 * covered by an approval gets one of its own, so that nothing is forgotten; a policy may say that nobody has to be asked.
 */
export function readPlan(plan: JsonObject, known: Known, tools: Tools): Planned {
  const steps = listOf(plan["steps"]);
  if (steps.length > mostSteps)
    return { ok: false, problems: [`A plan has at most ${mostSteps} steps, not ${steps.length}.`] };
  const foreign = notForPlans(steps);
  if (foreign.length > 0) return { ok: false, problems: foreign };
  const read = (written: readonly Json[]) => {
    const file = {
      name: "plan",
      summary: "A plan made for one request",
      on: { manual: true },
      title: textOf(plan["title"]).replaceAll(/\s+/g, " ").slice(0, 120) || "carry out a plan",
      steps: written,
      ...(typeof plan["reply"] === "string" ? { reply: plan["reply"] } : {}),
    };
    return loadDefinition(canonical(file), "plan", { ...known, trusted: (name) => tools.get(name)?.trusted === true });
  };
  const helped = withHelp(steps, known);
  const bare = read(helped);
  const loaded = bare.ok ? read(withApprovals(helped, bare.definition, tools)) : bare;
  if (!loaded.ok)
    return {
      ok: false,
      problems: loaded.problems.map(({ path, message, remedy }) => `${path || "plan"}: ${message} ${remedy}`),
    };
  const { definition } = loaded;
  const shown = definition.steps.filter((step) => step.kind !== "approve");
  return { ok: true, definition, lines: shown.map((step, i) => `${i + 1}. ${lineOf(definition, step, tools)}`) };
}

/** What there is to plan with, short enough to be read whole: tools with their arguments, and specialists with their tasks. */
export function catalogOf(tools: readonly AnyTool[], specialists: readonly Specialist[]): JsonObject {
  return {
    tools: tools.filter(isForPlans).map((tool) => `${tool.name}(${argsOf(tool)}): ${tool.summary}`),
    specialists: specialists
      .filter(({ name }) => name !== "planner")
      .map(({ name, tasks }) => ({
        name,
        tasks: Object.entries(tasks).map(([task, { summary }]) => `${task}: ${summary}`),
      })),
    form: 'A plan is {"title", "steps": [...], "reply"}. Steps: {"id", "tool": {"name", "args"}}, {"id", "agent": {"specialist", "task", "input"}}, {"id", "notify": {"to": "thread" or "#channel", "text"}}, {"id", "wait": {"for": "10m"}}; each with "dependsOn": [ids] where it needs others. "${{ steps.ID.output.FIELD }}" stands for a result, also in the reply.',
  };
}

const ours = /^(model|budget|agents|board|plans)\./;

function isForPlans(tool: AnyTool): boolean {
  return !ours.test(tool.name);
}

function argsOf(tool: AnyTool): string {
  const schema = z.toJSONSchema(tool.params, { unrepresentable: "any", io: "input" }) as JsonObject;
  const needed = listOf(schema["required"]);
  return Object.entries(objectOf(schema["properties"]))
    .map(([name, field]) => {
      const values = listOf(objectOf(field)["enum"]);
      const type = values.length > 0 ? values.join("|") : textOf(objectOf(field)["type"]) || "any";
      return `${name}${needed.includes(name) ? "" : "?"}: ${type}`;
    })
    .join(", ");
}

/** What the language of workflow files allows and a plan may not: our own inner tools, and an approval that may not be asked for. */
function notForPlans(steps: readonly Json[]): string[] {
  return steps.map(objectOf).flatMap((step) => {
    const [id, tool] = [textOf(step["id"]), textOf(objectOf(step["tool"])["name"])];
    const approve = objectOf(step["approve"]);
    const isConditional = step["approve"] !== undefined && (step["when"] ?? approve["unless"]) !== undefined;
    return [
      ...(ours.test(tool) ? [`${id}: ${tool} is not for plans. Use only tools of the catalog.`] : []),
      ...(isConditional
        ? [`${id}: an approval in a plan is always asked for. Leave its when and unless out, or leave it out wholly.`]
        : []),
    ];
  });
}

/** The steps, each that is not known only to read behind an approval. */
function withApprovals(steps: readonly Json[], bare: Definition, tools: Tools): Json[] {
  return steps.flatMap((raw): Json[] => {
    const written = objectOf(raw);
    const step = bare.byId.get(textOf(written["id"]));
    if (step?.kind !== "tool" || bare.coveredBy.has(step.id) || riskIn(bare, step, tools) === "read") return [raw];
    const { dependsOn = [], when } = written;
    return [
      { id: `may-${step.id}`, dependsOn, ...(when !== undefined && { when }), approve: { covers: [step.id] } },
      raw,
    ];
  });
}

/** Whether a sentence holds every argument: whoever begins a plan has seen what it is made with. */
function isAllIn(sentence: string, args: JsonObject): boolean {
  return Object.values(args).every((value) => sentence.includes(typeof value === "string" ? value : canonical(value)));
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

function lineOf(definition: Definition, step: Step, tools: Tools): string {
  const asked = definition.coveredBy.has(step.id) ? " (people are asked first)" : "";
  switch (step.kind) {
    case "tool": {
      const tool = tools.get(step.tool.name);
      const args = tool?.params.safeParse(step.tool.args);
      const call = `${step.tool.name}(${canonical(step.tool.args)})`;
      const risk = riskIn(definition, step, tools);
      const says = tool && args?.success ? tool.describe(args.data) : call;
      return `${isAllIn(says, step.tool.args) ? says : `${says}: ${call}`} [${risk}]${asked}`;
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
