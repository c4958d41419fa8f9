import { z } from "zod";
import { defineIntent, runParam } from "../src/domain/intent.ts";

export const sendMessage = defineIntent({
  name: "send-message",
  summary: "Send a message that was drafted",
  params: z.object({ request: runParam().optional() }),
  phrases: ["send [(it|this|that|the message)] [{request}]", "send {request}"],
  examples: ["send it"],
  answer: true,
});
