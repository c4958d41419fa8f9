import { z } from "zod";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import type { Handbook } from "./handbook.ts";
import type { Section } from "./sections.ts";

const longest = 1500;
const Answer = z.object({
  /** Null: the handbook says nothing about it. */
  answer: z.string().nullable(),
  title: z.string().nullable(),
  source: z.string().nullable(),
});

/** What the company has written down, as a tool that only reads. */
export function knowledgeTools(handbook: Handbook): AnyTool[] {
  return [
    defineTool({
      name: "knowledge.search",
      summary: "Find the part of the handbook that answers a question",
      params: z.object({ question: z.string().min(1) }),
      result: Answer,
      risk: () => "read" as const,
      effect: "keyed",
      timeoutMs: 10_000,
      describe: ({ question }) => `Look up “${question}” in the handbook`,
      run: async ({ args }) => answerOf(handbook.ask(args.question)) ?? { answer: null, title: null, source: null },
    }),
  ];
}

/** A part of the handbook as people read it; null for none. */
export function answerOf(found: Section | null): { answer: string; title: string; source: string } | null {
  if (found === null) return null;
  const { file, title, heading, text } = found;
  return {
    answer: text.length <= longest ? text : `${text.slice(0, longest).toWellFormed()}…`,
    title: heading,
    source: heading === title ? `${title} (${file})` : `${title} › ${heading} (${file})`,
  };
}
