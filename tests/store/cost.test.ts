import { afterAll, beforeAll, expect, test } from "vitest";
import { setup } from "xstate";
import { newId } from "../../src/domain/ids.ts";
import { createPurse } from "../../src/model/purse.ts";
import { createKernel, type Kernel } from "../../src/orchestrator/kernel.ts";
import { loadMachine } from "../../src/orchestrator/machine.ts";
import type { KernelStore } from "../../src/orchestrator/store.ts";
import { openQueue } from "../../src/queue/boss.ts";
import { jobParts } from "../../src/queue/parts.ts";
import type { Database, Queryable } from "../../src/store/database.ts";
import { kernelStore } from "../../src/store/kernel.ts";
import { modelLedger } from "../../src/store/model.ts";
import { openDatabase } from "../../src/store/open.ts";
import { ownerClient } from "../../src/store/postgres.ts";
import { freshDatabase, sharedPostgres } from "../support/postgres.ts";

/** A node of EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON). */
interface PlanNode {
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Shared Hit Blocks": number;
  readonly "Shared Read Blocks": number;
  readonly "Subplan Name"?: string;
  readonly "CTE Name"?: string;
  readonly Plans?: readonly PlanNode[];
}

/** What a statement cost: blocks of shared memory it looked at, rows its plan passed on. */
interface Cost {
  readonly blocks: number;
  readonly rows: number;
}

const tenant = "default";
let db: Database;
let kernel: Kernel;
let store: KernelStore;
let owner: ReturnType<typeof ownerClient>;
let stop: () => Promise<void>;
/** The statements seen since it was emptied; null while nobody looks. */
let costs: Map<string, Cost> | null = null;

beforeAll(async () => {
  const url = await freshDatabase(await sharedPostgres());
  db = await openDatabase({ url }, console.error);
  owner = ownerClient(url);
  await owner.connect();
  await owner.query("insert into steward.tenant (id, name) values ('default', 'Trial')");
  const queue = await openQueue(db, console.error);
  const watched: Database = { ...db, query: watching(db).query, tx: (work) => db.tx((tx) => work(watching(tx))) };
  store = kernelStore(watched, jobParts);
  const logic = setup({}).createMachine({ id: "listener", on: { add: { actions: [] } } });
  const machine = loadMachine({ version: 1, ignores: ["begin", "add"], logic: logic as never });
  kernel = createKernel({
    store,
    queue,
    machine: async () => machine,
    tools: new Map(),
    holders: async () => [],
    policies: [],
    purse: createPurse(modelLedger(db), { run: 1, person: 1, tenant: 1, day: 1 }),
    gateChannels: [],
    places: () => [],
    confirmVoters: async () => undefined,
    lanes: 1,
    progress: async () => undefined,
    onError: console.error,
  });
  stop = () => queue.stop(0);
});
afterAll(async () => {
  await stop?.();
  await db?.close();
  await owner?.end();
});

/** Explains each named statement before it runs it: once for real, in a transaction that is undone. */
function watching(on: Queryable): Queryable {
  return {
    async query(text, values, name) {
      const seen = costs;
      if (seen !== null && name !== undefined) {
        let plan: PlanNode | undefined;
        const undo = new Error("only to see what it costs");
        await db
          .tx(async (tx) => {
            const [row] = await tx.query<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
              `explain (analyze, buffers, format json) ${text}`,
              values,
            );
            plan = row?.["QUERY PLAN"][0].Plan;
            throw undo;
          })
          .catch((error: unknown) => {
            if (error !== undo) throw error;
          });
        if (plan) seen.set(name.startsWith("batch") ? "write" : name, { blocks: blocksOf(plan), rows: rowsOf(plan) });
      }
      return on.query(text, values, name);
    },
  };
}

function every(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(every)];
}

