import { z } from "zod";
import { defineIntent, runParam } from "../src/domain/intent.ts";

export const tryAgain = defineIntent({
  name: "try-again",
  summary: "Have what nobody could do tried once more",
  params: z.object({ request: runParam().optional() }),
  phrases: ["try [(it|that|this)] [{request}] [once more]"],
  examples: ["try it again"],
  answer: true,
});
