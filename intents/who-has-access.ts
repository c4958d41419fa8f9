import { z } from "zod";
import { defineIntent } from "../src/domain/intent.ts";

export const whoHasAccess = defineIntent({
  name: "who-has-access",
  summary: "Say who has access to something, until when and by which request",
  kind: "access",
  params: z.object({ resource: z.string().min(1).toLowerCase().describe("Access to what?") }),
  phrases: [
    "who has access to [the] {resource} [(database|data|service|system)] [(now|at the moment)]",
    "who has [the] {resource} access [(now|at the moment)]",
    "who has (read|write) access to [the] {resource} [(now|at the moment)]",
    "who (can|may) (access|read|write|use|change|see) [the] {resource} [(database|data)] [(now|at the moment)]",
    "who (can|may) get into [the] {resource}",
    "(list|show) [me] (who|everybody who|everyone who) has access to [the] {resource}",
    "(list|show) [me] [the] access to [the] {resource}",
    "does (anybody|anyone|somebody|someone) have access to [the] {resource}",
    "do I [still] have access to [the] {resource}",
  ],
  alike: [
    "whose access to {resource} is still open",
    "which people are let into {resource}",
    "who was given (rights|permissions|access) (on|to|for) {resource}",
    "who all can get at {resource}",
  ],
  examples: ["who has access to billing?"],
  question: true,
});
