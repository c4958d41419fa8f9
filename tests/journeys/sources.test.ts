import { text as bodyOf } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tasks } from "../../src/commands.ts";
import { type Definition, loadDefinition } from "../../src/workflow/index.ts";
import { type ModelServer, startModelServer } from "../support/model-server.ts";
import { freshDatabase, sharedPostgres } from "../support/postgres.ts";
import { startWorld, type World } from "../support/world.ts";
import { type LocalServer, serveLocally } from "../systems/http-server.ts";
import { breaks, incident, reads } from "./incident-world.ts";

/** A Prometheus whose metric carries a label that somebody outside chose, and a billing service. */
let server: LocalServer;
let model: ModelServer;
const billed: { path: string; key: string; body: string }[] = [];

beforeAll(async () => {
  server = await serveLocally(async (request, response) => {
    const body = await bodyOf(request);
    response.setHeader("content-type", "application/json");
    if (request.url?.startsWith("/api/v1/")) {
      const shops = Array.from({ length: 40 }, (_, n) => ({
        metric: { shop: `${n % 2 === 0 ? "north" : "south"}-${"x".repeat(200)}` },
        value: [1795262400, String(n)],
      }));
      const due = [{ metric: { customer: "/refunds" }, value: [1795262400, "7"] }];
      const result = new URLSearchParams(body).get("query") === "orders" ? shops : due;
      return response.end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
    }
    billed.push({ path: request.url ?? "", key: String(request.headers["idempotency-key"]), body });
    return response.end('{"ok":true}');
  });
  model = await startModelServer(({ n, body }) => {
    const told = JSON.stringify(body.messages);
    const [, id, bytes] = /artifact\W+([0-9a-f-]{36})\W+bytes\W+(\d+)/.exec(told) ?? [];
    const call = [
      { name: "prometheus_query", input: { query: "orders" } },
      { name: "sandbox_run", input: { program: perShop, values: { orders: { artifact: id, bytes: Number(bytes) } } } },
      { name: "report", input: { summary: "North sells less", metrics: told, logs: null, deploys: null } },
    ][n];
    return { content: [{ type: "tool_use", id: `call-${n}`, ...(call as { name: string; input: object }) }] };
  });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
});

const perShop = `const by = Object.groupBy(values.orders.series, ({ labels }) => labels.shop.slice(0, 5));
return Object.fromEntries(Object.entries(by).map(([shop, all]) => [shop, stats.sum(all.map((one) => one.points[0].value))]));`;

function definition(name: string, steps: string): Definition {
  const tools = ["prometheus.query", "http.billing.send", "sandbox.run"].map((tool) => ({ name: tool }));
  const text = `name: ${name}\nsummary: A test\non: { manual: true }\ntitle: a test\nsteps:\n${steps}`;
  const loaded = loadDefinition(text, "test.yaml", { tools, intents: [], specialists: [] });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.definition;
}

const look = "  - { id: look, tool: { name: prometheus.query, args: { query: due } } }\n";
const send = (path: string, body: string, after = "look") =>
  `  - { id: bill, dependsOn: [${after}], tool: { name: http.billing.send, args: { method: POST, path: "${path}", body: { amount: "${body}" } } } }\n`;
const found = "${{ steps.look.output.series.0.points.0.value }}";
const chosen = "${{ steps.look.output.series.0.labels.customer }}";

const reckon = `${look}  - id: reckon
    dependsOn: [look]
    tool:
      name: sandbox.run
      args:
        program: "const [one] = values.series; return { twice: one.points[0].value * 2, path: one.labels.customer }"
        values: { series: "\${{ steps.look.output.series }}" }
`;

const definitions = [
  definition("bill-twice", reckon + send("/invoices", "${{ steps.reckon.output.result.twice }}", "reckon")),
  definition("bill-reckoned", reckon + send("${{ steps.reckon.output.result.path }}", "1", "reckon")),
  definition("bill", look + send("/invoices", found)),
  definition("bill-elsewhere", look + send(chosen, "1")),
];

function world(): Promise<World> {
  const url = `http://127.0.0.1:${server.port}`;
  const connectors = {
    http: [{ name: "billing", url, private: true, methods: { POST: "write" }, idempotencyHeader: "Idempotency-Key" }],
    prometheus: [{ name: "main", url, private: true }],
  };
  return startWorld({
    database: "pglite",
    connectors,
    model: { apiKey: "test-key", baseUrl: model.url, model: null },
    extra: { definitions },
  });
}

async function runOf(here: World, name: string) {
  const { status, body } = await here.ben.post("/api/workflows/create", { name, context: {} });
  expect(status, JSON.stringify(body)).toBe(201);
  return here.eventually(async () => {
    const now = (await here.ben.get(`/api/workflows/status/${body.workflowId}`)).body;
    expect(["completed", "waiting"]).toContain(now["status"]);
    return now;
  });
}

/** People are asked, with what nobody named marked, and say no. */
async function isTurnedDown(here: World, name: string) {
  expect((await runOf(here, name))["status"]).toBe("waiting");
  const [gate] = (await here.cara.get("/api/gates")).body.gates;
  const [action] = gate.actions;
  expect(action.outside).toEqual(["path"]);
  const no = { decision: "deny", reason: "not there" };
  expect((await here.cara.post(`/api/gates/${gate.id}/decision`, no)).status).toBe(200);
}

