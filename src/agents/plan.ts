import { canonical, type Json, type JsonObject } from "../domain/json.ts";
import { type Definition, findReferences, loadDefinition, riskIn, withDemanded } from "../workflow/index.ts";
import { wrongInput } from "./input.ts";
import { isForPlans, type KnownToPlans } from "./plan-known.ts";
import { linesOf } from "./plan-lines.ts";
import { listOf, objectOf, textOf } from "./reading.ts";

import type { Tools } from "./task.ts";

/** A plan that can be begun, each step in words; or everything that is wrong with it. */
export type Planned =
  | { readonly ok: true; readonly definition: Definition; readonly lines: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

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
  const lines = linesOf(definition, tools, known);
  const { length } = lines.join("\n");
  if (length <= longestShown) return { ok: true, definition, lines };
  const problem = `Its steps are ${length} characters when they are shown, and people are shown ${longestShown}: plan fewer steps, or say less in them.`;
  return { ok: false, problems: [problem] };
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
      ...(tool !== "" && !isForPlans(tool) ? [`${id}: ${tool} is not for plans. Use only tools of the catalog.`] : []),
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

/** How long an agent of a plan may take: longer than people have to answer what it asks them. */
const patience = "6h";

/** The steps, those of agents with everybody who can do the task, a time limit, and people who are asked when nobody could. */
function withHelp(steps: readonly Json[], { specialists }: KnownToPlans): Json[] {
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
