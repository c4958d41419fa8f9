import { z } from "zod";
import { defineIntent } from "../src/domain/intent.ts";

export const whoHasAccess = defineIntent({
  name: "who-has-access",
  summary: "Say who has access to something, until when and by which request",
  kind: "access",
  params: z.object({ resource: z.string().min(1).toLowerCase().describe("Access to what?") }),
  phrases: [
    "who [(still|all)] has access to [the] {resource} [now]",
    "who [(still|all)] has [the] {resource} access [now]",
    "who (can|may) access [the] {resource} [now]",
  ],
  alike: [
    "show [me] who has access to {resource}",
    "do I [still] have access to {resource}",
    "who has (read|write) access to {resource}",
    "whose access to {resource} is still open",
    "who was given access to {resource}",
    "does anybody have access to {resource}",
    "list everybody who has access to {resource}",
  ],
  examples: ["who has access to billing?"],
  question: true,
});
