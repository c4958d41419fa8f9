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
    "what access do I have [(now|at the moment|here)]",
    "what access does {person} have [(now|at the moment|here)]",
    "(what|which) (access|rights|permissions|accesses) (do I|have I got|did I get) [have] [(now|at the moment|here)]",
    "(what|which) (rights|permissions|accesses) does {person} have [(now|at the moment|here)]",
    "[show] [me] [(list|see)] my (access|accesses|rights|permissions)",
    "[show] [me] [(list|see)] {person}'s (access|accesses|rights|permissions)",
    "what (do I have|have I got) access to [(now|at the moment)]",
    "what does {person} have access to [(now|at the moment)]",
    "what (can|may) I access [(now|at the moment)]",
    "what (can|may) {person} access [(now|at the moment)]",
  ],
  alike: [
    "which systems can I get into",
    "what am I allowed to (see|read|write|use)",
    "do I still have access to anything",
    "when does my access end",
    "how long do I still have access",
  ],
  examples: ["what access do I have?", "what access does ben have?"],
  question: true,
});
