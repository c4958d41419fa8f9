import { z } from "zod";
import { deriveId, newId } from "../src/domain/ids.ts";
import { type AnyTool, defineTool } from "../src/domain/tool.ts";
import { doorsOf } from "../src/doors/doors.ts";
import { cpuMs } from "./cpu.ts";
import { type Installation, openSteward } from "./open.ts";

export interface Round {
  readonly runsPerSecond: number;
  readonly turnsPerSecond: number;
  readonly rowsPerRun: number;
  readonly approvalToDoneMs: { readonly p50: number; readonly p99: number };
  readonly database: string;
  /** CPU of this process and of the database's, which no other load on the machine changes. */
  readonly cpuMsPerRun: { readonly ours: number; readonly database: number | null };
}

const step = (name: string, risk: "write" | "dangerous"): AnyTool =>
  defineTool({
    name,
    summary: "Counts",
    params: z.object({ n: z.number() }),
    result: z.object({ n: z.number() }),
    risk: () => risk,
    effect: "keyed",
    trusted: true,
    timeoutMs: 10_000,
    describe: ({ n }) => `Count on from ${n}`,
    run: ({ args }) => Promise.resolve({ n: args.n + 1 }),
  });

const yaml = `
name: peers-work
summary: Two steps, a gate, one step
on: { manual: true }
input: { n: { type: number, required: true } }
title: count from \${{ input.n }}
steps:
  - { id: one, tool: { name: bench.count, args: { n: "\${{ input.n }}" } } }
  - { id: two, tool: { name: bench.count, args: { n: "\${{ steps.one.output.n }}" } }, dependsOn: [one] }
  - { id: approval, approve: { covers: [three] }, dependsOn: [two] }
  - { id: three, tool: { name: bench.finish, args: { n: "\${{ steps.two.output.n }}" } }, dependsOn: [approval] }
`;

/** One round on a fresh database: the load, then runs one at a time. */
export async function measure(
  at: Installation & { readonly runs: number; readonly inFlight: number; readonly idle: number },
): Promise<Round> {
  const tools = [step("bench.count", "write"), step("bench.finish", "dangerous")];
  const steward = await openSteward(at, yaml, tools);
  const doors = doorsOf(steward);
  const ana = await steward.person("ana");
  await steward.start();

  const waiting = new Map<string, () => void>();
  const until = (actorId: string, state: string) =>
    new Promise<void>((resolve) => waiting.set(`${actorId}/${state}`, resolve));
  steward.kernel.onCommit((moved) => {
    for (const row of moved) {
      if (row.state === "failed") throw new Error(`A run of the benchmark failed: see actor ${row.id}`);
      waiting.get(`${row.id}/${row.state}`)?.();
      waiting.delete(`${row.id}/${row.state}`);
    }
  });

  /** One run; returns milliseconds from the vote to the end. */
  async function one(): Promise<number> {
    // The key leads to the run's id only after it began, so the commit's listener learns of it by name.
    const started = await doors.runs.startByName({
      tenant: steward.tenant,
      name: "peers-work",
      context: { n: 1 },
      by: ana,
      keyId: null,
      key: newId(),
    });
    if (started.kind !== "started") throw new Error(started.kind);
    const gateId = deriveId(started.runId, "approval#1");
    await until(gateId, "open");
    const done = until(started.runId, "completed");
    const begun = performance.now();
    const outcome = await steward.kernel.press({
      tenant: steward.tenant,
      gateId,
      answer: "approve",
      reason: null,
      by: "cara",
      surface: "web",
      conversationId: null,
      inbox: {
        id: newId(),
        source: "bench",
        deliveryKey: newId(),
        kind: "press",
        personId: "cara",
        body: "{}",
        outcome: null,
      },
    });
    if (outcome.kind !== "decided") throw new Error(JSON.stringify(outcome));
    await done;
    return performance.now() - begun;
  }

  async function many(count: number, lanes: number): Promise<number[]> {
    const took: number[] = [];
    let left = count;
    const lane = async () => {
      while (left-- > 0) took.push(await one());
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    return took;
  }

  await many(Math.min(300, at.runs), at.inFlight);
  const before = await counts();
  const [backend] = at.url ? await steward.db.query<{ pid: number }>("select pg_backend_pid() as pid") : [];
  const cpuBefore = cpuMs(backend?.pid ?? null);
  const begun = performance.now();
  await many(at.runs, at.inFlight);
  const seconds = (performance.now() - begun) / 1000;
  const cpuAfter = cpuMs(backend?.pid ?? null);
  const after = await counts();
  const idle = (await many(at.idle, 1)).sort((a, b) => a - b);
  const [version] = await steward.db.query<{ v: string }>(
    "select current_setting('server_version') || ', fsync ' || current_setting('fsync') as v",
  );
  await steward.stop();
  return {
    runsPerSecond: at.runs / seconds,
    turnsPerSecond: (after.audit - before.audit) / seconds,
    rowsPerRun: (after.rows - before.rows) / at.runs,
    cpuMsPerRun: {
      ours: (cpuAfter.ours - cpuBefore.ours) / at.runs,
      database:
        cpuAfter.database === null || cpuBefore.database === null
          ? null
          : (cpuAfter.database - cpuBefore.database) / at.runs,
    },
    approvalToDoneMs: { p50: idle[Math.floor(idle.length / 2)] ?? 0, p99: idle[Math.floor(idle.length * 0.99)] ?? 0 },
    database: `${steward.db.kind === "pglite" ? "PGlite (never fsyncs)" : "PostgreSQL"} ${version?.v ?? ""}`,
  };

  async function counts(): Promise<{ audit: number; rows: number }> {
    const names = ["inbox", "actor", "mail", "audit", "fact", "effect", "gate", "vote", "timer", "message"];
    const [row] = await steward.db.query<Record<string, number>>(
      `select ${names.map((name) => `(select count(*)::int from steward.${name}) as ${name}`).join(", ")}`,
    );
    return { audit: row?.["audit"] ?? 0, rows: Object.values(row ?? {}).reduce((sum, count) => sum + count, 0) };
  }
}
