import { z } from "zod";
import { defineIntent, runParam } from "../src/domain/intent.ts";

export const discardMessage = defineIntent({
  name: "discard-message",
  summary: "Do not send a message that was drafted",
  params: z.object({ request: runParam().optional() }),
  phrases: ["discard [(it|this|that|the message|the draft)] [{request}]", "discard {request}"],
  examples: ["discard it"],
  answer: true,
});
