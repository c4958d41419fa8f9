import { z } from "zod";
import { defineIntent, runParam } from "../src/domain/intent.ts";

export const solveRequest = defineIntent({
  name: "solve-request",
  summary: "Say that a help request is solved",
  params: z.object({ request: runParam().optional() }),
  phrases: [
    "solved [{request}]",
    "[(it|this|that)] (is solved|was solved) [{request}]",
    "(it's|that's) solved [{request}]",
    "(that|this|it) (helped|worked|works) [{request}]",
    "{request} is solved",
    "(close|solve|resolve) (it|this|that|the incident|the request) [{request}]",
    "(close|solve|resolve) {request}",
    "(close|resolved|fixed)",
    "(nvm|never mind|nevermind) [(it|that)] (works|worked|is fixed|is solved) [(now|again)]",
    "(nvm|never mind|nevermind) [I] (found|solved|fixed) (it|the problem|a solution)",
    "(it's|it is|that's|that is) (fixed|over|resolved|done) [now] [{request}]",
  ],
  examples: ["solved", "that helped"],
  answer: true,
});
