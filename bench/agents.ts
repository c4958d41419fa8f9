/**
 * What durability costs an agent: tasks of five turns through the real SDK and ledger, with a model on this machine that answers
 * at once. A turn is money held back, the model asked, its answer and what it cost recorded, one call made and its result
 * recorded; measured at the model from one answer to the next question, the SDK and HTTP included. `--json` prints one line for
 * machines; `--database pglite` or `postgres-15` measures another database; `--tasks N`, `--in-flight N` change the size.
 */
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { z } from "zod";
import type { Report, Specialist } from "../src/agents/index.ts";
import { compose } from "../src/compose.ts";
import { newId } from "../src/domain/ids.ts";
import { type AnyTool, defineTool } from "../src/domain/tool.ts";
import { doorsOf } from "../src/doors/doors.ts";
import { loadDefinition } from "../src/workflow/index.ts";
import { startModelServer } from "../tests/support/model-server.ts";
import { databases, type Installation, settingsFor } from "./open.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    database: { type: "string", default: "postgres" },
    tasks: { type: "string", default: "200" },
    "in-flight": { type: "string", default: "1" },
  },
});
const turns = 5;

const counter: Specialist = {
  name: "counter",
  summary: "Counts",
  tools: ["bench.count"],
  model: { instructions: "Count.", budgetUsd: 1, maxTurns: turns + 1 },
  tasks: {
    count: { summary: "Counts", report: z.object({ summary: z.string() }) as z.ZodType<Report>, playbook: null },
  },
  concurrency: 1000,
};

const yaml = `
name: count
summary: Counts
on: { manual: true }
input: { key: { type: string, required: true } }
title: count
steps:
  - { id: count, agent: { specialist: counter, task: count, input: { key: "\${{ input.key }}" } } }
reply: \${{ steps.count.output.summary }}
`;

/** For each task when its model answered last, in milliseconds; and what each turn took. */
const answeredAt = new Map<string, number>();
const took: number[] = [];

const model = await startModelServer(({ n, body: { messages } }) => {
  const [first] = messages;
  const [task = ""] = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(JSON.stringify(first)) ?? [];
  const turn = messages.filter((each: { role: string }) => each.role === "assistant").length + 1;
  const before = answeredAt.get(task);
  if (before !== undefined && turn > 1) took.push(performance.now() - before);
  setImmediate(() => answeredAt.set(task, performance.now()));
  return turn === turns
    ? { content: [{ type: "tool_use", id: `r${n}`, name: "report", input: { summary: "Counted." } }] }
    : { content: [{ type: "tool_use", id: `c${n}`, name: "bench_count", input: { n: turn } }] };
});
const count: AnyTool = defineTool({
  name: "bench.count",
  summary: "Counts",
  params: z.object({ n: z.number() }),
  result: z.object({ n: z.number() }),
  risk: () => "read",
  effect: "keyed",
  timeoutMs: 10_000,
  steers: [],
  describe: ({ n }) => `Count on from ${n}`,
  run: async ({ args }) => ({ n: args.n + 1 }),
});

const database = await databases(values.database);
const result = await database.use(measure);
await database.stop();
if (values.json) console.log(JSON.stringify(result));
else {
  console.log(
    `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}, ${values.database}`,
  );
  console.log(`${values.tasks} tasks of ${turns} turns, ${values["in-flight"]} in flight:`);
  console.log(`durable overhead of a turn: p50 ${result.turnMs.p50} ms, p99 ${result.turnMs.p99} ms`);
  console.log(`from begin to report: p50 ${result.taskMs.p50} ms; ${result.tasksPerSecond} tasks a second`);
}
process.exit(0);

async function measure(at: Installation) {
  const loaded = loadDefinition(yaml, "bench", { tools: [], intents: [], specialists: [counter] });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const settings = { ...settingsFor(at), model: { apiKey: "sk-of-the-benchmark", baseUrl: model.url, model: null } };
  const steward = await compose(settings, (error) => console.error(error), {
    tools: [count],
    definitions: [loaded.definition],
    specialists: [counter],
  });
  const doors = doorsOf(steward);
  const ana = await steward.person("ana");
  await steward.start();
  const waiting = new Map<string, () => void>();
  steward.kernel.onCommit((moved) => {
    for (const row of moved) if (row.state === "completed") waiting.get(row.id)?.();
  });
  const one = async (): Promise<number> => {
    const begun = performance.now();
    const started = await doors.runs.startByName({
      tenant: steward.tenant,
      name: "count",
      context: { key: newId() },
      by: ana,
      keyId: null,
      key: newId(),
    });
    if (started.kind !== "started") throw new Error(started.kind);
    await new Promise<void>((resolve) => waiting.set(started.runId, resolve));
    return performance.now() - begun;
  };
  const many = async (tasks: number): Promise<number[]> => {
    const each: number[] = [];
    let left = tasks;
    const lane = async () => {
      while (left-- > 0) each.push(await one());
    };
    await Promise.all(Array.from({ length: Number(values["in-flight"]) }, lane));
    return each;
  };
  await many(Math.min(10, Number(values.tasks)));
  took.length = 0;
  const begun = performance.now();
  const each = await many(Number(values.tasks));
  const seconds = (performance.now() - begun) / 1000;
  await steward.stop();
  return {
    turnMs: { p50: quantile(took, 0.5), p99: quantile(took, 0.99) },
    taskMs: { p50: quantile(each, 0.5), p99: quantile(each, 0.99) },
    tasksPerSecond: +(each.length / seconds).toFixed(1),
  };
}

function quantile(all: number[], share: number): number {
  const sorted = all.sort((a, b) => a - b);
  return +(sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2);
}
