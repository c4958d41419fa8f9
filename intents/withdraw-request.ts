import { z } from "zod";
import { defineIntent, runParam } from "../src/domain/intent.ts";

export const withdrawRequest = defineIntent({
  name: "withdraw-request",
  summary: "Take back one's own help request",
  params: z.object({ request: runParam().optional() }),
  phrases: [
    "withdraw {request}",
    "withdraw [(it|this|that)]",
    "withdraw my [help] request [{request}]",
    "nevermind",
    "[(it is|it's|that is|that's|this is|this was|it was)] (not an incident|no incident|a false alarm|false alarm)",
  ],
  examples: ["withdraw it"],
  answer: true,
});
