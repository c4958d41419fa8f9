import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tasks } from "../../src/commands.ts";
import { readSettings } from "../../src/config/settings.ts";
import { examine } from "../../src/doctor.ts";
import { textOf } from "../../src/systems/jira/document.ts";
import { pinOf } from "../../src/systems/mcp/pin.ts";
import { type Definition, loadDefinition } from "../../src/workflow/index.ts";
import { startModelServer } from "../support/model-server.ts";
import { startWorld, type World } from "../support/world.ts";
import { jiraSite } from "../systems/jira-site.ts";
import { planted, talkativeSystems } from "../systems/talkative.ts";

const pins = {
  add: pinOf({
    name: "add",
    description: "Adds two numbers.",
    inputSchema: {
      type: "object",
      properties: { a: { type: "integer" }, b: { type: "integer" } },
      required: ["a", "b"],
    },
    outputSchema: undefined,
  }),
  die: pinOf({
    name: "die",
    description: "Ends the server.",
    inputSchema: { type: "object" },
    outputSchema: undefined,
  }),
};
const connectors = {
  mcp: [
    {
      name: "toy",
      command: [process.execPath, new URL("../systems/mcp-server.ts", import.meta.url).pathname],
      tools: { add: { description: pins.add }, die: { risk: "write", description: pins.die } },
    },
  ],
};

/** Calls that systems answer with the secrets they were sent. */
const leaking = [
  { tool: "http.billing.get", args: "{ path: / }" },
  { tool: "prometheus.query", args: "{ query: up }" },
  { tool: "loki.search", args: "{ service: shop, since: 5m }" },
  { tool: "sql.query", args: "{ database: shop, query: select 1 }" },
  { tool: "mcp.near.echo", args: "{}" },
  { tool: "github.issue", args: "{ repository: acme/shop, number: 7 }" },
  { tool: "jira.issue", args: "{ issue: OPS-1 }" },
];

function definition(text: string): Definition {
  const tools = ["mcp.toy.add", "mcp.toy.die", ...leaking.map(({ tool }) => tool)].map((name) => ({ name }));
  const known = { tools, intents: [], specialists: [] };
  const loaded = loadDefinition(text, "test.yaml", known);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.definition;
}

const definitions = [
  definition(`
name: add-up
summary: Add with a tool of somebody else's
on: { manual: true }
title: add two and three
steps:
  - { id: approval, approve: { covers: [sum] } }
  - { id: sum, tool: { name: mcp.toy.add, args: { a: 2, b: 3 } } }
reply: It is \${{ steps.sum.output.text }}.
`),
  definition(`
name: add-unasked
summary: Add without asking anybody
on: { manual: true }
title: add without asking
steps:
  - { id: sum, tool: { name: mcp.toy.add, args: { a: 2, b: 3 } } }
`),
  definition(`
name: break-off
summary: Let the server end in the middle
on: { manual: true }
title: break off
steps:
  - { id: end, tool: { name: mcp.toy.die, args: {} }, retry: { attempts: 5 } }
`),
];

interface Step {
  readonly id: string;
  readonly effects: readonly { readonly id: string; readonly state: string }[];
}

async function start(world: World, name: string) {
  const { status, body } = await world.ben.post("/api/workflows/create", { name, context: {} });
  expect(status, JSON.stringify(body)).toBe(201);
  return async () =>
    (await world.ben.get(`/api/workflows/status/${body.workflowId}`)).body as {
      status: string;
      steps: readonly Step[];
    };
}

test("a tool of an MCP server runs behind an approval, and never without one", async () => {
  await using world = await startWorld({ database: "pglite", connectors, extra: { definitions } });
  const run = await start(world, "add-up");
  await world.eventually(async () => expect((await run()).status).toBe("waiting"));
  const [copy] = await world.eventually(async () => {
    const sees = (await world.cara.sees("approvals")).filter(({ card }) => card?.buttons.length);
    expect(sees).not.toEqual([]);
    return sees;
  });
  expect(JSON.stringify(copy)).toContain("Call add of the MCP server toy with");
  expect((await world.cara.presses("Approve", { in: "approvals" })).status).toBe(200);
  await world.eventually(async () => expect((await run()).status).toBe("completed"));

  // Nobody wrote an approval for this one: it is asked about all the same.
  const unasked = await start(world, "add-unasked");
  await world.eventually(async () => expect((await unasked()).status).toBe("waiting"));
  expect((await world.cara.presses("Deny", { in: "approvals", reason: "no" })).status).toBe(200);
  await world.eventually(async () => expect((await unasked()).status).toBe("cancelled"));
});

