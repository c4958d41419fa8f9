import { shorten } from "../../domain/text.ts";
import type { Group, Said } from "./past.ts";
import { nameFor } from "./workflow-draft.ts";

/** An article for the handbook, as a file that can be used as it is. */
export interface ArticleDraft {
  readonly kind: "article";
  readonly name: string;
  /** The file for NAME.md in the handbook's folder. */
  readonly text: string;
  /** A question that it answers. */
  readonly say: string;
}

const mostAnswers = 6;
const longestAnswer = 700;

/** What people answered these questions with, each with who said it and where; null where nobody wrote an answer down. */
export function articleDraft(
  questions: Group,
  answers: readonly Said[],
  isTaken: (name: string) => boolean,
): ArticleDraft | null {
  const short = new Map(questions.map(({ id, run }) => [id, run]));
  const same = Map.groupBy(answers, ({ text }) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
      .trim(),
  );
  same.delete("");
  // What was answered most often stands first.
  const given = [...same.values()]
    .sort((a, b) => b.length - a.length)
    .slice(0, mostAnswers)
    .map((those) => {
      const where = [...new Set(those.map(({ by, run }) => `${words(by)}, ${short.get(run) ?? ""}`))];
      return `${shorten(words(those[0]?.text ?? ""), longestAnswer)} (${where.join("; ")})`;
    });
  if (given.length === 0) return null;
  const [first] = questions;
  const question = shorten(words(first.text).replace(/[.!\s]+$/, ""), 120);
  const asked = [...new Set(questions.map(({ text }) => `“${shorten(words(text), 160)}”`))];
  const text = [
    `# ${capital(question)}`,
    `## ${capital(question)}`,
    given.length === 1 ? (given[0] ?? "") : given.map((one) => `- ${one}`).join("\n"),
    `Asked as ${asked.join(", ")} (${questions.map(({ run }) => run).join(", ")}).`,
  ].join("\n\n");
  return { kind: "article", name: nameFor(question, isTaken), text: `${text}\n`, say: first.text };
}

/** One line in which nothing is a heading, a link or code: people wrote it. */
function words(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .trim()
    .replace(/^[#>~+-]+\s*|^```+/, "")
    .replaceAll(/[[\]<>`]/g, "");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
