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
    "who (can|may|must|has to|needs to|is allowed to) approve {what}",
    "who approves {what}",
    "who (can|may|has to) say yes to {what}",
  ],
  alike: ["who signs off on something"],
  examples: ["who can approve restarts?", "who may approve access to billing?"],
  question: true,
});
