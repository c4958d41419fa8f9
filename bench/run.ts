/**
 * The peers' work: start, two keyed tool steps, a gate with a vote, one approved step, done. Every turn durable and audited,
 * fsync on; one process and its database on the same machine. `--json` prints one line for machines; `--database pglite`
 * measures the embedded one; `--rounds N`, `--runs N`, `--in-flight N` change the size.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freshDatabase, startPostgres } from "../tests/support/postgres.ts";
import { measure, type Round } from "./work.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    database: { type: "string", default: "postgres" },
    rounds: { type: "string", default: "5" },
    runs: { type: "string", default: "2000" },
    "in-flight": { type: "string", default: "50" },
    idle: { type: "string", default: "200" },
  },
});
const size = { runs: Number(values.runs), inFlight: Number(values["in-flight"]), idle: Number(values.idle) };
const embedded = values.database === "pglite";
const server =
  embedded || process.env["DATABASE_URL"]
    ? null
    : await startPostgres({ version: values.database === "postgres-15" ? "15" : "embedded" });
const rounds: Round[] = [];
for (let i = 0; i < Number(values.rounds); i++) {
  const folder = mkdtempSync(join(tmpdir(), "steward-bench-"));
  const url = embedded ? null : server ? await freshDatabase(server) : (process.env["DATABASE_URL"] ?? null);
  const round = await measure({ folder, url, ...size });
  rmSync(folder, { recursive: true, force: true });
  rounds.push(round);
  if (!values.json)
    console.log(
      `round ${i + 1}: ${round.runsPerSecond.toFixed(0)} runs/s, approval to done p50 ${round.approvalToDoneMs.p50.toFixed(2)} ms, p99 ${round.approvalToDoneMs.p99.toFixed(2)} ms, CPU per run ${cpuOf(round)}`,
    );
}
await server?.stop();

function cpuOf({ cpuMsPerRun: { ours, database } }: Round): string {
  return `${ours.toFixed(2)} ms${database === null ? "" : ` + PostgreSQL ${database.toFixed(2)} ms`}`;
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
if (values.json) console.log(JSON.stringify(result));
else {
  console.log(
    `\nMedians of ${rounds.length} rounds of ${size.runs} runs, ${size.inFlight} in flight; approval to done: ${size.idle} runs one at a time.`,
  );
  console.log(
    `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${result.database}`,
  );
  console.log(JSON.stringify(result, null, 2));
}
process.exit(0);
