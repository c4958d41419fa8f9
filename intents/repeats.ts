import { z } from "zod";
import { defineIntent } from "../src/domain/intent.ts";

export const repeats = defineIntent({
  name: "repeats",
  summary: "Say what people ask again and again, and what would end it",
  kind: "work",
  params: z.object({}),
  phrases: [
    "what repeats",
    "(what|which) requests repeat",
    "what (keeps|is) (repeating|coming up|coming back)",
    "what do people (ask|request) (most often|repeatedly|again and again|over and over)",
    "what should we automate [next]",
    "[show] [me] [the] (patterns|repeats)",
  ],
  alike: [
    "which questions come up most [often]",
    "what could be automated",
    "which articles are missing [in the handbook]",
    "what do we do by hand again and again",
    "are there patterns in [the] requests",
    "which incidents (repeat|come back|recur)",
    "what is asked all the time",
  ],
  examples: ["what repeats?"],
  question: true,
});
