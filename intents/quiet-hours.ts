import { z } from "zod";
import { defineIntent, textParam } from "../src/domain/intent.ts";

export const quietHours = defineIntent({
  name: "quiet-hours",
  summary: "Say when you are not to be disturbed: what is not urgent is kept until then",
  params: z.object({ hours: textParam("From when to when, such as 22:00 to 7:00? Or off?").optional() }),
  phrases: [
    "quiet hours [from] {hours}",
    "[set] my quiet hours [(are|to|from)] {hours}",
    "[(what|when) are] my quiet hours",
    "quiet hours",
  ],
  examples: ["quiet hours 22:00 to 7:00", "quiet hours off"],
  clock: true,
});