test("a specialist that was given a server's tool may ask for it, and gets it behind an approval", async () => {
  await using model = await startModelServer(({ n, body }) => ({
    content: [
      n === 0
        ? { type: "tool_use", id: "toolu_1", name: "mcp_toy_add", input: { a: 2, b: 3 } }
        : {
            type: "tool_use",
            id: "toolu_2",
            name: "report",
            input: { summary: JSON.stringify(body.messages.at(-1)), healthy: true, changes: [] },
          },
    ],
  }));
  await using world = await startWorld({
    database: "pglite",
    connectors,
    specialists: { operator: { tools: ["mcp.toy.add"] } },
    model: { apiKey: "test-key", baseUrl: model.url, model: null },
  });
  const input = { service: "checkout", environment: "production" };
  const { body } = await world.ana.post("/api/agents/spawn", { specialist: "operator", task: "fix-service", input });
  const status = async () => (await world.ana.get(`/api/agents/status/${body.agentId}`)).body;
  await world.eventually(async () => expect(await status()).toMatchObject({ status: "waiting" }));
  expect((await world.cara.presses("Approve", { in: "approvals" })).status).toBe(200);
  await world.eventually(async () => expect(await status()).toMatchObject({ status: "done" }));
  expect((await status()).report.summary).toMatch(/\b5\b/);

  for (const [specialists, sentence] of [
    [{ operater: { tools: [] } }, /specialists\.operater: there is no specialist operater\. Did you mean operator\?/],
    [{ data: { tools: ["mcp.toy.ad"] } }, /there is no tool mcp\.toy\.ad here\. Did you mean mcp\.toy\.add\?/],
    [{ data: { tools: ["plans.propose"] } }, /plans\.propose is Steward's own/],
  ] as const)
    await expect(startWorld({ database: "pglite", connectors, specialists })).rejects.toThrow(sentence);
});

test("a tool that is not as it was pinned stops the start, unless its server is optional", async () => {
  const [toy] = connectors.mcp;
  const changed = (optional: boolean) => ({
    mcp: [{ ...toy, optional, tools: { add: { description: "0".repeat(64) } } }],
  });
  await expect(startWorld({ database: "pglite", connectors: changed(false) })).rejects.toThrow(
    /^mcp\.toy\.add is switched off: it is not the tool that was pinned\. If you trust it as it is now, pin it .*[0-9a-f]{64} }$/,
  );
  await using world = await startWorld({ database: "pglite", connectors: changed(true) });
  expect(world.faults.splice(0).map(({ message }) => message)).toEqual([
    expect.stringMatching(/^mcp\.toy\.add is switched off/),
  ]);
});

test("a server that ends in the middle of a call leaves it in doubt: it is not called again, people are asked", async () => {
  await using world = await startWorld({ database: "pglite", connectors, extra: { definitions } });
  const run = await start(world, "break-off");
  const doubt = await world.eventually(async () => {
    const found = (await run()).steps.flatMap(({ effects }) => effects).find(({ state }) => state === "in_doubt");
    expect(found).toBeDefined();
    return found as { id: string };
  });
  expect((await world.ben.post(`/api/effects/${doubt.id}/answer`, { answer: "happened" })).status).toBe(200);
  await world.eventually(async () => expect((await run()).status).toBe("completed"));
});

