import { z } from "zod";
import { defineIntent } from "../src/domain/intent.ts";

export const openRequests = defineIntent({
  name: "open-requests",
  summary: "List the help requests that are still open",
  kind: "people",
  params: z.object({}),
  phrases: ["[(show|list)] [the] open [help] requests", "(which|what) [help] requests are open", "who needs help"],
  alike: [
    "(is|are) there [any] (open|unanswered) requests",
    "any requests (nobody has taken|without an answer) [yet]",
    "who is [still] waiting for help",
    "who still waits for help",
    "what is (open|waiting) in the help channel",
    "does anybody need help",
    "how many [help] requests are (open|left|waiting)",
    "which [help] requests (has nobody taken|are untaken|are left|are waiting)",
    "what is still to be taken",
    "[show me] the (list|queue) of [help] requests",
  ],
  examples: ["open requests"],
  question: true,
});
