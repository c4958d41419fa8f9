import { z } from "zod";
import { defineIntent, runParam } from "../src/domain/intent.ts";

export const runStatus = defineIntent({
  name: "run-status",
  summary: "Say how something that was asked for stands",
  kind: "work",
  params: z.object({ run: runParam() }),
  phrases: [
    "how is {run} [doing]",
    "how's {run} [doing]",
    "how does {run} stand",
    "[show [me]] {run}",
    "[what is] [the] status of {run}",
    "what's the status of {run}",
    "{run} status",
    "status {run}",
    "check [on] {run}",
    "where is {run}",
    "what (is|about|became of|happened to) {run}",
    "what does {run} wait for",
    "what is {run} waiting for",
  ],
  examples: ["how is R-ABC123?"],
  inThread: [
    "[what is] [the] (status|state) [of (it|this|this run|this incident)]",
    "what's [the] (status|state)",
    "how does (it|this) stand",
    "where (are we|do we stand)",
    "how (is it|are things|is this|are we) (going|coming along|doing here)",
    "(what is|what's) (going on|happening|up|open) [(here|now)]",
    "what (does it wait|is it waiting|are we waiting) for",
    "[is there] [any] news",
  ],
  tells: "state",
  question: true,
});
