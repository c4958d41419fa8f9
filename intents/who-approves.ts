import { z } from "zod";
import { defineIntent } from "../src/domain/intent.ts";

export const whoApproves = defineIntent({
  name: "who-approves",
  summary: "Say who may approve something",
  kind: "access",
  params: z.object({
    what: z
      .string()
      .max(200)
      .transform((text) => text.replace(/[\s?!.]+$/u, ""))
      .pipe(z.string().min(1))
      .meta({ slot: "text", description: "Approve what?" }),
  }),
  phrases: [
    "who (can|may|must|has to|needs to|is allowed to|is supposed to) approve {what}",
    "who approves {what}",
    "who (can|may) say yes to {what}",
    "whose approval (do I need|is needed|does it take|do we need) (for|to) {what}",
    "who (has to|must|needs to) (agree|say yes) to {what}",
  ],
  alike: [
    "whom do I need for a yes to something",
    "who signs off on something",
    "who is asked before something happens",
  ],
  examples: ["who can approve restarts?", "who may approve access to billing?"],
  question: true,
});
