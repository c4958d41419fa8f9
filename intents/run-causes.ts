import { z } from "zod";
import { defineIntent, runParam } from "../src/domain/intent.ts";

export const runCauses = defineIntent({
  name: "run-causes",
  summary: "Say what a run has found out about why something happened",
  params: z.object({ run: runParam() }),
  phrases: [
    "why {run}",
    "why did {run} (happen|fail)",
    "what caused {run}",
    "what went wrong in {run}",
    "(what is|what's|what was) the [root] cause of {run}",
  ],
  inThread: [
    "[but] why [is (it|this|that)]",
    "why (did|does) (it|this|that) (happen|fail|fire)",
    "(what is|what's|what was) (the|its) [(root|likely)] (cause|reason) [of (it|this|that)]",
    "[root] cause",
    "what (caused|causes) (it|this|that)",
    "what (went|goes|is|was) wrong [here]",
    "(do we|do you) know why",
    "why (do|does|did) (he|she|they|you|we) (want|need|ask for) (it|this|that)",
  ],
  examples: ["what caused R-ABC123?"],
  tells: "causes",
  question: true,
  answer: true,
});
