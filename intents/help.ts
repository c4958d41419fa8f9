import { z } from "zod";
import { defineIntent } from "../src/domain/intent.ts";

export const help = defineIntent({
  name: "help",
  summary: "List what can be asked",
  params: z.object({}),
  phrases: [
    "help [me]",
    "what can (you do|i ask|i say)",
    "what can i ask you",
    "what do you do",
    "commands",
    "usage",
    "?",
  ],
  examples: ["help"],
  question: true,
});
