import { z } from "zod";
import { defineIntent, hoursParam } from "../src/domain/intent.ts";

const not = "(do not|don't|dont)";
const from = "(from|between)";

export const quietHours = defineIntent({
  name: "quiet-hours",
  summary: "Say when you are not to be disturbed: what is not urgent is kept until then",
  kind: "yourself",
  params: z.object({ hours: hoursParam("When are you not to be disturbed?") }),
  phrases: [
    "quiet hours [from] {hours}",
    `[set] [my] quiet hours [(are|to|from|between)] {hours}`,
    `${not} (disturb|bother|ping|message) me ${from} {hours}`,
    `(no messages|be quiet) ${from} {hours}`,
    `${not} (disturb|bother) me [(now|today|tonight|at night|overnight|in the night|over night|any more|anymore|for now)]`,
    "set [(up|my)] quiet hours",
    "do not disturb",
  ],
  alike: ["leave me alone (tonight|at night)", "mute [me] (tonight|at night)", "I want to sleep tonight"],
  usual: { hours: "22:00 to 7:00" },
  examples: ["quiet hours 22:00 to 7:00", "quiet hours off"],
});
