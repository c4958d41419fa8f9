import { z } from "zod";
import { fields, given } from "./input.ts";
import type { Report, Specialist } from "./specialist.ts";

/** Turns a free request into steps that can be checked, shown and begun. It takes a model, and reads nothing from outside. */
export const planner: Specialist = {
  name: "planner",
  summary: "Works out a plan for what no workflow does yet",
  tools: ["plans.catalog", "plans.check"],
  model: {
    instructions: `You turn a request into a plan. Read the catalog first: a plan uses only what it lists.
Plan the fewest steps that do what was asked, nothing more. Steps that do not need each other run at the same time; name in
dependsOn what a step needs. Give a specialist what takes looking and judging, and use a tool for what is already clear.
People are asked before anything is changed: you need not plan that. Check the plan, mend what is wrong, then report it with one
sentence that says what it does. When the catalog cannot do it, report a plan that tells the thread what is missing.`,
    budgetUsd: 0.25,
    maxTurns: 8,
  },
  tasks: {
    plan: {
      summary: "A plan for a request in somebody's own words",
      input: given({ request: fields.request }),
      report: z.object({
        summary: z.string().min(1).max(500),
        plan: z.looseObject({ title: z.string().min(1), steps: z.array(z.json()).min(1) }),
      }) as unknown as z.ZodType<Report>,
      playbook: null,
    },
  },
  concurrency: 10,
};
