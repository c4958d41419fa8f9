import { expect, test } from "vitest";
import { z } from "zod";
import { defineTool } from "../../src/domain/tool.ts";
import { guardedFetch } from "../../src/systems/http/guard.ts";
import { loadDefinition } from "../../src/workflow/index.ts";
import { startWorld } from "../support/world.ts";
import { wrongIn } from "../systems/declared.ts";
import { serveLocally } from "../systems/http-server.ts";

const text = `
name: look
summary: One look at a metric
on: { manual: true }
title: look at a metric
steps:
  - { id: look, tool: { name: prometheus.query, args: { query: up } } }
`;
const loaded = loadDefinition(text, "look.yaml", {
  tools: [{ name: "prometheus.query" }],
  intents: [],
  specialists: [],
});

test("the page of the systems says which one does not answer, since when, why, and when it is asked again", async () => {
  const definitions = loaded.ok ? [loaded.definition] : [];
  // Nothing listens there.
  const connectors = { prometheus: [{ name: "main", url: "http://127.0.0.1:1", private: true }] };
  await using world = await startWorld({ database: "pglite", connectors, extra: { definitions } });
  const page = async () =>
    String((await world.cara.get("/systems")).body)
      .replaceAll(/<[^>]*>/g, " ")
      .replaceAll(/\s+/g, " ");
  expect(await page()).toContain("prometheus answers");
  for (let runs = 0; runs < 5; runs++)
    expect(await world.ben.post("/api/workflows/create", { name: "look", context: {} })).toMatchObject({ status: 201 });
  await world.eventually(async () =>
    expect(await page()).toMatch(
      /prometheus not answering since [\d-]+ [\d:]+ UTC , asked again at [\d-]+ [\d:]+ UTC does not answer \S.{10,}/,
    ),
  );
});

const calls = ["first", "second", "third"].map(
  (id, i, all) =>
    `  - { id: ${id}, ${i === 0 ? "" : `dependsOn: [${all[i - 1]}], `}tool: { name: http.pager.get, args: { path: "/${id}" } } }`,
);
const files = {
  ring: `name: ring\nsummary: Three calls that cost\non: { manual: true }\ntitle: ring three times\nsteps:\n${calls.join("\n")}`,
  gone: `name: gone\nsummary: A call that is turned away\non: { manual: true }\ntitle: ring\nsteps:\n  - { id: ring, tool: { name: http.pager.get, args: { path: /gone } } }`,
  led: `name: led\nsummary: A call that is led elsewhere\non: { manual: true }\ntitle: ring\nsteps:\n  - { id: ring, tool: { name: pager.led, args: {} } }`,
};
const tools = [{ name: "http.pager.get" }, { name: "pager.led" }];
const paid = Object.entries(files).flatMap(([name, file]) => {
  const got = loadDefinition(file, `${name}.yaml`, { tools, intents: [], specialists: [] });
  return got.ok ? [got.definition] : [];
});

