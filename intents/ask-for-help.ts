import { z } from "zod";
import { defineIntent, textParam } from "../src/domain/intent.ts";

export const askForHelp = defineIntent({
  name: "ask-for-help",
  summary: "Ask anything: the handbook answers, or else a person",
  kind: "people",
  params: z.object({
    question: textParam("What do you need help with?"),
    whom: z
      .enum(["handbook", "person"])
      .default("handbook")
      .meta({
        description: "The handbook or a person?",
        synonyms: { "the handbook": "handbook", "a person": "person", somebody: "person", someone: "person" },
      }),
  }),
  phrases: ["ask {whom} [about] {question}", "ask {whom}: {question}", "I need help [with {question}]"],
  examples: ["ask a person about my laptop"],
  question: true,
  otherwise: "question",
});
