import { z } from "zod";
import { defineIntent, runParam } from "../src/domain/intent.ts";

export const takeRequest = defineIntent({
  name: "take-request",
  summary: "Take on somebody's help request",
  params: z.object({ request: runParam().optional() }),
  phrases: [
    "(I'll|I will|I|I can) take [(it|this|that|this one|that one)] [{request}]",
    "take (it|this|the incident|the request|over)",
    "take {request}",
    "(mine|on it|I'm on it)",
  ],
  examples: ["I'll take it"],
  answer: true,
});
