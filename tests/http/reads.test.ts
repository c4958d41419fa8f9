import { expect, test } from "vitest";
import type { Person } from "../../src/domain/incoming.ts";
import { createReads } from "../../src/store/reads/reads.ts";
import { openFresh } from "../support/fresh.ts";
import { effectId, gateId, listedId, runId, seedListed, seedRun } from "./database.ts";

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
    waitsFor: "Waiting for approval.",
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

test("however many gates wait for others, what waits for somebody is found", async () => {
  await using db = await openFresh();
  await seedRun(db);
  const many = `with many as (insert into actor (tenant_id, id, machine, machine_version, seq, head, snapshot, state, name, short, created_at, updated_at)
      select 'default', gen_random_uuid(), 'gate', 1, 1, '\\x00', $1, 'open', 'gate', 'R-BBBBBB', steward.now(), steward.now() from generate_series(1, $2::int) returning id)
    insert into gate (tenant_id, id, run_id, subject, subject_hash, policy, policy_hash, barred, state, opened_at, expires_at)
      select 'default', id, $3, '[]', 'sh', '{}', 'ph', '{}', 'open', steward.now(), steward.now() from many`;
  const asking = (role: string, escalatedTo: object[] = []) =>
    JSON.stringify({ context: { policy: { require: [{ role, count: 1 }] }, escalatedTo } });
  await db.query(many, [asking("on-call"), 1200, runId]);
  await db.query(many, [asking("security"), 1, runId]);
  await db.query(many, [asking("on-call", [{ kind: "person", id: "gil", name: "Gil" }]), 1, runId]);
  const reads = createReads(db);
  const who = (id: string, ...roles: string[]): Person => ({
    id,
    name: id,
    roles,
    kind: "member",
    managerId: null,
    active: true,
  });
  const found = async (person: Person) => (await reads.openGates(tenant, person)).length;
  expect([await found(who("dan", "security")), await found(who("gil")), await found(who("zoe"))]).toEqual([2, 1, 0]);
  expect([await found(who("ben", "on-call")), (await reads.openGates(tenant)).length]).toEqual([1000, 1000]);
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
  expect(await reads.runs({ tenant, limit: 10, state: "ended" })).toEqual([]);
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

test("runs are found by how they stand, who asked, their workflow, their R-... and the beginnings of words, and counted", async () => {
  await using db = await openFresh();
  await seedRun(db);
  await seedListed(db, [
    { n: 1, title: "restart checkout in staging", state: "failed", short: "R-5P67KE" },
    { n: 2, title: "HighErrorRate: acme/checkout-v2 is 1.4.2", workflow: "incident", state: "waiting", by: null },
    { n: 3, title: "restart search in production", by: "ben" },
    { n: 4, title: "Größe von website, what's O'Hara's 100%_size?", state: "cancelled", by: "eve" },
    { n: 5, title: "disk full: search", workflow: "incident", state: "failed", by: "system:alertmanager" },
  ]);
  const reads = createReads(db);
  const found = async (query: Partial<Parameters<typeof reads.runs>[0]>) =>
    (await reads.runs({ tenant, limit: 10, ...query })).map(({ id }) =>
      id === runId ? 0 : Number(id.replace(listedId(0).slice(0, -1), "")),
    );
  expect(await found({})).toEqual([5, 4, 3, 2, 1, 0]);
  expect([await found({ state: "open" }), await found({ state: "ended" }), await found({ state: "failed" })]).toEqual([
    [2, 0],
    [5, 4, 3, 1],
    [5, 1],
  ]);
  expect(await found({ requesterId: "ana", state: "ended" })).toEqual([1]);
  expect(await found({ workflow: "incident" })).toEqual([5, 2]);
  expect(await found({ workflow: "incident", before: listedId(5) })).toEqual([2]);
  for (const [words, ids] of [
    ["checkout", [2, 1, 0]],
    ["CHECK rest", [1, 0]],
    ["heckout", []],
    ["acme v2", [2]],
    ["1.4.2", [2]],
    ["r-5p67ke", [1]],
    ["R-5P", [1]],
    ["O'Hara's 100%", [4]],
    ["' | 'checkout':* ; --", [2, 1, 0]],
    ["!!! &|():*<->", []],
    ["x ".repeat(500), []],
  ] as const)
    expect([words, await found({ words })]).toEqual([words, ids]);
  expect(await found({ words: "checkout", state: "open", limit: 1 })).toEqual([2]);
  expect(await found({ words: "checkout", before: listedId(2) })).toEqual([1, 0]);
  // Whoever may see their own alone finds nothing else, whatever they ask for.
  expect([await found({ onlyOf: "eve" }), await found({ onlyOf: "eve", words: "search", requesterId: "ana" })]).toEqual(
    [[4], []],
  );
  expect(await found({ tenant: "other", words: "checkout" })).toEqual([]);

  const counts = (query: Partial<Parameters<typeof reads.countRuns>[0]>) =>
    reads.countRuns({ tenant, viewer: "ana", ...query });
  expect(await counts({})).toEqual({
    all: 6,
    open: 2,
    failed: 2,
    mine: 2,
    workflows: [
      { name: "incident", runs: 2 },
      { name: "restart-service", runs: 4 },
    ],
    isMore: false,
  });
  expect(await counts({ words: "checkout", state: "failed", requesterId: "ana", workflow: "restart-service" })).toEqual(
    {
      all: 3,
      open: 1,
      failed: 1,
      mine: 1,
      workflows: [
        { name: "incident", runs: 0 },
        { name: "restart-service", runs: 1 },
      ],
      isMore: false,
    },
  );
  expect(await counts({ onlyOf: "eve", viewer: "eve" })).toMatchObject({ all: 1, open: 0, mine: 1 });
});

test("words are found by their index, and what is open or somebody's own by theirs, however many runs there are", async () => {
  await using db = await openFresh();
  await seedRun(db);
  const many = Array.from({ length: 3000 }, (_, n) => ({ n, title: `restart service ${n} in staging`, by: "ben" }));
  await seedListed(db, [{ n: 4000, title: "look at checkout" }, ...many]);
  await db.script("set role none; analyze steward.actor; set role steward_app");
  const plans: string[] = [];
  const reads = createReads({
    query: async (text, values) => {
      const plan = await db.query<{ "QUERY PLAN": string }>(`explain ${text}`, values);
      plans.push(plan.map((line) => line["QUERY PLAN"]).join("\n"));
      return db.query(text, values);
    },
  });
  expect((await reads.runs({ tenant, limit: 10, words: "checkout" })).map(({ id }) => id)).toEqual([
    listedId(4000),
    runId,
  ]);
  expect((await reads.runs({ tenant, limit: 10, state: "open" })).map(({ id }) => id)).toEqual([runId]);
  expect((await reads.runs({ tenant, limit: 10, requesterId: "ana" })).length).toBe(2);
  expect((await reads.countRuns({ tenant, viewer: "ana", words: "checkout" })).all).toBe(2);
  for (const [i, index] of ["actor_words", "actor_going", "actor_requester", "actor_words"].entries())
    expect(plans[i]).toContain(index);
});
