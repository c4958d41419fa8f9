import { spawn } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { newId } from "../src/domain/ids.ts";
import { doorsOf } from "../src/doors/doors.ts";
import type { Steward } from "../src/steward.ts";
import { cpuMs } from "./cpu.ts";
import { type Installation, openSteward } from "./open.ts";

const yaml = `
name: park
summary: Waits
on: { manual: true }
input: { for: { type: duration, required: true } }
title: wait for \${{ input.for }}
steps:
  - { id: hold, wait: { for: "\${{ input.for }}" } }
`;

export interface Parked {
  readonly parked: number;
  /** From the instant a timer was due to its turn's commit. */
  readonly latenessMs: { readonly p50: number; readonly max: number };
  /** Transactions and CPU of both processes while nothing happens; null on the embedded database, which counts neither. */
  readonly idle: { readonly transactionsPerSecond: number; readonly cpuMsPerSecond: number } | null;
}

/** Parks runs for a day, looks how much they cost while nothing happens, then how late the timers of others fire. */
export async function measureTimers(at: Installation, parked: number, due: number): Promise<Parked> {
  const steward = await openSteward(at, yaml, []);
  await steward.start();
  try {
    await park(steward, Array<string>(parked).fill("1d"));
    const idle = at.url ? await idleCost(steward, 15_000) : null;
    const lateness: number[] = [];
    const dueAt = new Map<string, number>();
    const { promise: all, resolve } = Promise.withResolvers<void>();
    steward.kernel.onCommit((moved) => {
      for (const row of moved) {
        const instant = row.done ? dueAt.get(row.id) : undefined;
        if (instant !== undefined) lateness.push(Date.now() - instant);
      }
      if (lateness.length === due) resolve();
    });
    // Spread over ten seconds, so that they meet the looks at every moment between two.
    const runs = await park(
      steward,
      Array.from({ length: due }, (_, i) => `${5000 + Math.round((i / due) * 10_000)}ms`),
    );
    const timers = await steward.db.query<{ id: string; at: string }>(
      "select actor_id as id, due_at as at from steward.timer where actor_id = any ($1::uuid[])",
      [runs],
    );
    for (const timer of timers) dueAt.set(timer.id, Date.parse(timer.at));
    if (dueAt.size < due) throw new Error("Timers fired before they were read: this machine is too busy to measure.");
    await all;
    lateness.sort((a, b) => a - b);
    return { parked, latenessMs: { p50: lateness[due >> 1] ?? 0, max: lateness.at(-1) ?? 0 }, idle };
  } finally {
    await steward.stop();
  }
}

/** From the start of the process to its address, on a folder and database that were used before, in milliseconds. */
export async function measureReady(at: Installation, parked: number, times: number): Promise<number[]> {
  const filled = await openSteward(at, yaml, []);
  await filled.start();
  await park(filled, Array<string>(parked).fill("1d"));
  await filled.stop();
  const took: number[] = [];
  for (let i = 0; i < times; i++) took.push(await start(at));
  return took.sort((a, b) => a - b);
}

async function start(at: Installation): Promise<number> {
  const begun = performance.now();
  const child = spawn(process.execPath, ["src/main.ts", "serve"], {
    cwd: new URL("../", import.meta.url).pathname,
    env: {
      PATH: process.env["PATH"] ?? "",
      PORT: "0",
      STEWARD_MODE: "trial",
      STEWARD_DATA_DIR: at.folder,
      ...(at.url ? { DATABASE_URL: at.url } : {}),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { promise: ended, resolve: end } = Promise.withResolvers<number>();
  child.once("close", () => end(Number.NaN));
  const { promise: address, resolve } = Promise.withResolvers<number>();
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
    if (/Steward is at http/.test(out)) resolve(performance.now() - begun);
  });
  const took = await Promise.race([address, ended]);
  if (Number.isNaN(took)) throw new Error("Steward ended before it was ready.");
  child.kill("SIGTERM");
  await ended;
  return took;
}

async function idleCost(steward: Steward, ms: number): Promise<NonNullable<Parked["idle"]>> {
  const look = async () => {
    const [row] = await steward.db.query<{ n: number; pid: number }>(
      "select xact_commit as n, pg_backend_pid() as pid from pg_stat_database where datname = current_database()",
    );
    const cpu = cpuMs(row?.pid ?? null);
    return { n: row?.n ?? 0, cpu: cpu.ours + (cpu.database ?? 0), at: performance.now() };
  };
  // What the parking itself left to do is over, and counted.
  await wait(12_000);
  const before = await look();
  await wait(ms);
  const after = await look();
  const seconds = (after.at - before.at) / 1000;
  return {
    transactionsPerSecond: (after.n - before.n) / seconds,
    cpuMsPerSecond: (after.cpu - before.cpu) / seconds,
  };
}

/** Begins these runs, fifty at a time; their ids. */
async function park(steward: Steward, durations: readonly string[]): Promise<string[]> {
  const doors = doorsOf(steward);
  const by = await steward.person("ana");
  const ids: string[] = [];
  for (let i = 0; i < durations.length; i += 50)
    ids.push(
      ...(await Promise.all(
        durations.slice(i, i + 50).map(async (duration) => {
          const started = await doors.runs.startByName({
            tenant: steward.tenant,
            name: "park",
            context: { for: duration },
            by,
            keyId: null,
            key: newId(),
          });
          if (started.kind !== "started") throw new Error(JSON.stringify(started));
          return started.runId;
        }),
      )),
    );
  return ids;
}
