import { z } from "zod";
import { defineIntent, runParam } from "../src/domain/intent.ts";

export const giveUp = defineIntent({
  name: "give-up",
  summary: "Give up what nobody could do",
  params: z.object({ request: runParam().optional() }),
  phrases: ["give up [{request}]", "give (it|that|this) up [{request}]"],
  examples: ["give it up"],
  answer: true,
});
