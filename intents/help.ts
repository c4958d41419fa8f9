import { z } from "zod";
import { defineIntent } from "../src/domain/intent.ts";

export const help = defineIntent({
  name: "help",
  summary: "List what can be asked",
  kind: "yourself",
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
  alike: [
    "what are you able to do",
    "what (things|else) can you do",
    "how do I use you",
    "how do you work",
    "what can I say to you",
    "show me what you can do",
    "show [me] your commands",
    "list [all] [the] commands",
    "give me an overview of what you can do",
    "I do not know what to ask you",
    "what are my options here",
  ],
  examples: ["help"],
  question: true,
});
