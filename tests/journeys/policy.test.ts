import { expect, test } from "vitest";
import { z } from "zod";
import { defineTool } from "../../src/domain/tool.ts";
import { loadDefinition } from "../../src/workflow/index.ts";
import { startWorld, type World } from "../support/world.ts";

/** What was done, oldest first. */
const shouted: string[] = [];
const shout = defineTool({
  name: "toy.shout",
  summary: "Shouts",
  params: z.object({ text: z.string(), loud: z.boolean().default(true) }),
  result: z.object({}),
  risk: () => "write",
  effect: "keyed",
  timeoutMs: 5000,
  describe: ({ text }) => `Shout “${text}”`,
  run: async ({ args }) => {
    shouted.push(args.text);
    return {};
  },
});

function definition(name: string, steps: string) {
  const yaml = `name: ${name}\nsummary: Shouts\non: { manual: true }\ninput: {}\ntitle: shout\nsteps:\n${steps}`;
  const loaded = loadDefinition(yaml, name, { tools: [shout], intents: [], events: [], specialists: [] });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.definition;
}

const definitions = [
  definition(
    "shouting",
    `  - { id: low, tool: { name: toy.shout, args: { text: low, loud: false } } }
  - { id: high, dependsOn: low, tool: { name: toy.shout, args: { text: high } }, onError: skip }
  - { id: end, dependsOn: high, tool: { name: toy.shout, args: { text: end, loud: false } } }
`,
  ),
  definition(
    "shouting-back",
    `  - { id: low, tool: { name: toy.shout, args: { text: begun, loud: false } } }
  - { id: pause, dependsOn: low, wait: { for: 1h } }
  - { id: back, dependsOn: pause, tool: { name: toy.shout, args: { text: back } }, always: true }
`,
  ),
];
const policies = [
  {
    name: "no shouting",
    match: { tool: "toy.shout", args: { loud: true } },
    require: [{ role: "on-call" }],
    editable: ["text"],
  },
];

const begin = async (here: World, name: string): Promise<string> => {
  const { status, body } = await here.ana.post("/api/workflows/create", { name, context: {} });
  expect(status, JSON.stringify(body)).toBe(201);
  return body.workflowId;
};
const becomes = (here: World, id: string, status: string) =>
  here.eventually(async () => {
    const { body } = await here.ana.get(`/api/workflows/status/${id}`);
    expect(body.status).toBe(status);
    return JSON.stringify(body);
  });
const waiting = (here: World) =>
  here.eventually(async () => {
    const [one] = (await here.ben.get("/api/gates")).body.gates;
    expect(one).toBeDefined();
    return one.id as string;
  });

test("what a policy asks people about waits for them, though the workflow has no approve step for it", async () => {
  await using here = await startWorld({ database: "pglite", extra: { tools: [shout], definitions }, policies });
  const asked = await begin(here, "shouting");
  const approved = await waiting(here);
  expect(shouted).toEqual(["low"]);
  expect(await here.ana.post(`/api/gates/${approved}/decision`, { decision: "approve" })).toMatchObject({
    status: 403,
  });
  expect(await here.ben.post(`/api/gates/${approved}/decision`, { decision: "approve" })).toMatchObject({
    status: 200,
  });
  await becomes(here, asked, "completed");
  expect(shouted.splice(0)).toEqual(["low", "high", "end"]);

  // Denied, it is passed over as the step says of itself.
  const again = await begin(here, "shouting");
  // The rule is found by what the call leaves out, so what it lets people change is found there too.
  const asking = await waiting(here);
  expect(await here.ben.post(`/api/gates/${asking}/decision`, { decision: "change" })).toMatchObject({
    status: 200,
    body: { outcome: "form", fields: [{ label: "text", value: "high" }] },
  });
  const no = { decision: "deny", reason: "it is night" };
  expect(await here.ben.post(`/api/gates/${asking}/decision`, no)).toMatchObject({ status: 200 });
  await becomes(here, again, "completed");
  expect(shouted.splice(0)).toEqual(["low", "end"]);

  // Where it comes to be done without its question, it is not done.
  const stopped = await begin(here, "shouting-back");
  await becomes(here, stopped, "waiting");
  await here.ana.post(`/api/workflows/terminate/${stopped}`, {});
  expect(await becomes(here, stopped, "failed")).toMatch(
    /toy\.shout needs an approval here, as its policy says, and nobody was asked\. Add an approve step that covers back/,
  );
  expect(shouted.splice(0)).toEqual(["begun"]);
});
