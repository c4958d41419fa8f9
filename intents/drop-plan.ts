import { z } from "zod";
import { defineIntent, runParam } from "../src/domain/intent.ts";

export const dropPlan = defineIntent({
  name: "drop-plan",
  summary: "Drop a plan that was shown",
  params: z.object({ plan: runParam().optional() }),
  phrases: ["drop [(it|the plan)] [{plan}]", "drop {plan}"],
  examples: ["drop the plan"],
  needs: "model",
  answer: true,
});