test("the doctor says which tools could be let in and how", async () => {
  await using world = await startWorld({ database: "pglite", connectors });
  const said: string[] = [];
  await tasks["doctor"]?.(world.steward, [], (line) => said.push(line));
  expect(said).toContain("mcp.toy: nothing is missing.");
  expect(said.filter((line) => line.startsWith("- env is not let in"))).toEqual([
    expect.stringMatching(
      /^- env is not let in\. It says “Names the variables it got”\. If you want it: env: \{ risk: dangerous, description: [0-9a-f]{64} \}$/,
    ),
  ]);
  expect((await world.ana.get("/api/health")).body.components["mcp.toy"]).toBe("healthy");
});

test("the doctor asks what can be asked where a start would fail, and leaves the database as it is", async () => {
  await using world = await startWorld({ database: "postgres", connectors });
  const { db } = world.steward;
  const slip = "policies: [{ name: a, match: { tool: mcp.toy.nosuch }, require: [{ role: manager, count: 1 }] }]";
  const folder = await mkdtemp(join(tmpdir(), "steward-doctor-"));
  await writeFile(
    join(folder, "steward.yaml"),
    `people: [{ id: eve, name: Eve, roles: [manager] }]\nchannels: [{ name: ops }]\nconnectors: ${JSON.stringify(connectors)}\n${slip}\n`,
  );
  const settings = readSettings({ STEWARD_DATA_DIR: folder, STEWARD_CONFIG: join(folder, "steward.yaml") });
  const before = await db.query("select person_id, role from steward.role_grant order by 1, 2");
  const said: string[] = [];
  expect(await examine(settings, db, (line) => said.push(line))).toBe(2);
  expect(said).toContainEqual(expect.stringMatching(/^- steward\.yaml, line 4, policies\[0\].*mcp\.toy.*nosuch/));
  expect(said).toContainEqual(expect.stringMatching(/^- Who people are .* `npx steward people apply`\.$/));
  expect(said).toContain("mcp.toy: nothing is missing.");
  expect(await db.query("select person_id, role from steward.role_grant order by 1, 2")).toEqual(before);
  await rm(folder, { recursive: true, force: true });
});

test("no credential of a system that says back what it was sent reaches the thread, the audit, the pages or an answer", async () => {
  await using systems = await talkativeSystems();
  Object.assign(process.env, systems.source);
  const steps = leaking.map(
    ({ tool, args }, n) => `  - { id: s${n}, onError: skip, tool: { name: ${tool}, args: ${args} } }`,
  );
  const leak = definition(`
name: ask-everything
summary: Ask everything
on: { manual: true }
title: ask everything
steps:
${steps.join("\n")}
`);
  await using world = await startWorld({
    database: "pglite",
    connectors: systems.connectors,
    systems: {
      github: { token: systems.source.GITHUB, url: systems.url },
      jira: { url: systems.url, email: "bot@example.com", token: systems.source.JIRA },
    },
    extra: { definitions: [leak] },
  });
  const { host } = new URL(systems.url);
  expect((await world.cara.get("/systems")).body).toContain(`<strong>Jira at ${host}</strong>`);
  expect(world.steward.outside).toEqual(
    expect.arrayContaining([`GitHub at ${host}`, `Jira at ${host}`, "The MCP server near"]),
  );
  const run = await start(world, "ask-everything");
  await world.eventually(async () => expect(["completed", "failed"]).toContain((await run()).status));
  const { runs } = (await world.cara.get("/api/runs?limit=1")).body;
  const seen: string[] = [];
  for (const path of [
    "/api/runs",
    `/api/workflows/status/${runs[0].id}`,
    `/api/runs/${runs[0].id}`,
    `/runs/${runs[0].id}`,
    `/api/audit?actor=${runs[0].id}`,
    "/api/health",
    "/systems",
    "/",
  ])
    seen.push(JSON.stringify((await world.cara.get(path)).body));
  for (const channel of ["ops", "approvals", "help-needed"]) seen.push(JSON.stringify(await world.cara.sees(channel)));
  for await (const line of world.steward.exportAudit()) seen.push(line);
  for (const table of ["actor", "effect", "mail", "message", "artifact", "audit", "inbox"])
    seen.push(JSON.stringify(await world.steward.db.query(`select * from steward.${table}`, [])));
  await tasks["doctor"]?.(world.steward, [], (line) => seen.push(line));
  seen.push(...world.faults.splice(0).map((fault) => `${fault.message} ${fault.stack}`));
  const everything = seen.join("\n");
  expect(everything.match(/\[secret\]/g)?.length).toBeGreaterThan(leaking.length);
  expect(seen.filter((one) => planted.test(one))).toEqual([]);
});

