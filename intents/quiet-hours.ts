import { z } from "zod";
import { defineIntent, hoursParam } from "../src/domain/intent.ts";

export const quietHours = defineIntent({
  name: "quiet-hours",
  summary: "Say when you are not to be disturbed: what is not urgent is kept until then",
  kind: "yourself",
  params: z.object({ hours: hoursParam("When are you not to be disturbed?") }),
  phrases: ["quiet hours [from] {hours}", "[set] my quiet hours [(are|to|from)] {hours}"],
  examples: ["quiet hours 22:00 to 7:00", "quiet hours off"],
});
