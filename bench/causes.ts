/**
 * How often the analysis specialist finds the cause of an injected fault without a model: `npm run bench:causes`. Faults are
 * drawn by seeds; the weights were chosen while looking at those of `--tuning`, and never at the others.
 * `--json` prints one line.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openDatabase } from "../src/store/open.ts";
import { harmless, type Outcome, play, scenariosOf } from "./injected.ts";

const { values } = parseArgs({
  options: { tuning: { type: "boolean", default: false }, json: { type: "boolean", default: false } },
});
const seeds = values.tuning ? ["t1", "t2", "t3"] : ["oak", "elm", "ash", "yew"];
const folder = mkdtempSync(join(tmpdir(), "steward-bench-"));
const db = await openDatabase({ folder }, console.error);
const outcomes: Outcome[] = [];
const calm: Outcome[] = [];
for (const seed of seeds) {
  for (const scenario of scenariosOf(seed)) outcomes.push(await play(db, scenario));
  for (const scenario of harmless(seed)) calm.push(await play(db, scenario));
}
await db.close();
rmSync(folder, { recursive: true, force: true });

const share = (some: readonly Outcome[], all: readonly Outcome[]) =>
  `${some.length} of ${all.length} (${Math.round((100 * some.length) / all.length)} %)`;
const result = {
  first: share(
    outcomes.filter(({ rank }) => rank === 1),
    outcomes,
  ),
  amongThree: share(
    outcomes.filter(({ rank }) => rank !== null && rank <= 3),
    outcomes,
  ),
  firstWithoutLogs: share(
    outcomes.filter(({ rankWithoutLogs }) => rankWithoutLogs === 1),
    outcomes,
  ),
  firstInNoise: share(
    outcomes.filter(({ rankInNoise }) => rankInNoise === 1),
    outcomes,
  ),
  actionRight: share(
    outcomes.filter(({ healed }) => healed),
    outcomes,
  ),
  harmlessLeftAlone: share(
    calm.filter(({ action }) => action === "none"),
    calm,
  ),
  harmlessLeftAloneInNoise: share(
    calm.filter(({ actionInNoise }) => actionInNoise === "none"),
    calm,
  ),
  /** Mean squared distance of the first cause's confidence from whether it was right. */
  brier: Number(
    (
      outcomes.reduce((sum, { rank, confidence }) => sum + ((rank === 1 ? 1 : 0) - confidence) ** 2, 0) /
      outcomes.length
    ).toFixed(3),
  ),
};

if (values.json) console.log(JSON.stringify(result));
else {
  console.log(
    "| what was broken | alert, looked at after | red herrings | first cause | rank | without logs | and in noise | action |",
  );
  console.log("|---|---|---|---|---|---|---|---|");
  for (const outcome of [...outcomes, ...calm]) console.log(rowOf(outcome));
  console.log();
  for (const [name, value] of Object.entries(result)) console.log(`${name}: ${value}`);
}

function rowOf({ scenario, first, confidence, rank, rankWithoutLogs, rankInNoise, action, healed }: Outcome): string {
  const { name, alert, look, events, truth } = scenario;
  const herrings = events.flatMap(({ what }) => (what === "" ? [] : [what])).join(", ");
  const cells = [
    name,
    `${alert.service}, ${look < 120_000 ? `${look / 1000} s` : `${Math.round(look / 6000) / 10} min`}`,
    herrings === "" ? "none" : herrings,
    `${first} (${Math.round(confidence * 100)} %)`,
    truth === null ? "" : (rank ?? "not named"),
    truth === null ? "" : (rankWithoutLogs ?? "not named"),
    truth === null ? "" : (rankInNoise ?? "not named"),
    `${action}, ${healed ? "right" : "wrong"}`,
  ];
  return `| ${cells.join(" | ")} |`;
}
