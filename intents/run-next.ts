import { z } from "zod";
import { defineIntent, runParam } from "../src/domain/intent.ts";

export const runNext = defineIntent({
  name: "run-next",
  summary: "Say what a run has found out and what is proposed now",
  params: z.object({ run: runParam() }),
  phrases: [
    "what (should|can|could|do|shall|must) (we|I) do about {run}",
    "what (next|now) (in|with|for) {run}",
    "[what are] [the] next steps (of|in|for) {run}",
    "what is proposed in {run}",
  ],
  inThread: [
    "[(so|and|ok|okay)] what (should|can|could|do|shall|must) (we|I|you) do [(now|next|here|first|about (it|this|that))]",
    "[(so|and|ok|okay)] what (should be|is to be) done [(now|next|here|first)]",
    "[(so|and|ok|okay)] what to do [(now|next|here|first|about (it|this|that))]",
    // A “now” at the end of a sentence is taken off.
    "[(so|and|ok|okay)] what [(now|next)]",
    "[(what are|what's|what is)] [(the|our|my)] next (step|steps|move|moves)",
    "what (do|would|can) you (suggest|propose|recommend|advise) [(now|here|next)]",
    "what is (proposed|suggested|recommended|the plan) [(now|here)]",
    "what's (proposed|suggested|recommended|the plan|the proposal) [(now|here)]",
    "(any|your) (ideas|idea|suggestions|suggestion|advice|proposal|proposals)",
    "how (do|can|could|should) (we|I) (fix|solve|mend|stop|handle) (it|this|that)",
    "how to (fix|solve|mend|stop|handle) (it|this|that)",
  ],
  examples: ["what should we do about R-ABC123?"],
  tells: "next",
  question: true,
  answer: true,
});
