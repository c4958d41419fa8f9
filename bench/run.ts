/**
 * The peers' work: start, two keyed tool steps, a gate with a vote, one approved step, done. Every turn durable and audited,
 * fsync on; one process and its database on the same machine. `--json` prints one line for machines; `--database pglite` or
 * `postgres-15` measures another database; `--rounds N`, `--runs N`, `--in-flight N`, `--idle N` change the size.
 * `--only timers` measures 10,000 parked runs instead: what they cost, and how late a due timer fires; `--only ready` how
 * soon a Steward answers on an installation that was used before. `--parked N` changes how many.
 */
import { availableParallelism, cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { databases } from "./open.ts";
import { measureReady, measureTimers } from "./parked.ts";
import { measure, type Round } from "./work.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    database: { type: "string", default: "postgres" },
    rounds: { type: "string", default: "5" },
    runs: { type: "string", default: "2000" },
    "in-flight": { type: "string", default: "50" },
    idle: { type: "string", default: "200" },
    only: { type: "string" },
    parked: { type: "string", default: "10000" },
  },
});
const only = { timers, ready }[values.only ?? ""];
if (values.only !== undefined && !only)
  throw new Error(`--only ${values.only}: there is timers and ready; without it the peers' work is measured.`);
const database = await databases(values.database);
const machine = `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
await (only ?? work)();
await database.stop();
process.exit(0);

async function work(): Promise<void> {
  const size = { runs: Number(values.runs), inFlight: Number(values["in-flight"]), idle: Number(values.idle) };
  const rounds: Round[] = [];
  for (let i = 0; i < Number(values.rounds); i++) {
    const round = await database.use((at) => measure({ ...at, ...size }));
    rounds.push(round);
    if (!values.json)
      console.log(
        `round ${i + 1}: ${round.runsPerSecond.toFixed(0)} runs/s, approval to done p50 ${round.approvalToDoneMs.p50.toFixed(2)} ms, p99 ${round.approvalToDoneMs.p99.toFixed(2)} ms, CPU per run ${cpuOf(round)}`,
      );
  }
  const median = (of: (round: Round) => number) =>
    rounds.map(of).sort((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? 0;
  const result = {
    runsPerSecond: Math.round(median((round) => round.runsPerSecond)),
    approvalToDoneMs: {
      p50: +median((round) => round.approvalToDoneMs.p50).toFixed(2),
      p99: +median((round) => round.approvalToDoneMs.p99).toFixed(2),
    },
    turnsPerSecond: Math.round(median((round) => round.turnsPerSecond)),
    rowsPerRun: +median((round) => round.rowsPerRun).toFixed(1),
    database: rounds[0]?.database ?? "",
  };
  if (values.json) return console.log(JSON.stringify(result));
  console.log(
    `\nMedians of ${rounds.length} rounds of ${size.runs} runs, ${size.inFlight} in flight; approval to done: ${size.idle} runs one at a time.`,
  );
  console.log(`${machine}, ${result.database}`);
  console.log(JSON.stringify(result, null, 2));
}

async function timers(): Promise<void> {
  const { parked, latenessMs, idle } = await database.use((at) => measureTimers(at, Number(values.parked), 500));
  if (values.json) return console.log(JSON.stringify({ parked, latenessMs, idle }));
  console.log(`${parked} parked runs, ${values.database}, ${machine}`);
  console.log(`a due timer fires late by p50 ${latenessMs.p50} ms, at most ${latenessMs.max} ms (500 in ten seconds)`);
  if (idle)
    console.log(
      `while nothing happens: ${idle.transactionsPerSecond.toFixed(1)} transactions/s, ${idle.cpuMsPerSecond.toFixed(1)} ms CPU/s in all`,
    );
}

async function ready(): Promise<void> {
  const took = await database.use((at) => measureReady(at, Number(values.parked), 5));
  const p50 = Math.round(took[took.length >> 1] ?? 0);
  const max = Math.round(took.at(-1) ?? 0);
  if (values.json) return console.log(JSON.stringify({ parked: Number(values.parked), readyMs: { p50, max } }));
  console.log(`${values.parked} parked runs, ${values.database}, ${machine}`);
  console.log(`ready after p50 ${p50} ms, at most ${max} ms (5 starts)`);
}

function cpuOf({ cpuMsPerRun: { ours, database } }: Round): string {
  return `${ours.toFixed(2)} ms${database === null ? "" : ` + PostgreSQL ${database.toFixed(2)} ms`}`;
}
