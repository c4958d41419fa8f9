import { z } from "zod";
import { defineIntent } from "../src/domain/intent.ts";

export const myReminders = defineIntent({
  name: "my-reminders",
  summary: "List the reminders that are still to come, yours and nobody else's",
  kind: "yourself",
  params: z.object({}),
  phrases: [
    "[(what|which) are] my reminders",
    "[(show|list)] [me] [all] [of] my reminders",
    "(what|which) reminders (do I [still] have|are mine|have I [set])",
    "do I have [any] reminders",
    "(what|when) (is|are) my next (reminder|reminders)",
    "(when's|what's) my next reminder",
    "what (will|do) you remind me of",
    "what did I ask you to remind me of",
    "reminders",
  ],
  examples: ["what reminders do I have?"],
  question: true,
});
