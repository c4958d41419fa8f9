import { z } from "zod";
import { defineIntent, runParam, textParam } from "../src/domain/intent.ts";

const drop = "(cancel|delete|remove|drop|clear|stop|forget|withdraw|end)";

export const cancelReminder = defineIntent({
  name: "cancel-reminder",
  summary: "Cancel one of your reminders",
  kind: "yourself",
  params: z.object({ request: runParam().optional(), what: textParam("Which reminder?").optional() }),
  phrases: [
    "cancel reminder {request}",
    "cancel my reminder about {what}",
    `${drop} [(the|my|that|this)] [(last|next)] (reminder|reminders)`,
    `${drop} [the] reminder {request}`,
    `${drop} [(the|my|that|this|all|all my)] (reminder|reminders) (about|to|of|for|on|that) {what}`,
    `${drop} (all|all my|all of my) reminders`,
    `${drop} (the|my|that) {what} (reminder|reminders)`,
    "(do not|don't|dont|no need to) remind me (to|of|about|that) {what} (any more|anymore)",
    "(do not|don't|dont|no need to) remind me (to|of|about|that) {what}",
    "(do not|don't|dont|no need to) remind me [(any more|anymore)]",
  ],
  examples: ["cancel my reminder about checkout"],
});
