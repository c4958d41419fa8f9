import { z } from "zod";
import { defineIntent, durationParam, textParam } from "../src/domain/intent.ts";

export const remindMe = defineIntent({
  name: "remind-me",
  summary: "Be reminded of something later",
  kind: "yourself",
  params: z.object({
    delay: durationParam("1 hour", "In how long?"),
    what: textParam("Of what?"),
  }),
  phrases: [
    "remind me in {delay} (to|of|about|that) {what}",
    "remind me (to|of|about|that) {what} in {delay}",
    "remind me in {delay}: {what}",
  ],
  alike: ["set a reminder for {what}", "I must not forget to {what} in {delay}", "nudge me in {delay} about {what}"],
  examples: ["remind me in 2 hours to look at checkout"],
});
