/**
 * How well the handbook answers people who do not use its words: `npm run eval:handbook`, or with another FILE and FOLDER. The file
 * is a list of `{ask, right, held}` in JSON: a question, and the headings that answer it, none where the handbook knows nothing
 * of it. What is `held` was only ever judged: words, weights and thresholds were chosen on the others. `--all` prints the answers.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { openHandbook } from "../src/systems/knowledge/handbook.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { all: { type: "boolean", default: false } },
});
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const [file = here("../tests/fixtures/handbook-questions.json"), folder = here("../knowledge")] = positionals;
const Questions = z.array(z.object({ ask: z.string(), right: z.array(z.string()), held: z.boolean().default(false) }));
const handbook = openHandbook(folder);
const judged = Questions.parse(JSON.parse(readFileSync(file, "utf8"))).map((question) => {
  const answer = handbook.ask(question.ask)?.heading ?? null;
  return { ...question, answer, outcome: outcomeOf(question.right, answer) };
});

if (values.all)
  for (const { ask, answer, outcome } of judged) console.log(`${outcome.padEnd(8)} ${ask.padEnd(52)} ${answer ?? "-"}`);
console.log("             right  wrong  missed | refused  taken");
for (const held of [false, true]) {
  const rows = judged.filter((row) => row.held === held);
  const count = (outcome: string) => rows.filter((row) => row.outcome === outcome).length;
  const shown = (outcomes: readonly string[]) => {
    const all = outcomes.reduce((sum, outcome) => sum + count(outcome), 0);
    return `${outcomes.map((outcome) => String(count(outcome)).padStart(6)).join(" ")} of ${all} (${percent(count(outcomes[0] ?? ""), all)} %)`;
  };
  console.log(
    `${held ? "held out" : "tuned on"}  ${shown(["right", "wrong", "missed"])} | ${shown(["refused", "taken"])}`,
  );
}

function outcomeOf(right: readonly string[], answer: string | null): string {
  if (right.length === 0) return answer === null ? "refused" : "taken";
  return answer === null ? "missed" : right.includes(answer) ? "right" : "wrong";
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((100 * part) / whole);
}
