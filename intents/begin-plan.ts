import { z } from "zod";
import { defineIntent, runParam } from "../src/domain/intent.ts";

export const beginPlan = defineIntent({
  name: "begin-plan",
  summary: "Begin a plan that was shown",
  params: z.object({ plan: runParam().optional() }),
  phrases: ["begin [the plan] [{plan}]", "begin {plan}"],
  examples: ["begin the plan"],
  needs: "model",
  answer: true,
});
