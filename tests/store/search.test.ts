import { afterAll, beforeAll, expect, test } from "vitest";
import { nextEntry } from "../../src/audit/entry.ts";
import { deriveId } from "../../src/domain/ids.ts";
import type { AuditFilter } from "../../src/http/reads.ts";
import type { Database } from "../../src/store/database.ts";
import { openDatabase } from "../../src/store/open.ts";
import { ownerClient } from "../../src/store/postgres.ts";
import { createReads } from "../../src/store/reads/reads.ts";
import { freshDatabase, sharedPostgres } from "../support/postgres.ts";

const tenant = "default";
const day = Date.now() - 10 * 86_400_000;
const runs = 250;
const entriesEach = 40;
const runAt = (n: number) => deriveId("0197a000-0000-7000-8000-000000000000", "run", n);
let db: Database;
let owner: ReturnType<typeof ownerClient>;

/** Entries as the kernel writes them, a second apart. */
function* written() {
  for (let n = 0; n < runs; n++)
    for (let seq = 1; seq <= entriesEach; seq++) {
      const rare = n === 7 && seq === 3;
      const { entry, hash } = nextEntry(
        { seq: seq - 1, hash: Buffer.alloc(32) },
        {
          tenant,
          stream: `actor:${runAt(n)}`,
          at: new Date(day + (n * entriesEach + seq) * 1000),
          kind: "turn",
          by: rare ? "dan" : seq === 1 ? "ana" : "system",
          body: null,
          data: {
            event: rare ? "cancel" : seq === 1 ? "begin" : "effect.done",
            from: "waiting",
            key: `k:${seq}`,
            to: "running",
          },
        },
      );
      yield { stream: `actor:${runAt(n)}`, seq, entry, hash: hash.toString("hex") };
    }
}

beforeAll(async () => {
  const url = await freshDatabase(await sharedPostgres());
  db = await openDatabase({ url }, console.error);
  owner = ownerClient(url);
  await owner.connect();
  await owner.query("insert into steward.tenant (id, name) values ('default', 'Trial') on conflict do nothing");
  const rows = [...written()];
  for (let i = 0; i < rows.length; i += 20_000)
    await owner.query(
      `insert into steward.audit (tenant_id, stream, seq, entry, hash)
       select 'default', r.stream, r.seq, r.entry, decode(r.hash, 'hex') from json_to_recordset($1::json) as r(stream text, seq bigint, entry text, hash text)`,
      [JSON.stringify(rows.slice(i, i + 20_000))],
    );
  await owner.query("analyze steward.audit");
});
afterAll(async () => {
  await owner?.end();
  await db?.close();
});

/** What is found, and how: the plan of the statement that looked. */
async function looks(filter: AuditFilter, more: { before?: string; limit?: number } = {}) {
  const plans: string[] = [];
  const reads = createReads({
    query: async (text, values) => {
      const plan = await db.query<{ "QUERY PLAN": string }>(`explain ${text}`, values);
      plans.push(plan.map((line) => line["QUERY PLAN"]).join("\n"));
      return db.query(text, values);
    },
  });
  const found = await reads.search({ tenant, filter, limit: 50, ...more });
  return { ...found, plan: plans.at(-1) ?? "" };
}

const at = (seconds: number) => new Date(day + seconds * 1000).toISOString();
const last = runs * entriesEach;

test("the newest come first, a page at a time, without reading the whole record", async () => {
  const first = await looks({ kind: "effect.done" }, { limit: 2 });
  expect(first.entries.map((line) => line.at)).toEqual([at(last), at(last - 1)]);
  const second = await looks({ kind: "effect.done" }, { limit: 2, before: first.next ?? "" });
  expect(second.entries.map((line) => line.at)).toEqual([at(last - 2), at(last - 3)]);
  for (const { plan } of [first, second]) expect(plan).toMatch(/Index Scan Backward using audit_at on audit/);
});

test("what one person did is found by its own index, however rare they are", async () => {
  const { entries, next, plan } = await looks({ by: "dan" });
  expect(entries).toMatchObject([{ by: "dan", stream: `actor:${runAt(7)}`, seq: 3, about: null }]);
  expect(next).toBeNull();
  expect(plan).toMatch(/using audit_by on audit/);
});

test("what no index leads to is looked for in the last 30 days, and said so", async () => {
  const ago = (since: string | null) => Math.round((Date.now() - Date.parse(since ?? "")) / 86_400_000);
  for (const filter of [{ kind: "begin" }, { tool: "no.such" }, { by: "system" }])
    expect(ago((await looks(filter)).since)).toBe(30);
  expect(await looks({ kind: "begin", until: at(60) })).toMatchObject({
    since: new Date(day + 60_000 - 30 * 86_400_000).toISOString(),
    entries: [{ at: at(41) }, { at: at(1) }],
  });
  for (const filter of [{ by: "dan" }, { kind: "begin", from: at(0) }, { run: "R-ZZZZZZ" }])
    expect((await looks(filter)).since).toBeNull();
  const before = looks({ kind: "begin" }, { before: "2026-11-21" });
  await expect(before).rejects.toThrow(/“before” is no place in the record/);
});

test("a time is a range of the index, and everything asked for must hold", async () => {
  const minute = { from: at(1000), until: at(1060) };
  const { entries, plan } = await looks(minute, { limit: 100 });
  expect([entries.length, entries.at(-1)?.at, entries[0]?.at]).toEqual([60, at(1000), at(1059)]);
  expect(plan).toMatch(/using audit_at on audit/);
  expect((await looks({ ...minute, by: "ana" })).entries.map(({ seq }) => seq)).toEqual([1, 1]);
  for (const filter of [
    { by: "dan", kind: "begin" },
    { run: "R-ZZZZZZ" },
    { tool: "no.such" },
    { before: "x" },
    { kind: "'" },
  ])
    expect((await looks({ by: "nobody", ...filter })).entries).toEqual([]);
});
