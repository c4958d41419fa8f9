import { z } from "zod";
import { defineIntent, runParam } from "../src/domain/intent.ts";

export const runStory = defineIntent({
  name: "run-story",
  summary: "Say what happened in a run, from its record",
  params: z.object({ run: runParam() }),
  phrases: [
    "what happened (in|during|with) {run}",
    "what was done in {run}",
    "who approved {run}",
    "[(show|give|send|write) [me]] [(a|the)] (report|summary|timeline|record|story|postmortem|post-mortem) (of|on|for|about|from) {run}",
    "(summarize|summarise|recap) {run}",
    "tell me about {run}",
  ],
  inThread: [
    "what [has] happened [(here|so far)]",
    "what (was|has been|did you do|have you done) [done] [(here|so far)]",
    "who approved (it|this|that)",
    "[(show|give|send|write) [me]] [(a|the)] [short] (report|summary|timeline|record|story|recap|postmortem|post-mortem) [of (it|this|this incident|this run|this thread)]",
    "(summarize|summarise|recap|sum up) [(it|this|this incident|this run|this thread|the thread)]",
    "sum (it|this) up",
    "catch me up",
  ],
  examples: ["what happened in R-ABC123?"],
  tells: "story",
  question: true,
  answer: true,
});
