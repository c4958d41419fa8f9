import { z } from "zod";
import { defineIntent, textParam } from "../src/domain/intent.ts";

export const makePlan = defineIntent({
  name: "make-plan",
  summary: "Work out a plan for something in your own words",
  kind: "work",
  params: z.object({ request: textParam("What should the plan do?") }),
  phrases: ["(make|work out|draw up) a plan to {request}", "plan to {request}"],
  command: "plan {request}",
  examples: ["make a plan to restart search in staging and tell #general"],
  needs: "model",
  several: "request",
});