test("calls are paid under the caps of models, people are asked for more, and no tool reaches what it does not declare", async () => {
  expect(paid).toHaveLength(3);
  await using server = await serveLocally(({ url: path }, response) => {
    response.statusCode = path === "/gone" ? 404 : 200;
    response.end("rung");
  });
  const url = `http://127.0.0.1:${server.port}`;
  const send = guardedFetch({ hosts: [{ origin: url, private: true }] });
  const led = defineTool({
    name: "pager.led",
    summary: "Rings, and is led elsewhere",
    params: z.object({}),
    result: z.string(),
    risk: () => "read" as const,
    effect: "keyed",
    timeoutMs: 5000,
    egress: ["api.pager.example"],
    describe: () => "Ring",
    run: async () => (await send(url)).text(),
  });
  const connectors = { http: [{ name: "pager", url, private: true, costUsd: 0.2 }] };
  const extra = { definitions: paid, tools: [led] };
  await using world = await startWorld({ database: "postgres", connectors, extra });
  expect(wrongIn(world.steward.tools.values())).toEqual([]);
  const { tools: listed } = (await world.cara.get("/api/tools")).body;
  expect(listed).toHaveLength(world.steward.tools.size);
  expect(listed.find((tool: { name: string }) => tool.name === "http.pager.send")).toMatchObject({
    from: "the connector http.pager",
    risks: ["dangerous"],
    effect: "opaque",
    egress: [`127.0.0.1:${server.port}`],
    costUsd: 0.2,
    takesBack: false,
    dryRun: true,
  });
  expect((await world.ana.get("/api/tools")).status).toBe(403);
  const begin = async (name: string) => {
    const { status, body } = await world.ana.post("/api/workflows/create", { name, context: {} });
    expect({ status, body }).toMatchObject({ status: 201 });
    return String(body.workflowId);
  };
  const spent = async (run: string) => (await world.cara.get(`/api/spend?run=${run}&person=ana`)).body;
  const becomes = (run: string, status: string) =>
    world.eventually(async () => {
      const { body } = await world.ana.get(`/api/workflows/status/${run}`);
      expect(body).toMatchObject({ status });
      return body;
    });

  const open = (questions: number) =>
    world.eventually(async () => {
      const cards = (await world.cara.sees("approvals")).filter(({ card }) => (card?.buttons ?? []).length > 0);
      expect(cards).toHaveLength(questions);
    });

  const run = await begin("ring");
  const question = await world.eventually(async () => {
    const card = (await world.cara.sees("approvals")).at(-1)?.card;
    expect(card?.title).toBe(
      "Approve: Let “ring three times” go on: 0.40 USD of 0.50 USD of the budget (run) are spent, and http.pager.get costs 0.20 USD?",
    );
    return card;
  });
  expect(JSON.stringify(question)).toContain("spend 2.00 US dollars more");
  expect(server.asked.map((one) => one.url)).toEqual(["/first", "/second"]);
  await world.cara.presses("Approve", { in: "approvals" });
  await becomes(run, "completed");
  expect(server.asked.map((one) => one.url)).toEqual(["/first", "/second", "/third"]);
  const { budgets, calls: lines } = await spent(run);
  expect(budgets).toMatchObject([
    { scope: "run", spentUsd: 0.6, reservedUsd: 0, capUsd: 2.5 },
    { scope: "person", spentUsd: 0.6, capUsd: 5 },
    { scope: "tenant", spentUsd: 0.6 },
    { scope: "day", spentUsd: 0.6 },
  ]);
  expect(lines).toMatchObject(
    ["first", "second", "third"].map((task) => ({
      kind: "tool",
      model: "http.pager.get",
      task,
      state: "answered",
      usd: 0.2,
    })),
  );

  const denied = await begin("ring");
  await open(1);
  await world.cara.presses("Deny", { in: "approvals", reason: "enough" });
  expect((await becomes(denied, "failed")).error).toContain(
    "http.pager.get was not called: there is no money for it, and people did not allow more",
  );
  expect((await spent(denied)).budgets).toMatchObject([{ scope: "run", spentUsd: 0.4, reservedUsd: 0 }, {}, {}, {}]);

  const ended = await begin("ring");
  await open(1);
  await world.ana.post(`/api/runs/${ended}/control`, { act: "cancel" });
  await becomes(ended, "cancelled");
  await open(0);

  const turnedAway = await begin("gone");
  await becomes(turnedAway, "failed");
  expect(await spent(turnedAway)).toMatchObject({
    budgets: [{ scope: "run", spentUsd: 0, reservedUsd: 0 }, {}, {}, {}],
    calls: [{ kind: "tool", state: "failed", usd: 0 }],
  });

  const asked = server.asked.length;
  const astray = await begin("led");
  expect((await becomes(astray, "failed")).error).toContain(
    `pager.led may reach api.pager.example only, not 127.0.0.1:${server.port}`,
  );
  expect(server.asked).toHaveLength(asked);
  expect(JSON.stringify(await world.recorded("turn"))).toContain("effect.failed");
});