/** The root's blocks, and those of the parts nobody reads from: these run after the root has ended and are not in its sum. */
function blocksOf(root: PlanNode): number {
  const all = every(root);
  const read = new Set(all.flatMap((node) => (node["CTE Name"] ? [`CTE ${node["CTE Name"]}`] : [])));
  const apart = (root.Plans ?? []).filter(
    (node) => node["Subplan Name"]?.startsWith("CTE ") && !read.has(node["Subplan Name"]),
  );
  return [root, ...apart].reduce((sum, node) => sum + node["Shared Hit Blocks"] + node["Shared Read Blocks"], 0);
}

function rowsOf(node: PlanNode): number {
  return (
    Math.round(node["Actual Rows"] * node["Actual Loops"]) +
    (node.Plans ?? []).reduce((sum, each) => sum + rowsOf(each), 0)
  );
}

async function begin(): Promise<string> {
  const id = newId();
  await kernel.do({
    tenant,
    actors: [],
    run: (batch) => batch.begin({ id, machine: "plan", name: "listener", input: {} }),
  });
  return id;
}

/** What one turn of this actor costs, once connections and plans are warm. */
async function costOfTurn(id: string): Promise<Map<string, Cost>> {
  for (let n = 0; n < 3; n++) await kernel.mail(tenant, id, `warm-${newId()}`, { type: "add" }, "ana");
  const seen = new Map<string, Cost>();
  costs = seen;
  await kernel.mail(tenant, id, `seen-${newId()}`, { type: "add" }, "ana");
  costs = null;
  return seen;
}

/** A B-tree over a million entries is two levels deeper than an empty one; each inserted row may look at that many blocks more. */
const afew = 6;

test("a turn costs the same with a million entries behind it as with none", async () => {
  const id = await begin();
  const before = await costOfTurn(id);
  expect([...before.keys()]).toEqual(["look", "write"]);
  const entry = (stream: string, seq: string) =>
    `select 'default', ${stream}, ${seq}, '{"at":"2026-01-01T00:00:00.000Z","kind":"turn"}', '\\x00'::bytea from generate_series(1, 500000) n`;
  await owner.query(
    `insert into steward.audit (tenant_id, stream, seq, entry, hash) ${entry("'actor:' || (n / 20)", "n")}`,
  );
  await owner.query(
    `insert into steward.audit (tenant_id, stream, seq, entry, hash) ${entry(`'actor:${id}'`, "100 + n")}`,
  );
  await owner.query("update steward.actor set seq = 500100 where id = $1", [id]);
  await owner.query("vacuum analyze steward.audit");
  const after = await costOfTurn(id);
  for (const name of ["look", "write"]) {
    const [then, now] = [before.get(name), after.get(name)];
    console.log(
      `${name}: ${then?.blocks} blocks and ${then?.rows} rows with none, ${now?.blocks} and ${now?.rows} with 1,000,000`,
    );
    expect(now?.rows).toBe(then?.rows);
    expect(now?.blocks).toBeLessThanOrEqual((then?.blocks ?? 0) + afew);
  }
}, 120_000);

test("ten thousand parked runs make looking for due timers no dearer", async () => {
  const look = async () => {
    const seen = new Map<string, Cost>();
    costs = seen;
    await store.dueTimers(200);
    costs = null;
    return seen.get("due-timers");
  };
  const before = await look();
  await owner.query(`insert into steward.timer (tenant_id, actor_id, id, due_at, event, mail_key)
    select 'default', gen_random_uuid(), 'wait', steward.now() + n * interval '1 minute', '{"type":"wait.over"}', 'timer:wait:1' from generate_series(1, 10000) n`);
  await owner.query("vacuum analyze steward.timer");
  const after = await look();
  console.log(`due timers: ${before?.blocks} blocks with none, ${after?.blocks} with 10,000`);
  expect(after?.rows).toBe(before?.rows);
  expect(after?.blocks).toBeLessThanOrEqual((before?.blocks ?? 0) + 3);
  expect(after?.blocks).toBeLessThan(10);
});
