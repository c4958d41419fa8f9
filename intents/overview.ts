import { z } from "zod";
import { defineIntent } from "../src/domain/intent.ts";

export const overview = defineIntent({
  name: "overview",
  summary: "Say how everything is: services, incidents, runs, approvals, connections",
  kind: "work",
  params: z.object({}),
  phrases: [
    "how is everything [going]",
    "how's everything [going]",
    "how are things",
    "[show] [me] [the] (dashboard|overview)",
    "is everything (ok|okay|all right|fine|up|running)",
    "is anything (broken|on fire|wrong)",
    "what is going on",
    "what's going on",
  ],
  alike: [
    "give me the big picture",
    "how do things stand",
    "what is the (overall|general) (state|status|situation)",
    "status of everything",
    "are we (ok|okay|good) [today]",
    "anything I should know about",
    "are there [any] open incidents",
    "which incidents are open",
    "how are all [the] services [doing]",
    "are all [the] services (up|healthy|running)",
    "does anything need (attention|somebody) [now]",
  ],
  examples: ["how is everything?"],
  question: true,
});
