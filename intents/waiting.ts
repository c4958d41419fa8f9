import { z } from "zod";
import { defineIntent } from "../src/domain/intent.ts";

export const waiting = defineIntent({
  name: "waiting",
  summary: "Say what waits for you: approvals, what you have taken, questions",
  kind: "work",
  params: z.object({}),
  phrases: [
    "what (waits|is waiting) [for me]",
    "what's waiting [for me]",
    "(what is|what's) pending [for me]",
    "what do I have to (do|answer|approve)",
    "[show] [me] my (approvals|tasks|todos|inbox)",
    "what (needs me|needs my attention)",
  ],
  alike: [
    "is (anything|something) waiting for me",
    "is there anything [left] for me [to do]",
    "what should I do next",
    "what is on my (plate|list|desk)",
    "do I have to approve (anything|something)",
    "am I blocking (anybody|somebody|anyone)",
    "who is waiting for me",
    "did I forget (anything|something)",
    "anything that needs my (approval|answer)",
    "which (approvals|questions) are mine",
    "what have I taken",
    "what is on me (today|now)",
  ],
  examples: ["what waits for me?"],
  question: true,
});
