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
    "(mine|on it|I'm on it|I am on it|I have it|I've got it|I got it|got it|I have this|I've got this)",
    "(ack|acked|acknowledged|acknowledge it|ack it)",
    "[ok,] (leave it to me|I'm looking|I am looking|looking into it|I look into it|I'll look into it)",
  ],
  examples: ["I'll take it"],
  answer: true,
});
