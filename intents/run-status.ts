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
    "show [me] {run}",
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
  tells: "run",
  question: true,
});
