import { expect, test } from "vitest";
import { tasks } from "../../src/commands.ts";
import { pinOf } from "../../src/systems/mcp/pin.ts";
import { type Definition, loadDefinition } from "../../src/workflow/index.ts";
import { startWorld, type World } from "../support/world.ts";

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

function definition(text: string): Definition {
  const known = { tools: [{ name: "mcp.toy.add" }, { name: "mcp.toy.die" }], intents: [], specialists: [] };
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

test("a tool of an MCP server runs behind an approval, and never without one", { timeout: 60_000 }, async () => {
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

  const unasked = await start(world, "add-unasked");
  await world.eventually(async () => expect((await unasked()).status).toBe("failed"));
  expect(JSON.stringify(await unasked())).toContain("mcp.toy.add is dangerous here and nobody was asked");
});

test("a server that ends in the middle of a call leaves it in doubt: it is not called again, people are asked", {
  timeout: 60_000,
}, async () => {
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

test("the doctor says which tools could be let in and how", { timeout: 60_000 }, async () => {
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