test("what a metric says may fill what is sent, and never choose where it goes", async () => {
  await using here = await world();
  expect((await runOf(here, "bill"))["status"]).toBe("completed");
  expect(billed).toEqual([{ path: "/invoices", key: expect.stringMatching(/^[0-9a-f-]{36}$/), body: '{"amount":7}' }]);

  await isTurnedDown(here, "bill-elsewhere");
  expect(billed).toHaveLength(1);

  // A program changes nothing about it: what it computes of that came from outside too.
  expect((await runOf(here, "bill-twice"))["status"]).toBe("completed");
  expect(billed[1]).toMatchObject({ path: "/invoices", body: '{"amount":14}' });
  await isTurnedDown(here, "bill-reckoned");
  expect(billed).toHaveLength(2);

  const input = { service: "checkout", environment: "production" };
  const spawned = await here.ana.post("/api/agents/spawn", { specialist: "data", task: "gather-incident", input });
  expect(spawned.status, JSON.stringify(spawned.body)).toBe(201);
  await here.eventually(async () =>
    expect((await here.ana.get(`/api/agents/status/${spawned.body.agentId}`)).body).toMatchObject({
      status: "done",
      calls: [
        { tool: "prometheus.query", error: null },
        { tool: "sandbox.run", error: null },
      ],
      withoutModel: null,
    }),
  );
  expect(JSON.stringify(model.requests[2]?.body.messages)).toMatch(/north\W+380\W+south\W+400/);

  const said: string[] = [];
  expect(await tasks["doctor"]?.(here.steward, [], (line) => said.push(line))).toBe(0);
  expect(said).toEqual(
    expect.arrayContaining(["http.billing: nothing is missing.", "prometheus.main: nothing is missing."]),
  );
});

test("a database that could be changed stops the start, and so do credentials in trial mode", async () => {
  const { env } = process;
  env["SHOP_FOR_TEST"] = await freshDatabase(await sharedPostgres());
  env["KEY_FOR_TEST"] = "hunter2";
  try {
    const sql = [{ name: "shop", urlFromEnv: "SHOP_FOR_TEST" }];
    await expect(startWorld({ database: "pglite", connectors: { sql } })).rejects.toThrow(
      /^The database shop must be reached by a role that only reads, and postgres is a superuser/,
    );
    const nowhere = new URL(env["SHOP_FOR_TEST"]);
    nowhere.pathname = "/nowhere";
    env["SHOP_FOR_TEST"] = nowhere.href;
    await expect(startWorld({ database: "pglite", connectors: { sql } })).rejects.toThrow(
      /^connectors\.sql, shop: shop lets nobody in: .+ \(3D000\)\. Check the address in the variable that its urlFromEnv names\.$/,
    );
    env["SHOP_FOR_TEST"] = "postgres://reader:hunter2@127.0.0.1:1/shop";
    await using away = await startWorld({ database: "pglite", connectors: { sql } });
    expect(away.faults.map(({ message }) => message)).toEqual(["shop cannot be reached (ECONNREFUSED)."]);
    away.faults.length = 0;
    const http = [{ name: "billing", url: "https://b.example.com", headersFromEnv: { Authorization: "KEY_FOR_TEST" } }];
    await expect(startWorld({ database: "pglite", connectors: { http } })).rejects.toThrow(
      /^connectors\.http\.billing has credentials with which things could be changed, in trial mode/,
    );
  } finally {
    delete env["SHOP_FOR_TEST"];
    delete env["KEY_FOR_TEST"];
  }
});

test("an incident whose model has used up its budget is explained by the playbooks, soon and with the same proposal", async () => {
  await using dear = await startModelServer(() => ({
    content: [{ type: "tool_use", id: "call-1", name: "services_status", input: {} }],
    usage: { input_tokens: 1000, output_tokens: 30_000 },
  }));
  await using here = await startWorld({
    database: "pglite",
    model: { apiKey: "test-key", baseUrl: dear.url, model: null },
  });
  await breaks(here, "checkout", "bad-deploy");
  await here.eventually(async () => {
    const { thread } = await incident(here);
    const title =
      /^Approve: Let the agent analysis go on: 0\.45 USD of 0\.50 USD .*\. Unanswered for 1 minute, it goes on/;
    expect(thread.map(({ card }) => card?.title)).toContainEqual(expect.stringMatching(title));
  });
  await here.passes("1m");
  await reads(
    here,
    /^Very likely: version 1\.4\.3 .*\(without a model: the model budget is used up\. Nobody raised it in time\)$/,
  );
  await here.eventually(async () => {
    const { thread } = await incident(here);
    const titles = thread.map(({ card }) => card?.title);
    expect(titles).toContainEqual(expect.stringMatching(/^Approve: roll ?back checkout in production because of/));
    expect(JSON.stringify(thread)).toContain("Withdrawn: it goes on without a model");
  });
  expect(dear.requests).toHaveLength(1);
});
