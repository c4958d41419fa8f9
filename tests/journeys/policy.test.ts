import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { defineTool } from "../../src/domain/tool.ts";
import { loadDefinition } from "../../src/workflow/index.ts";
import { startWorld, type World } from "../support/world.ts";
import { withKey } from "./general.ts";

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

/** Every call rings until it is answered, as its text says. */
const rung = new Map<string, (answered: unknown) => void>();
const ring = defineTool({
  name: "toy.ring",
  summary: "Rings somebody up",
  params: z.object({ text: z.string() }),
  result: z.object({}),
  risk: () => "write",
  effect: "opaque",
  timeoutMs: 60_000,
  describe: ({ text }) => `Ring for “${text}”`,
  async run({ args }) {
    await new Promise((answered) => rung.set(args.text, answered));
    return {};
  },
});

/** What was paid; the bank's answer is lost every time. */
const paid: number[] = [];
const pay = defineTool({
  name: "toy.pay",
  summary: "Pays",
  params: z.object({ amount: z.number() }),
  result: z.object({}),
  risk: () => "dangerous",
  effect: "opaque",
  timeoutMs: 5000,
  describe: ({ amount }) => `Pay ${amount}`,
  async run({ args }) {
    paid.push(args.amount);
    throw new Error("the connection broke off");
  },
});

function definition(name: string, steps: string) {
  const yaml = `name: ${name}\nsummary: Shouts\non: { manual: true }\ninput: {}\ntitle: shout\nsteps:\n${steps}`;
  const loaded = loadDefinition(yaml, name, { tools: [shout, pay, ring], intents: [], events: [], specialists: [] });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.definition;
}

const definitions = [
  definition("ringing", "  - { id: ring, tool: { name: toy.ring, args: { text: night } } }\n"),
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
  definition(
    "shouting-later",
    `  - { id: ask, approve: { covers: [late] } }
  - { id: pause, dependsOn: ask, wait: { for: 1h } }
  - { id: late, dependsOn: pause, tool: { name: toy.shout, args: { text: late } } }
`,
  ),
  definition("paying-unasked", "  - { id: pay, tool: { name: toy.pay, args: { amount: 7 } } }\n"),
  definition(
    "paying",
    `  - { id: ask, approve: { covers: [pay] } }
  - { id: pay, tool: { name: toy.pay, args: { amount: 100 } }, retry: { attempts: 3, backoff: 1s } }
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
const waiting = (here: World, whom: "ben" | "cara" = "ben") =>
  here.eventually(async () => {
    const [one] = (await here[whom].get("/api/gates")).body.gates;
    expect(one).toBeDefined();
    return one.id as string;
  });

test("what is dangerous is asked about, though neither a policy nor the workflow says so", async () => {
  await using here = await startWorld({
    database: "pglite",
    extra: { tools: [shout, pay, ring], definitions },
    policies,
  });
  const asked = await begin(here, "paying-unasked");
  const gate = await waiting(here, "cara");
  expect(await here.cara.post(`/api/gates/${gate}/decision`, { decision: "deny", reason: "no" })).toMatchObject({
    status: 200,
  });
  await becomes(here, asked, "cancelled");
  expect(paid).toEqual([]);
});

test("what a policy asks people about waits for them, though the workflow has no approve step for it", async () => {
  await using here = await startWorld({
    database: "pglite",
    extra: { tools: [shout, pay, ring], definitions },
    policies,
  });
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

describe("where no policy says anything", () => {
  let here: World;
  beforeAll(async () => {
    here = await startWorld({ database: "pglite", extra: { tools: [shout, pay, ring], definitions }, policies: [] });
  });
  afterAll(() => here?.[Symbol.asyncDispose]());

  test("whoever asked for what was approved does not have it done again by saying that it did not happen", async () => {
    const run = await begin(here, "paying");
    expect(
      await here.cara.post(`/api/gates/${await waiting(here, "cara")}/decision`, { decision: "approve" }),
    ).toMatchObject({ status: 200 });
    const effect = await here.eventually(async () => {
      const { steps } = (await here.ana.get(`/api/workflows/status/${run}`)).body;
      const [doubt] = steps.flatMap((step: { effects: { id: string; state: string }[] }) => step.effects);
      expect(doubt?.state).toBe("in_doubt");
      return doubt.id as string;
    });
    const says = (who: "ana" | "ben", answer: string) => here[who].post(`/api/effects/${effect}/answer`, { answer });
    expect(await says("ana", "did-not")).toMatchObject({ status: 403, body: { because: "own-request" } });
    expect(paid).toEqual([100]);
    expect(await here.recorded("refused")).toMatchObject([{ by: "ana", data: { because: "own-request", effect } }]);
    // A script of Ben's, that may steer whatever runs, knows no more of it.
    const ask = await withKey(here, "script", "--for=ben", "--scopes=runs:steer");
    for (const answer of ["did-not", "happened"])
      expect(await ask("POST", `/api/effects/${effect}/answer`, { answer })).toMatchObject({
        status: 403,
        body: { because: "persons-only" },
      });
    expect(await says("ben", "did-not")).toMatchObject({ status: 200 });
    await here.passes("1m");
    await here.eventually(async () => expect(paid).toEqual([100, 100]));
    expect(await says("ana", "happened")).toMatchObject({ status: 200 });
  });

  test("an answer that comes after people were asked what happened is the answer", async () => {
    const run = await begin(here, "ringing");
    const call = await here.eventually(async () => {
      expect(rung.get("night")).toBeDefined();
      const { steps } = (await here.ana.get(`/api/workflows/status/${run}`)).body;
      return steps[0].effects[0] as { id: string };
    });
    // As another process finds it that took over from one that is cut off, and not dead.
    const { kernel, tenant } = here.steward;
    await kernel.do({
      tenant,
      actors: [],
      async run(batch) {
        batch.jobs.push({ queue: "effect", data: { tenant, effect: call.id } });
      },
    });
    const stands = async () => (await here.ana.get(`/api/workflows/status/${run}`)).body.steps[0].effects[0].state;
    await here.eventually(async () => expect(await stands()).toBe("in_doubt"));
    rung.get("night")?.(null);
    await becomes(here, run, "completed");
    expect(await stands()).toBe("done");
    expect(await here.ben.post(`/api/effects/${call.id}/answer`, { answer: "did-not" })).toMatchObject({
      body: { sentence: "That question is no longer open." },
    });
  });

  test("what nobody was asked about is asked about when the policy has come to want it before it is done", async () => {
    const run = await begin(here, "shouting-later");
    await becomes(here, run, "waiting");
    await here.restarts({ policies });
    await here.passes("2h");
    const asked = await waiting(here);
    expect(shouted).toEqual([]);
    expect(await here.ben.post(`/api/gates/${asked}/decision`, { decision: "approve" })).toMatchObject({ status: 200 });
    await becomes(here, run, "completed");
    expect(shouted.splice(0)).toEqual(["late"]);
  });
});
