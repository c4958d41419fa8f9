/**
 * How well free text is understood, on a file of the CLINC150 form (https://github.com/clinc/oos-eval, data_full.json):
 * `npm run eval:intents -- FILE`. Learns from `train` and `oos_train`; everything else, the threshold too, is decided on
 * `val` and `oos_val`; `test` and `oos_test` are only read to be judged. `--on val` judges on validation; `--json` prints one
 * line.
 */
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { z } from "zod";
import { type Example, type Guess, trainClassifier } from "../src/recognize/classify.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { on: { type: "string", default: "test" }, json: { type: "boolean", default: false } },
});
const [file] = positionals;
if (file === undefined || !["val", "test"].includes(values.on)) {
  console.error("Name the file: npm run eval:intents -- data_full.json [--on val] [--json]");
  process.exit(2);
}
const pairs = z.array(z.tuple([z.string(), z.string()]));
const form = z.object({
  train: pairs,
  val: pairs,
  test: pairs,
  oos_train: pairs,
  oos_val: pairs,
  oos_test: pairs,
});
const data = form.parse(JSON.parse(readFileSync(file, "utf8")));
const examples = (part: "train" | "val" | "test"): Example[] => [
  ...data[part].map(([text, label]) => ({ text, label })),
  ...data[`oos_${part}`].map(([text]) => ({ text, label: null })),
];

/** What the threshold may cost: this share of the sentences in scope that would be right without it, on validation. */
const price = 0.0075;

const begun = process.cpuUsage();
const classifier = trainClassifier(examples("train"), examples("val"));
const trainSeconds = cpuMicroseconds(begun) / 1e6;
const threshold = chooseThreshold(judged(examples("val")));
const rows = judged(examples(values.on === "val" ? "val" : "test"));

const inside = rows.filter(({ label }) => label !== null);
const outside = rows.filter(({ label }) => label === null);
const accepted = rows.filter(({ guess }) => guess.confidence >= threshold);
const refused = rows.filter(({ guess }) => guess.confidence < threshold);
const right = accepted.filter(({ label, guess }) => label === guess.label);
const refusedOutside = refused.filter(({ label }) => label === null);
const texts = rows.map(({ text }) => text);
const result = {
  judgedOn: values.on,
  inScopeAccuracy: percent(right.length, inside.length),
  outOfScopeRecall: percent(refusedOutside.length, outside.length),
  outOfScopePrecision: percent(refusedOutside.length, refused.length),
  /** Sentences taken for something that they do not ask for. */
  wrongActionRate: percent(accepted.length - right.length, rows.length),
  overall: percent(right.length + refusedOutside.length, rows.length),
  inScopeAccuracyWithoutThreshold: percent(
    inside.filter(({ label, guess }) => label === guess.label).length,
    inside.length,
  ),
  threshold: Number(threshold.toFixed(3)),
  microsecondsPerSentence: Number(microseconds().toFixed(1)),
  trainSeconds: Number(trainSeconds.toFixed(1)),
  modelMB: Number((classifier.bytes / 1e6).toFixed(1)),
};
console.log(values.json ? JSON.stringify(result) : JSON.stringify(result, null, 2));
if (!values.json) console.log(`${cpus()[0]?.model.trim()}, one core, Node ${process.version}`);

function judged(of: readonly Example[]): (Example & { readonly guess: Guess })[] {
  return of.map((example) => ({ ...example, guess: classifier.guess(example.text) }));
}

/** The highest threshold that costs no more than the price. */
function chooseThreshold(seen: readonly (Example & { readonly guess: Guess })[]): number {
  const sure = seen.filter(({ label, guess }) => label === guess.label).map(({ guess }) => guess.confidence);
  const scope = seen.filter(({ label }) => label !== null).length;
  return sure.sort((a, b) => a - b)[Math.floor(price * scope)] ?? 0;
}

/** Over five rounds through all sentences, after one that warms up. */
function microseconds(): number {
  for (const text of texts) classifier.guess(text);
  const start = process.cpuUsage();
  for (let round = 0; round < 5; round++) for (const text of texts) classifier.guess(text);
  return cpuMicroseconds(start) / (5 * texts.length);
}

/** Processor time since then, of every thread together: what else the machine does is not counted. */
function cpuMicroseconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

function percent(part: number, whole: number): number {
  return Number(((100 * part) / whole).toFixed(2));
}
