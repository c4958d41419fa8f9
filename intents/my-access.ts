import { z } from "zod";
import { defineIntent } from "../src/domain/intent.ts";

export const myAccess = defineIntent({
  name: "my-access",
  summary: "Say what you, or a person who reports to you, have access to",
  kind: "access",
  params: z.object({
    /** Whose; left out, it is the speaker's own. */
    person: z.string().min(1).toLowerCase().describe("Whose access?").optional(),
  }),
  phrases: [
    "what access do I [still] have [now]",
    "what access does {person} [still] have [now]",
    "which access do I [still] have [now]",
    "what do I [still] have access to [now]",
    "what does {person} [still] have access to [now]",
    "what (can|may) I access [now]",
    "what (can|may) {person} access [now]",
  ],
  alike: [
    "show [me] my access",
    "show [me] {person}'s access",
    "list my accesses",
    "what rights do I have",
    "what permissions do I have",
    "when does my access end",
    "how long do I still have access",
  ],
  examples: ["what access do I have?", "what access does ben have?"],
  question: true,
});
