import { z } from "zod";
import { defineIntent } from "../src/domain/intent.ts";

export const openRequests = defineIntent({
  name: "open-requests",
  summary: "List the help requests that are still open",
  params: z.object({}),
  phrases: ["[(show|list)] [the] open [help] requests", "(which|what) [help] requests are open", "who needs help"],
  examples: ["open requests"],
  question: true,
});
