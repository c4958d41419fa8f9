import { expect, test } from "vitest";
import { createReads } from "../../src/store/reads/reads.ts";
import { openFresh } from "../support/fresh.ts";
import { effectId, gateId, runId, seedRun } from "./database.ts";

const tenant = "default";

test("a run is read with its steps in the definition's order, effects, gates and timeline", async () => {
  await using db = await openFresh();
  await seedRun(db);
  const run = await createReads(db).run(tenant, runId);
  expect(run).toMatchObject({
    title: "restart checkout in production",
    name: "restart-service",
    summary: "Restart a service",
    state: "waiting",
    paused: false,
    requesterName: "Ana",
    createdAt: "2026-01-02T03:04:05.000Z",
    endedAt: null,
    input: { service: "checkout" },
    steps: [
      { id: "ask", kind: "approve", about: "covers restart", state: "waiting" },
      {
        id: "restart",
        kind: "tool",
        about: "services.restart",
        state: "pending",
        error: "no answer",
        effects: [{ id: effectId, state: "in_doubt" }],
      },
    ],
    gates: [{ id: gateId, state: "open" }],
  });
  expect(run?.durationMs).toBeGreaterThan(0);
  expect(run?.timeline.map(({ seq, kind, body, hash }) => ({ seq, kind, body, hash }))).toEqual([
    { seq: 1, kind: "turn", body: null, hash: "ab" },
    { seq: 2, kind: "turn", body: { type: "gate.denied", by: "dan", reason: "not on <Friday>" }, hash: "ab" },
    { seq: 3, kind: "pause", body: { note: "lunch" }, hash: "cd" },
  ]);
});

test("a gate is read with what it covers, who asked, the votes and the machine's memory", async () => {
  await using db = await openFresh();
  await seedRun(db);
  const reads = createReads(db);
  const [gate] = await reads.openGates(tenant);
  expect(gate).toMatchObject({
    id: gateId,
    runId,
    title: "restart checkout in production",
    requesterName: "Ana",
    approvers: "1 manager",
    barred: ["ana", "eve"],
    policy: "{}",
    expiresAt: "2026-01-02T07:04:05.000Z",
    decidedAt: null,
    actions: [
      {
        tool: "services.restart",
        risk: "dangerous",
        describes: "Restart checkout in production",
        args: { service: "checkout" },
      },
    ],
    votes: [{ personId: "dan", name: "Dan", decision: "approve", surface: "web" }],
    context: { escalatedTo: [] },
  });
  expect(await reads.gate(tenant, gateId)).toEqual(gate);
});

test("lists page by id, and what is not there is null or empty, in every tenant but its own too", async () => {
  await using db = await openFresh();
  await seedRun(db);
  const reads = createReads(db);
  expect((await reads.runs({ tenant, limit: 10 })).map(({ id }) => id)).toEqual([runId]);
  expect(await reads.runs({ tenant, limit: 10, before: runId })).toEqual([]);
  expect(await reads.runs({ tenant, limit: 10, done: true })).toEqual([]);
  expect(await reads.runs({ tenant: "other", limit: 10 })).toEqual([]);
  expect(await reads.run("other", runId)).toBeNull();
  expect(await reads.run(tenant, gateId)).toBeNull();
  expect(await reads.gate("other", gateId)).toBeNull();
});

test("entries page by sequence, and streams say how long they are", async () => {
  await using db = await openFresh();
  await seedRun(db);
  const reads = createReads(db);
  const stream = `actor:${runId}`;
  expect((await reads.entries({ tenant, stream, after: 1, limit: 1 })).map(({ seq }) => seq)).toEqual([2]);
  expect(await reads.entries({ tenant, stream: "actor:nonsense", after: 0, limit: 5 })).toEqual([]);
  const all = await reads.streams({ tenant, limit: 10 });
  expect(all).toContainEqual({
    stream,
    entries: 2,
    about: "Run: restart checkout in production",
    lastAt: "2026-01-02T03:04:06.000Z",
  });
  expect(all).toContainEqual({ stream: "auth", entries: 0, about: null, lastAt: null });
  const [first, ...older] = all.slice(4);
  expect(await reads.streams({ tenant, limit: 10, before: first?.stream ?? "" })).toEqual(older);
  expect(await reads.streams({ tenant, limit: 10, before: "actor:nonsense" })).toEqual([]);
});
