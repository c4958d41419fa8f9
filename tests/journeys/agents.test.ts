import { describe, expect, test } from "vitest";
import type { Extra } from "../../src/abilities.ts";
import { type Specialist, specialists } from "../../src/agents/index.ts";
import { taskWith } from "../../src/store/inbox.ts";
import { loadDefinition } from "../../src/workflow/index.ts";
import { type ModelReply, type ModelRequest, startModelServer } from "../support/model-server.ts";
import { type bases, oneBase, startWorld, type World } from "../support/world.ts";

type Script = (turn: number, request: ModelRequest) => ModelReply;

type Answer = Extract<ModelReply, { content: unknown }>;

const calls = (...wanted: { name: string; input: unknown }[]): Answer => ({
  content: [
    { type: "text", text: "The log is clear about it." },
    ...wanted.map((call, i) => ({ type: "tool_use" as const, id: `toolu_${ids++}_${i}`, ...call })),
  ],
});
let ids = 0;
const report = (input: unknown) => calls({ name: "report", input });
const fixed = { summary: "checkout is healthy again after a restart", healthy: true, changes: ["restarted checkout"] };
const place = { service: "checkout", environment: "production" };

/** A Steward with a model on this machine that says what the script says; turns are counted from 1. */
async function withModel(database: (typeof bases)[number], script: Script, extra: Extra = {}) {
  const server = await startModelServer((request) => script(request.n + 1, request));
  const world = await startWorld({ database, extra, model: { apiKey: "test-key", baseUrl: server.url, model: null } });
  return {
    world,
    server,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function spawned(world: World, task: object): Promise<{ agentId: string; workflowId: string }> {
  const { status, body } = await world.ana.post("/api/agents/spawn", task);
  expect({ status, body }).toMatchObject({ status: 201, body: { agentId: expect.any(String) } });
  return body;
}

const statusOf = async (world: World, id: string) => (await world.ana.get(`/api/agents/status/${id}`)).body;
const becomes = (world: World, id: string, status: string) =>
  world.eventually(async () => expect(await statusOf(world, id)).toMatchObject({ status }));

const approval = (world: World) =>
  world.eventually(async () => {
    const found = (await world.ben.sees("approvals")).flatMap(({ card }) => card ?? []);
    expect(found).not.toEqual([]);
    return found[0];
  });

const pair = `
name: pair
summary: Two agents of one run
on: { manual: true }
title: have two agents look
steps:
  - { id: first, agent: { specialist: operator, task: fix-service, input: { service: checkout, environment: staging } } }
  - { id: second, agent: { specialist: operator, task: fix-service, input: { service: search, environment: staging } } }
reply: \${{ steps.second.output.summary }}
`;

describe.each(oneBase)("agents, on %s", (database) => {
  test("an agent looks, asks before it acts, acts, and reports", async () => {
    await using at = await withModel(database, (turn) =>
      turn === 1
        ? calls({ name: "services_status", input: place }, { name: "services_logs", input: place })
        : turn === 2
          ? calls({ name: "services_restart", input: place })
          : report(fixed),
    );
    const { world, server } = at;
    const { agentId, workflowId } = await spawned(world, {
      specialist: "operator",
      task: "fix-service",
      input: place,
    });
    await becomes(world, agentId, "waiting");
    const card = await approval(world);
    expect(card?.title).toBe(
      "Approve: Restart checkout in production, one instance at a time (wanted by the agent operator)?",
    );
    expect(card?.fields).toContainEqual({
      label: "The model says, unchecked",
      value: '"The log is clear about it."',
    });
    expect((await world.ana.get("/api/trial")).body.services[0].instances[0].restarts).toBe(0);
    await world.ben.presses("Approve", { in: "approvals" });
    await becomes(world, agentId, "done");
    // What each turn was told stands in the task; it is not kept once more for each.
    expect(await world.steward.db.query("select distinct args from steward.effect where tool = 'model.turn'")).toEqual([
      { args: "{}" },
    ]);
    expect(await statusOf(world, agentId)).toMatchObject({
      workflowId,
      type: "operator",
      task: "fix-service",
      turns: 2,
      calls: [
        { tool: "services.status", error: null },
        { tool: "services.logs", error: null },
        { tool: "services.restart", error: null },
      ],
      withoutModel: null,
    });
    await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "completed" }));
    const restarts = await world.steward.db.query(
      "select calls from steward.trial_operation where kind = 'services.restart'",
    );
    expect(restarts).toEqual([{ calls: 1 }]);
    expect(server.requests).toHaveLength(3);
  });

  test("a denial reaches the model with its reason, and the health of an agent says how it is", async () => {
    let told = "";
    await using at = await withModel(database, (turn, { body }) => {
      if (turn === 1) return calls({ name: "services_restart", input: place });
      told = JSON.stringify(body.messages.at(-1));
      return report({ summary: "Nothing was changed", healthy: false, changes: [] });
    });
    const { world } = at;
    const { agentId } = await spawned(world, { specialist: "operator", task: "fix-service", input: place });
    await becomes(world, agentId, "waiting");
    expect((await world.ana.get(`/api/agents/health/${agentId}`)).body).toMatchObject({
      status: "healthy",
      state: "waiting",
    });
    await world.ben.presses("Deny", { in: "approvals", reason: "customers are paying right now" });
    await becomes(world, agentId, "done");
    expect(told).toContain("Denied by Ben: customers are paying right now");
  });

  test("at its cap an agent asks in the chat whether to go on, and goes on when it may", async () => {
    await using at = await withModel(database, (turn) =>
      turn === 1
        ? {
            ...calls({ name: "services_status", input: place }),
            usage: { input_tokens: 50_000, output_tokens: 20_000 },
          }
        : report(fixed),
    );
    const { world, server } = at;
    const { agentId } = await spawned(world, { specialist: "operator", task: "fix-service", input: place });
    await becomes(world, agentId, "overBudget");
    expect(server.requests).toHaveLength(1);
    expect((await approval(world))?.title).toMatch(/^Approve: Let the agent operator go on: 0\.45 USD of 0\.50 USD/);
    expect(await world.ben.presses("Approve", { in: "approvals" })).toMatchObject({ status: 403 });
    await world.cara.presses("Approve", { in: "approvals" });
    await becomes(world, agentId, "done");
    expect(server.requests).toHaveLength(2);
  });

  test("agents of one run that are over the same cap ask one question together, and its answer is for all of them", async () => {
    const three = ["checkout", "search", "billing"].map(
      (service) =>
        `  - { id: ${service}, onError: failAtEnd, agent: { specialist: operator, task: fix-service, input: { service: ${service}, environment: staging } } }`,
    );
    const trio = loadDefinition(
      `name: trio\nsummary: Three agents\non: { manual: true }\ntitle: have three agents look\nsteps:\n${three.join("\n")}\n`,
      "trio",
      { tools: [], intents: [], specialists },
    );
    if (!trio.ok) throw new Error(JSON.stringify(trio.problems));
    let dear = true;
    await using at = await withModel(
      database,
      (_, { body }) => {
        if (body.messages.length > 1) return report(fixed);
        const usage = dear ? { input_tokens: 50_000, output_tokens: 20_000 } : { input_tokens: 10, output_tokens: 10 };
        dear = false;
        return { ...calls({ name: "services_status", input: { ...place, environment: "staging" } }), usage };
      },
      { definitions: [trio.definition] },
    );
    const { world } = at;
    const overCap = async () => {
      const { body } = await world.ana.post("/api/workflows/create", { name: "trio", context: {} });
      const waiting = () =>
        world.steward.db.query(
          "select 1 from steward.actor where parent_id = $1 and machine = 'agent' and state = 'overBudget'",
          [body.workflowId],
        );
      await world.eventually(async () => expect(await waiting()).toHaveLength(3));
      const asked = async () => (await world.cara.get(`/api/workflows/status/${body.workflowId}`)).body.gates;
      await world.eventually(async () => expect(await asked()).toMatchObject([{ state: "open" }]));
      return { asked, run: async () => (await world.cara.get(`/api/workflows/status/${body.workflowId}`)).body };
    };
    const first = await overCap();
    await world.passes("40s");
    await world.cara.presses("Approve", { in: "approvals" });
    await world.eventually(async () => {
      await world.passes("31s");
      expect(await first.run()).toMatchObject({ status: "completed" });
    });
    expect(await first.asked()).toMatchObject([{ state: "approved" }]);

    dear = true;
    const second = await overCap();
    await world.cara.presses("Deny", { in: "approvals", reason: "too dear" });
    await world.eventually(async () => {
      await world.passes("31s");
      expect(await second.run()).toMatchObject({ status: "failed" });
    });
    expect(await second.asked()).toMatchObject([{ state: "denied" }]);
    const { error } = await second.run();
    expect(error.match(/the model budget is used up\. Denied by Cara: too dear/gi)).toHaveLength(3);
  });

  test("without a model an agent that needs one says so; one with a playbook does without", async () => {
    await using world = await startWorld({ database });
    const fix = { specialist: "operator", task: "fix-service", input: place };
    expect(await world.ana.post("/api/agents/spawn", fix)).toMatchObject({
      status: 422,
      body: {
        detail:
          "The agent operator needs a model to do “fix-service”, and none is configured: set ANTHROPIC_API_KEY for one, or ask for what is to be done itself. Nothing was done.",
      },
    });
    expect((await world.cara.get("/api/runs?limit=50")).body.runs).toEqual([]);
    const other = await spawned(world, { specialist: "observer", task: "service-health", input: place });
    await becomes(world, other.agentId, "done");
    expect((await world.ana.get(`/api/agents/status/${other.agentId}`)).body).toMatchObject({
      report: { summary: expect.stringMatching(/is healthy: /), healthy: true },
    });
    expect(await world.ana.post("/api/agents/spawn", { specialist: "operater", task: "x" })).toMatchObject({
      status: 422,
      body: { detail: "There is no specialist “operater”: did you mean operator?" },
    });
    expect(await world.ana.post("/api/agents/spawn", { specialist: "data", task: "toString" })).toMatchObject({
      status: 422,
      body: {
        detail:
          "data has no task “toString”: there is gather-incident, service-health, service-logs, service-figures, service-deploys",
      },
    });
    const spawn = (specialist: string, task: string, input: object) =>
      world.ana.post("/api/agents/spawn", { specialist, task, input });
    const where = { environment: "production" };
    expect(await spawn("observer", "service-health", { ...where, service: "${{ requester.id }}" })).toMatchObject({
      status: 422,
      body: { detail: "The input of a task is plain values: leave out ${{ }}." },
    });
    expect(await spawn("observer", "service-health", { ...where, servise: "checkout" })).toMatchObject({
      status: 422,
      body: {
        detail:
          "The input of observer's task “service-health” is not right. “service”: say which service, such as checkout; “servise” is no field of it.",
      },
    });
    const before = (await world.cara.get("/api/runs?limit=50")).body.runs.length;
    expect(await spawn("operator", "fix-service", {})).toMatchObject({
      status: 422,
      body: { detail: expect.stringMatching(/“service”: say which service.*“environment”: say which environment/) },
    });
    expect((await world.cara.get("/api/runs?limit=50")).body.runs).toHaveLength(before);
    expect(await world.eve.post("/api/agents/spawn", { specialist: "observer", task: "service-health" })).toMatchObject(
      {
        status: 403,
      },
    );
    expect(await world.ana.get("/api/agents/status/nobody")).toMatchObject({ status: 404 });
  });

  test("an agent is paused, goes on, and is stopped by who may; its run hears of it", async () => {
    await using at = await withModel(database, (turn) =>
      turn === 1 ? calls({ name: "services_restart", input: place }) : report(fixed),
    );
    const { world } = at;
    const { agentId, workflowId } = await spawned(world, { specialist: "operator", task: "fix-service", input: place });
    await becomes(world, agentId, "waiting");
    const control = (act: string, who = world.ana) => who.post(`/api/agents/control/${agentId}`, { act });
    expect(await control("pause", world.dan)).toMatchObject({ status: 403 });
    expect(await control("pause")).toMatchObject({ status: 200 });
    expect(await statusOf(world, agentId)).toMatchObject({ status: "paused", state: "waiting" });
    await world.ben.presses("Deny", { in: "approvals", reason: "not now" });
    expect(await statusOf(world, agentId)).toMatchObject({ status: "paused", turns: 0 });
    expect((await world.ana.get(`/api/workflows/status/${workflowId}`)).body.gates).toMatchObject([
      { state: "denied" },
    ]);
    await control("resume");
    await becomes(world, agentId, "done");
    const other = await spawned(world, { specialist: "observer", task: "service-health", input: place });
    await becomes(world, other.agentId, "done");
    expect(await world.ana.post(`/api/agents/control/${other.agentId}`, { act: "cancel" })).toMatchObject({
      body: { sentence: "It has already ended." },
    });
  });

  test("the task of a specialist that a later version has no more can be stopped, and fails when it would go on", async () => {
    await using at = await withModel(database, (turn) =>
      turn <= 2 ? calls({ name: "services_restart", input: place }) : report(fixed),
    );
    const { world } = at;
    const task = { specialist: "operator", task: "fix-service", input: place };
    const tasks = [await spawned(world, task), await spawned(world, task)] as const;
    for (const { agentId } of tasks) await becomes(world, agentId, "waiting");
    await world.restarts({
      async meanwhile() {
        await world.owner("update steward.actor set definition_hash = 'elder' where machine = 'agent' and not done");
      },
    });
    const [stopped, goesOn] = tasks;
    const ends = (run: string, status: string) =>
      world.eventually(async () =>
        expect((await world.ana.get(`/api/workflows/status/${run}`)).body).toMatchObject({ status }),
      );
    await world.ana.post(`/api/workflows/terminate/${stopped.workflowId}`, {});
    await ends(stopped.workflowId, "cancelled");
    await becomes(world, stopped.agentId, "cancelled");
    const { gates } = (await world.ben.get("/api/gates")).body as { gates: { id: string }[] };
    expect(gates).toHaveLength(1);
    await world.ben.post(`/api/gates/${gates[0]?.id}/decision`, { decision: "deny", reason: "too late" });
    await ends(goesOn.workflowId, "failed");
    expect(await statusOf(world, goesOn.agentId)).toMatchObject({ error: "elder has no task “fix-service”" });
  });

  test("a paused run's agents are paused with it, and cancelled with it", async () => {
    await using at = await withModel(database, () => calls({ name: "services_restart", input: place }));
    const { world, server } = at;
    const { agentId, workflowId } = await spawned(world, { specialist: "operator", task: "fix-service", input: place });
    const control = (act: string) => world.ana.post(`/api/runs/${workflowId}/control`, { act });
    await becomes(world, agentId, "waiting");
    await control("pause");
    expect(await statusOf(world, agentId)).toMatchObject({ status: "paused", state: "waiting" });
    await world.ben.presses("Approve", { in: "approvals" });
    expect(await statusOf(world, agentId)).toMatchObject({ status: "paused", calls: [{ state: "asked" }] });
    await control("resume");
    await world.eventually(async () => expect(server.requests).toHaveLength(2));
    await becomes(world, agentId, "waiting");
    await control("pause");
    await control("cancel");
    await becomes(world, agentId, "cancelled");
    const gatesOf = async (id: string) =>
      ((await world.ana.get(`/api/workflows/status/${id}`)).body.gates as { state: string }[]).map(
        ({ state }) => state,
      );
    expect((await gatesOf(workflowId)).sort()).toEqual(["approved", "withdrawn"]);

    // Whoever has enough of an agent's questions ends it from the card.
    const other = await spawned(world, { specialist: "operator", task: "fix-service", input: place });
    await becomes(world, other.agentId, "waiting");
    await world.dan.presses("Stop asking", { in: "approvals" });
    await world.eventually(async () =>
      expect((await world.dan.sees("approvals")).at(-1)?.text).toContain("Only whoever asked for this run"),
    );
    await becomes(world, other.agentId, "waiting");
    await world.ben.presses("Stop asking", { in: "approvals" });
    await becomes(world, other.agentId, "cancelled");
    expect(await gatesOf(other.workflowId)).toEqual(["withdrawn"]);
    // Also when that very press comes again before it was answered.
    const { db, tenant } = world.steward;
    const presses = await db.query<{ id: string; personId: string }>(
      `select id, person_id as "personId" from steward.inbox where body ilike '%stop asking%'`,
    );
    const stopped = presses.map(async ({ id, personId }) => [
      personId,
      (await taskWith(db, tenant, other.agentId, id))?.stopped,
    ]);
    expect(Object.fromEntries(await Promise.all(stopped))).toEqual({ dan: false, ben: true });
    await world.eventually(async () =>
      expect((await world.ana.get(`/api/workflows/status/${other.workflowId}`)).body).toMatchObject({
        status: "failed",
        error: expect.stringContaining("Ben stopped it"),
      }),
    );
  });

  test("an agent that waits for people keeps nobody from a seat", async () => {
    await using at = await withModel(database, () => calls({ name: "services_restart", input: place }));
    const { world } = at;
    const ids = await Promise.all(
      Array.from({ length: 6 }, () => spawned(world, { specialist: "operator", task: "fix-service", input: place })),
    );
    for (const { agentId } of ids) await becomes(world, agentId, "waiting");
  });

  test("an agent that is stopped takes its question back, and its run fails with who did it", async () => {
    await using at = await withModel(database, () => calls({ name: "services_restart", input: place }));
    const { world } = at;
    const { agentId } = await spawned(world, { specialist: "operator", task: "fix-service", input: place });
    await becomes(world, agentId, "waiting");
    await approval(world);
    expect(await world.cara.post(`/api/agents/control/${agentId}`, { act: "cancel" })).toMatchObject({ status: 200 });
    await becomes(world, agentId, "cancelled");
    await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "failed" }));
    await world.eventually(async () =>
      expect(await approval(world)).toMatchObject({
        buttons: [],
        outcome: "Withdrawn: the task that wanted it is over",
      }),
    );
  });

  test("an agent that is stuck counts as failed: people say how its run goes on, or have it go on itself", async () => {
    const mend = loadDefinition(
      `name: mend\nsummary: Mend it\non: { manual: true }\ntitle: mend checkout\nsteps:\n  - { id: mend, onError: escalate, agent: { specialist: operator, task: fix-service, input: { service: checkout, environment: production } } }\nreply: \${{ steps.mend.output.summary }}\n`,
      "mend",
      { tools: [], intents: [], specialists },
    );
    if (!mend.ok) throw new Error(JSON.stringify(mend.problems));
    await using at = await withModel(
      database,
      (turn) => (turn === 1 ? calls({ name: "services_restart", input: place }) : report(fixed)),
      { definitions: [mend.definition] },
    );
    const { world } = at;
    const wanted = { name: "mend", context: {}, description: "customers <b>wait</b>" };
    const { body } = await world.ana.post("/api/workflows/create", wanted);
    const agentId = await world.eventually(async () => {
      const [task] = await world.steward.db.query<{ id: string }>(
        "select id from steward.actor where machine = 'agent' and state = 'waiting'",
      );
      expect(task).toBeDefined();
      return String(task?.id);
    });
    // What it asks says why its run was asked for.
    expect((await approval(world))?.fields).toContainEqual({
      label: "Reason",
      value: '"customers <b>wait</b>" (said by Ana)',
    });
    await world.steward.kernel.mail("default", agentId, "odd", { type: "odd" }, "system");
    const why = "the state waiting does not take odd";
    expect(await statusOf(world, agentId)).toMatchObject({ status: "stuck", stuck: why });
    expect((await world.ana.get(`/api/agents/health/${agentId}`)).body).toMatchObject({
      status: "unhealthy",
      because: `It is stuck: ${why}.`,
    });
    const help = () =>
      world.eventually(async () => {
        const card = (await world.ben.sees("approvals")).findLast(({ card }) => card?.title.startsWith("Nobody"))?.card;
        expect(card).toBeDefined();
        return card;
      });
    expect(await help()).toMatchObject({
      title: "Nobody could do “mend”",
      fields: expect.arrayContaining([{ label: "Tried", value: `1. operator: it is stuck (${why}).` }]),
    });
    expect((await world.ben.get(`/runs/${body.workflowId}`)).body).toContain("Skip what it is stuck on");
    const control = (act: string, who = world.ben) => who.post(`/api/agents/control/${agentId}`, { act });
    expect(await control("skip", world.eve)).toMatchObject({ status: 404 });
    expect((await control("resume")).body).toEqual({ sentence: `It is stuck again: ${why}.` });
    expect((await control("skip")).body.sentence).toBe("What it was stuck on is put away, and it goes on.");
    await world.ben.presses("Deny", { in: "approvals", reason: "not now" });
    await becomes(world, agentId, "done");
    await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "completed" }));
    await world.eventually(async () => expect(await help()).toMatchObject({ outcome: "It was done after all." }));
  });

  test("five tasks of an operator are at work at once; the sixth begins when one has ended, or goes to who has a seat", async () => {
    const gate = Promise.withResolvers<void>();
    const standby = { ...(specialists.find(({ name }) => name === "operator") as Specialist), name: "standby" };
    const known = { tools: [], intents: [], specialists: [...specialists, standby] };
    const either = loadDefinition(
      pair.replaceAll("specialist: operator", "specialist: [operator, standby]"),
      "pair",
      known,
    );
    if (!either.ok) throw new Error(JSON.stringify(either.problems));
    await using at = await withModel(database, () => ({ ...report(fixed), after: gate.promise }), {
      specialists: [standby],
      definitions: [either.definition],
    });
    const { world } = at;
    const ids = await Promise.all(
      Array.from({ length: 6 }, () => spawned(world, { specialist: "operator", task: "fix-service", input: place })),
    );
    const states = async () =>
      (await Promise.all(ids.map(({ agentId }) => statusOf(world, agentId)))).map(({ status }) => status).sort();
    await world.eventually(async () =>
      expect(await states()).toEqual(["assigned", "thinking", "thinking", "thinking", "thinking", "thinking"]),
    );
    await world.eventually(async () => expect(at.server.requests).toHaveLength(5));
    await world.ana.post("/api/workflows/create", { name: "pair" });
    await world.eventually(async () => expect(at.server.requests).toHaveLength(7));
    const hands = await world.steward.db.query(
      "select name, state from steward.actor where machine = 'agent' and parent_id in (select id from steward.actor where name = 'have two agents look') order by name, state",
    );
    expect(hands).toEqual(
      ["operator passed", "operator passed", "standby thinking", "standby thinking"].map((one) => {
        const [name, state] = one.split(" ");
        return { name, state };
      }),
    );
    gate.resolve();
    await world.eventually(async () => expect(await states()).toEqual(Array.from({ length: 6 }, () => "done")));
  });

  test("agents of a run write for each other without overwriting anything unseen, and tell each other things", async () => {
    const loaded = loadDefinition(pair, "pair", { tools: [], intents: [], specialists });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    const written = Promise.withResolvers<void>();
    const heard: string[] = [];
    const board = (value: string, expects: number) => ({
      name: "board_write",
      input: { key: "cause", value, expects },
    });
    await using server = await startModelServer(({ body }) => {
      const told = JSON.stringify(body.messages);
      const turn = body.messages.length;
      if (told.includes("search")) {
        // The second agent is asked once it has heard what the first one did.
        if (turn === 1) return { ...calls(board("my guess", 0)), after: written.promise };
        if (turn === 3) return calls({ name: "board_read", input: { key: "cause" } }, board("both of us", 1));
        heard.push(told);
        return report({ ...fixed, summary: "Both agree" });
      }
      if (turn === 1)
        return calls(board("the disk", 0), { name: "agents_tell", input: { to: "second#1", text: "mind the disk" } });
      written.resolve();
      return report(fixed);
    });
    await using world = await startWorld({
      database,
      model: { apiKey: "test-key", baseUrl: server.url, model: null },
      extra: { definitions: [loaded.definition] },
    });
    await world.ana.post("/api/workflows/create", { name: "pair" });
    await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "completed" }));
    const rows = await world.steward.db.query("select key, version, value from steward.blackboard order by version");
    expect(rows).toEqual([
      { key: "cause", version: 1, value: '"the disk"' },
      { key: "cause", version: 2, value: '"both of us"' },
    ]);
    expect(heard).toHaveLength(1);
    for (const said of ["conflict", "the disk", "operator: mind the disk"]) expect(heard[0]).toContain(said);
  });
});
