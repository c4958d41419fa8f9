import { expect, test } from "vitest";
import { loadDefinition } from "../../src/workflow/index.ts";
import { type ModelReply, startModelServer } from "../support/model-server.ts";
import { bases, startWorld } from "../support/world.ts";

const text = `
name: ask-the-model
summary: One turn of a model, more money, and another turn
on: { manual: true }
steps:
  - { id: first, tool: { name: model.turn, args: { specialist: operator, task: fix-service, input: { service: checkout }, turns: [], last: false } } }
  - { id: allow, approve: { covers: [more] }, dependsOn: [first] }
  - { id: more, tool: { name: budget.raise, args: { scope: run, usd: 2 } }, dependsOn: [allow] }
  - { id: second, tool: { name: model.turn, args: { specialist: operator, task: fix-service, input: {}, turns: [], last: true } }, dependsOn: [more] }
`;
const known = { tools: [{ name: "model.turn" }, { name: "budget.raise" }], intents: [], specialists: [] };
const loaded = loadDefinition(text, "ask.yaml", known);
const definitions = loaded.ok ? [loaded.definition] : [];

const settingsOn = (server: { url: string }) => ({ apiKey: "key-for-tests", baseUrl: server.url, model: null });

test.each(bases)("a run asks a model, and people let it spend more, on %s", async (database) => {
  expect(loaded).toMatchObject({ ok: true });
  const replies: ModelReply[] = [
    { content: [{ type: "text", text: "Looking." }], usage: { input_tokens: 1000, output_tokens: 100 } },
    { content: [{ type: "tool_use", id: "t1", name: "report", input: { summary: "fine" } }], model: "somebody-else" },
  ];
  await using server = await startModelServer(({ n }) => replies[n] ?? { status: 500 });
  await using world = await startWorld({ database, model: settingsOn(server), extra: { definitions } });
  const { status } = await world.ana.post("/api/workflows/create", { name: "ask-the-model", context: {} });
  expect(status).toBe(201);
  await world.cara.presses("Approve", { in: "approvals" });
  await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "completed" }));
  expect(server.requests).toHaveLength(2);

  const run = (await world.run()).workflowId;
  expect((await world.ana.get(`/api/spend?run=${run}`)).body).toMatchObject({ because: "not-an-auditor" });
  const { budgets, calls } = (await world.cara.get(`/api/spend?run=${run}&person=ana`)).body;
  // 1000 * 3 + 100 * 15 millionths at the first model's price; 100 * 5 + 20 * 25 at the highest there is.
  expect(calls).toMatchObject([
    { state: "answered", model: "claude-sonnet-4-6", usd: 0.0045, flagged: false },
    { state: "answered", usd: 0.001, flagged: true },
  ]);
  expect(budgets).toMatchObject([
    { scope: "run", spentUsd: 0.0055, reservedUsd: 0, capUsd: 2.5 },
    { scope: "person", spentUsd: 0.0055 },
    { scope: "tenant", spentUsd: 0.0055 },
    { scope: "day", spentUsd: 0.0055, capUsd: 25 },
  ]);
  expect(await world.recorded("model.unpriced")).toMatchObject([{ data: { model: "somebody-else" } }]);
});

test("a key that is refused is put on record for the operator, without words that cannot be erased", async () => {
  await using server = await startModelServer(() => ({ status: 401, message: "invalid x-api-key" }));
  await using world = await startWorld({ database: "postgres", model: settingsOn(server), extra: { definitions } });
  await world.ana.post("/api/workflows/create", { name: "ask-the-model", context: {} });
  await world.eventually(async () => {
    const [entry] = await world.recorded("model.refused");
    expect(entry).toMatchObject({ stream: "process", data: { model: "claude-sonnet-4-6" } });
    expect(JSON.stringify(entry)).not.toContain("invalid");
  });
});

test("without a key nothing is asked and the turn says so", async () => {
  await using world = await startWorld({ database: "postgres", extra: { definitions } });
  await world.ana.post("/api/workflows/create", { name: "ask-the-model", context: {} });
  await world.cara.presses("Approve", { in: "approvals" });
  await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "completed" }));
  expect((await world.cara.get("/api/spend")).body.budgets).toMatchObject([{ spentUsd: 0 }, { spentUsd: 0 }]);
});

test("a model without a price stops the start with a sentence", async () => {
  const model = { apiKey: "key-for-tests", baseUrl: "http://127.0.0.1:9", model: "claude-nobody" };
  await expect(startWorld({ database: "postgres", model })).rejects.toThrow(
    "ANTHROPIC_MODEL is claude-nobody, which has no price: add it under models.prices in steward.yaml, in US dollars per million tokens.",
  );
});