test("a restart for a Jira ticket is told there in one comment: asked, begun, done, refused", {
  timeout: 60_000,
}, async () => {
  const site = await jiraSite();
  await using world = await startWorld({
    database: "pglite",
    connectors: { jira: { projects: ["OPS"] } },
    systems: { jira: site.access },
  });
  const said = () => site.comments.map(({ body }) => textOf(body));
  const page = /\n+http:\/\/localhost:\d+\/runs\/[0-9a-f-]{36}$/;
  const asked = "Ana asked to restart checkout in production for OPS-1 \\(R-\\w{6}\\)\\.";
  const says = (words: string) => expect.stringMatching(new RegExp(`^${asked} ${words}${page.source}`));

  await world.ana.says("restart checkout in production for ops-1", { in: "ops" });
  await world.eventually(async () => expect(said()).toEqual([says("Nothing is done yet\\.")]));
  expect((await world.ben.presses("Approve", { in: "ops" })).status).toBe(200);
  await world.eventually(async () => expect((await world.run()).status).toBe("completed"));
  expect(said()).toEqual([says("It was restarted\\. checkout in production is healthy.*")]);
  const edits = site.asked.filter(({ method }) => method === "PUT").map(({ body }) => textOf(body.body));
  expect(edits).toEqual([says("It may be done and has begun\\."), says("It was restarted\\. .*")]);

  await world.ana.says("restart checkout in production for OPS-1", { in: "ops" });
  await world.eventually(async () => expect(said()).toHaveLength(2));
  expect((await world.ben.presses("Deny", { in: "ops", reason: "not now" })).status).toBe(200);
  await world.eventually(async () => expect((await world.run()).status).toBe("cancelled"));
  expect(said()[1]).toEqual(says("It was stopped before anything was done\\. Ben denied it: not now\\."));
  await world.eventually(async () =>
    expect((await world.ana.sees("ops")).at(-1)?.text).toBe(
      "Stopped: Ben denied it: not now. OPS-1 says how it stands.",
    ),
  );

  // A project that is not configured: nothing is asked of Jira, and the restart is the same.
  const requests = site.asked.length;
  await world.ana.says("restart checkout in staging for SEC-1", { in: "ops" });
  await world.eventually(async () => expect((await world.run()).status).toBe("completed"));
  expect(site.asked).toHaveLength(requests);
  expect((await world.ana.sees("ops")).at(-1)?.text).toMatch(/ SEC-1 was not told: The project SEC is not among /);

  // What can only fail begins nothing, and the ticket hears nothing of it.
  const context = { service: "nothing-here", environment: "staging", ticket: "ops-1" };
  const refused = await world.ben.post("/api/workflows/create", { name: "restart-for-ticket", context });
  expect(refused).toMatchObject({ status: 422 });
  expect(JSON.stringify(refused.body)).toContain("nothing-here");
  expect(said()).toHaveLength(2);
});

test("without an account the desk of the trial company shows what would stand on the ticket", {
  timeout: 60_000,
}, async () => {
  await using world = await startWorld({ database: "pglite" });
  await world.ana.says("restart checkout in staging for OPS-12", { in: "ops" });
  await world.eventually(async () => expect((await world.run()).status).toBe("completed"));
  expect((await world.ana.get("/api/trial")).body.issues).toMatchObject([
    {
      issue: "OPS-12",
      text: expect.stringMatching(/^Ana asked to restart checkout in staging for OPS-12 .* It was restarted\. /),
    },
  ]);
  expect((await world.ana.get("/trial")).body).toContain("<strong>OPS-12</strong>");
});
