import { z } from "zod";
import { Fault } from "../domain/fault.ts";
import { deriveId, shortId } from "../domain/ids.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { type AnyTool, defineTool } from "../domain/tool.ts";
import type { Definition } from "../workflow/index.ts";
import { type Planned, readPlan } from "./plan.ts";
import { type Around, catalogOf } from "./plan-catalog.ts";
import type { KnownToPlans } from "./plan-known.ts";
import { planner } from "./planner.ts";
import { objectOf } from "./reading.ts";
import type { Specialist } from "./specialist.ts";
import type { Tools } from "./task.ts";

/** How plans are read, kept and begun. */
export interface Plans extends PlanReader {
  keep(tenant: string, definition: Definition): Promise<void>;
  /** Begins a kept plan as a run of its own, for whoever asked for the run `from` and in its thread; once under its id. */
  begin(plan: {
    readonly tenant: string;
    readonly hash: string;
    readonly from: string;
    readonly runId: string;
  }): Promise<void>;
}

/** What plans are checked against, and what a model reads of it. */
export interface PlanReader {
  read(plan: JsonObject): Planned;
  catalog(): JsonObject;
}

/** Reads plans against what there is; the tools are there by the first of them. */
export function planReader({
  tools: toolsThere,
  specialists,
  told,
  mayAsk,
  ...known
}: Omit<KnownToPlans, "tools" | "intents" | "specialists"> &
  Required<Pick<Around, "specialists" | "told" | "mayAsk">> & { tools(): Tools }): PlanReader {
  return {
    read(wanted) {
      const tools = toolsThere();
      return readPlan(wanted, { ...known, specialists, tools: [...tools.values()], intents: [] }, tools);
    },
    catalog: () => catalogOf([...toolsThere().values()], { ...known, specialists, told, mayAsk }),
  };
}

/** The specialists, the planner among them one whose model hears what is wrong with the plan it reports. */
export function checkingPlans(specialists: readonly Specialist[], read: PlanReader["read"]): Specialist[] {
  return specialists.map((one) => {
    const { plan: task } = one.tasks;
    if (one.name !== planner.name || task === undefined) return one;
    const check = (_: JsonObject, report: JsonObject) => {
      const planned = read(objectOf(report["plan"]));
      return planned.ok ? null : `The plan does not work: ${planned.problems.join(" ")}`;
    };
    return { ...one, tasks: { ...one.tasks, plan: { ...task, check } } };
  });
}

const plan = z.record(z.string(), z.json() as z.ZodType<Json>) as z.ZodType<JsonObject>;
const inner = { effect: "keyed", timeoutMs: 10_000, steers: [] as string[], risk: () => "read" as const } as const;

/** How a plan comes to be: read what there is, check, propose, and begin once somebody said so. A plan's own steps are asked about one by one. */
export function planTools(plans: Plans): AnyTool[] {
  const { read } = plans;
  return [
    defineTool({
      ...inner,
      name: "plans.catalog",
      summary: "Lists the tools and specialists a plan may use, and how a plan is written",
      params: z.object({}),
      result: z.json() as z.ZodType<Json>,
      wholeBytes: 32_768,
      describe: () => "List what a plan may use",
      run: async () => plans.catalog(),
    }),
    defineTool({
      ...inner,
      name: "plans.check",
      summary: "Says what is wrong with a plan, or how its steps read",
      params: z.object({ plan }),
      result: z.object({ ok: z.boolean(), problems: z.array(z.string()), steps: z.array(z.string()) }),
      describe: () => "Check a plan",
      async run({ args }) {
        const planned = read(args.plan);
        return planned.ok
          ? { ok: true, problems: [], steps: [...planned.lines] }
          : { ok: false, problems: [...planned.problems], steps: [] };
      },
    }),
    defineTool({
      ...inner,
      name: "plans.propose",
      summary: "Keeps a plan exactly as it is, so that it can be shown and begun",
      params: z.object({ plan }),
      result: z.object({ hash: z.string(), title: z.string(), steps: z.string() }),
      describe: () => "Keep a plan",
      async run({ tenant, args }) {
        const planned = read(args.plan);
        if (!planned.ok) throw new Fault("bad-request", `The plan does not work: ${planned.problems.join(" ")}`);
        const { definition, lines } = planned;
        await plans.keep(tenant, definition);
        return { hash: definition.hash, title: definition.title, steps: lines.join("\n") };
      },
    }),
    defineTool({
      ...inner,
      name: "plans.begin",
      summary: "Begins a plan that was proposed",
      params: z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/) }),
      result: z.object({ run: z.string() }),
      describe: () => "Begin the plan",
      async run({ tenant, runId: from, effectId, args: { hash } }) {
        const runId = deriveId(effectId, "plan");
        await plans.begin({ tenant, hash, from, runId });
        return { run: shortId(runId) };
      },
    }),
  ];
}
