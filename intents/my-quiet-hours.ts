import { z } from "zod";
import { defineIntent } from "../src/domain/intent.ts";

export const myQuietHours = defineIntent({
  name: "my-quiet-hours",
  summary: "Ask when you are not to be disturbed",
  kind: "yourself",
  params: z.object({}),
  phrases: ["[(what|when) are] my quiet hours", "quiet hours"],
  examples: ["my quiet hours"],
  question: true,
});
