import { z } from "zod";
import { defineIntent, runParam, textParam } from "../src/domain/intent.ts";

export const rewordMessage = defineIntent({
  name: "reword-message",
  summary: "Send a message that was drafted, in other words",
  params: z.object({ request: runParam().optional(), message: textParam("What should it say?") }),
  phrases: ["reword [(it|this|the message)] (to|as) {message}", "reword {request} (to|as) {message}"],
  examples: ["reword it to checkout is well again"],
  answer: true,
});
