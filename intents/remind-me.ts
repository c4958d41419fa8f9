import { z } from "zod";
import { defineIntent, saidDuration, textParam } from "../src/domain/intent.ts";

/** What stands where the time belongs and is none. */
const noTime = z
  .string()
  .superRefine((said, context) => {
    const message = `“${said}” is no time I can remind you at: I remind once, such as “in 2 hours”, “tomorrow at 9” or “on 30 november at noon”`;
    context.addIssue({ code: "custom", message });
  })
  .meta({ slot: "text", description: "When?" });

export const remindMe = defineIntent({
  name: "remind-me",
  summary: "Be reminded of something later",
  kind: "yourself",
  params: z.object({
    // First, so that it is spoken of first.
    unread: noTime.optional(),
    delay: saidDuration("When, or in how long?"),
    what: textParam("Of what?"),
  }),
  phrases: [
    "remind me in {delay} (to|of|about|that) {what}",
    "remind me (to|of|about|that) {what} in {delay}",
    "remind me in {delay}: {what}",
    "remind me in {delay}",
    "remind me (to|of|about|that) {what}",
    "set [me] (a|another) reminder [for] in {delay} [(to|for|of|about|that)] {what}",
    "set [me] (a|another) reminder (to|for|of|about|that) {what} in {delay}",
    "(ping|nudge|poke) me in {delay} [(to|of|about|that)] {what}",
    "set [me] (a|another) reminder (to|of|about|that) {what}",
    "remind me {unread} (to|of|about|that) {what}",
  ],
  alike: ["set a reminder for {what}", "I must not forget to {what} in {delay}", "nudge me in {delay} about {what}"],
  examples: ["remind me in 2 hours to look at checkout"],
});
