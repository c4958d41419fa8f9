import { z } from "zod";
import { defineIntent, runParam } from "../src/domain/intent.ts";

export const passRequestOn = defineIntent({
  name: "pass-request-on",
  summary: "Say that the handbook's answer was not enough",
  params: z.object({ request: runParam().optional() }),
  phrases: [
    "pass {request} on",
    "(that|this|it) (did not|didn't|does not|doesn't) (help|work) [{request}]",
    "ask a person",
  ],
  examples: ["that did not help"],
  answer: true,
  question: true,
});
