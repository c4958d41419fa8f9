import { z } from "zod";
import { defineIntent } from "../src/domain/intent.ts";
import { parseQuietHours } from "../src/domain/quiet.ts";

const hours = z
  .string()
  .trim()
  .max(100)
  .superRefine((text, context) => {
    if (parseQuietHours(text) !== null) return;
    const message = `"${text}" is not a stretch of the day, such as 22:00 to 7:00, or off`;
    context.addIssue({ code: "custom", message });
  })
  .meta({ slot: "text", description: "When are you not to be disturbed?" });

export const quietHours = defineIntent({
  name: "quiet-hours",
  summary: "Say when you are not to be disturbed: what is not urgent is kept until then",
  params: z.object({ hours }),
  phrases: ["quiet hours [from] {hours}", "[set] my quiet hours [(are|to|from)] {hours}"],
  examples: ["quiet hours 22:00 to 7:00", "quiet hours off"],
});
