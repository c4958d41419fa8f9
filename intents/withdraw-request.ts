import { z } from "zod";
import { defineIntent, runParam } from "../src/domain/intent.ts";

export const withdrawRequest = defineIntent({
  name: "withdraw-request",
  summary: "Take back one's own help request",
  params: z.object({ request: runParam().optional() }),
  phrases: ["withdraw {request}", "withdraw [(it|this|that)]", "withdraw my [help] request [{request}]", "nevermind"],
  examples: ["withdraw it"],
  answer: true,
});
