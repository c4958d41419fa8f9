import { z } from "zod";
import { defineIntent } from "../src/domain/intent.ts";

export const onCall = defineIntent({
  name: "on-call",
  summary: "Say who is on call",
  kind: "people",
  params: z.object({}),
  phrases: [
    "who is (on call|on-call|on duty) [(now|today|tonight)]",
    "who's (on call|on-call|on duty) [(now|today|tonight)]",
    "who is [the] (on-call|on call) (person|engineer|colleague)",
    "[show] [me] [the] on-call [list]",
  ],
  alike: [
    "(whom|who) (do|can|should) I call [now]",
    "(whom|who) (do|can|should) I page",
    "who has the pager [today]",
    "who has (duty|the duty|the night shift) [tonight]",
    "who takes care of incidents [now]",
    "is anybody on call [now]",
  ],
  examples: ["who is on call?"],
  question: true,
});
