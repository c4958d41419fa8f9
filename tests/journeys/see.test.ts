import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineTool } from "../../src/domain/tool.ts";
import { type Definition, loadDefinition } from "../../src/workflow/index.ts";
import { oneBase, startWorld, type World } from "../support/world.ts";

const answer = (world: World, text: string | RegExp, viewer: "ana" | "eve" = "ana") =>
  world.eventually(async () =>
    expect((await world.thread(viewer)).at(-1)).toEqual(typeof text === "string" ? text : expect.stringMatching(text)),
  );
const status = (world: World, wanted: string) =>
  world.eventually(async () => expect(await world.run()).toMatchObject({ status: wanted }));
const control = async (world: World, who: "ana" | "ben" | "dan" | "eve", act: string) =>
  world[who].post(`/api/runs/${(await world.run()).workflowId}/control`, { act });
const noRuns = async (world: World) => expect((await world.cara.get("/api/runs")).body.runs).toEqual([]);

/** A run that waits for ben, its card shown. */
async function waiting(world: World): Promise<void> {
  await world.ana.says("restart checkout in production", { in: "ops" });
  await world.eventually(async () => expect(await world.cards()).toHaveLength(2));
}

const looker = defineTool({
  name: "shelf.look",
  summary: "Look at a shelf",
  params: z.object({ shelf: z.string() }),
  result: z.object({ next: z.string() }),
  risk: () => "read",
  effect: "keyed",
  timeoutMs: 1000,
  describe: ({ shelf }) => `Look at the shelf ${shelf}`,
  run: async () => ({ next: "b" }),
});

/** Looks at one shelf, then at this one. */
function peek(name: string, next: string): Definition {
  const look = (shelf: string) => `tool: {name: shelf.look, args: {shelf: "${shelf}"}}`;
  const text = `name: peek-${name}
summary: Look twice
phrases: ["peek ${name}"]
steps:
  - {id: first, ${look("a")}}
  - {id: second, dependsOn: first, ${look(next)}}
`;
  const loaded = loadDefinition(text, "peek.yaml", { tools: [looker], intents: [], specialists: [] });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.definition;
}

describe.each(oneBase)("to see and to steer, on %s", (database) => {
  test("help lists what can be asked, and its buttons ask it", async () => {
    await using world = await startWorld({ database });
    await world.ana.says("help", { in: "general" });
    await answer(world, "Write it as it stands here, or press one.");
    const card = (await world.ana.sees("general")).at(-1)?.card;
    expect(card?.title).toBe("What you can ask");
    // A line for each kind, with everything that can be said.
    expect(card?.fields).toHaveLength(8);
    expect(card?.fields).toContainEqual({
      label: expect.stringMatching(/^Restart a service/),
      value: expect.stringMatching(/^restart checkout in production · how is checkout\?/),
    });
    const listed = card?.fields.flatMap(({ value }) => value.split(" · ")) ?? [];
    expect(listed).toEqual(expect.arrayContaining(["I'll take it", "solved", "link", "unlink", "how is R-ABC123?"]));
    const { intents } = world.steward;
    for (const { examples, hidden } of intents) expect(listed.includes(examples[0] ?? "")).toBe(!hidden);
    expect(card?.link).toBe("/help");
    await world.ana.presses("how is checkout?");
    await answer(world, /^checkout in production is healthy: 3 of 3 instances running/);
    expect(await world.thread("ben")).not.toContain("how is checkout?");
  });

  test("how a service is says its figures, and a restart that did not help says so", async () => {
    await using world = await startWorld({ database });
    const place = { environment: "staging" };
    await world.ana.post("/api/trial/break", { service: "website", fault: "bad-deploy", ...place });
    await world.ana.says("how is website in staging?", { in: "ops" });
    await answer(
      world,
      /^website in staging is not healthy: 3\d\.?\d* % of its requests fail, \d of \d instances? running/,
    );
    await world.ana.says("restart website in staging", { in: "ops" });
    await world.eventually(async () => expect((await world.thread()).join("\n")).toContain("Watching: check."));
    await world.passes("2m");
    await answer(
      world,
      /^The restart did not help: website in staging is not healthy: 3\d\.?\d* % of its requests fail/,
    );

    await world.ana.post("/api/trial/break", { service: "search", fault: "hung", ...place });
    await world.ana.says("restart search in staging", { in: "ops" });
    await world.eventually(async () => expect((await world.thread()).join("\n")).toMatch(/search .*Watching: check\./));
    await world.passes("31s");
    await answer(world, /^search in staging is healthy: /);
  });

  test("after hours away an expired question is settled, and nobody is reminded of it", async () => {
    await using world = await startWorld({ database });
    await waiting(world);
    await world.restarts({ meanwhile: () => world.passes("30h") });
    await status(world, "cancelled");
    const said = (await world.thread()).join("\n");
    expect(said).not.toMatch(/Still waiting|No decision yet/);
    await world.eventually(async () => {
      for (const { message } of await world.cards()) expect(message.card?.outcome).toBe("Expired: nobody answered");
    });
  });

  test("a slip is answered with what was probably meant, and nothing is done before it is pressed", async () => {
    await using world = await startWorld({ database });
    await world.ana.says("/steward restrat chekout in staging", { in: "ops" });
    await answer(world, "Did you mean one of these? Nothing was done yet.");
    await noRuns(world);
    await world.ana.presses("restart checkout in staging");
    await status(world, "completed");
  });

  test("a service that does not exist is said so, with those there are", async () => {
    await using world = await startWorld({ database });
    await world.ana.says("@steward restart payroll in staging", { in: "ops" });
    await answer(world, 'There is no service called "payroll". Which service?');
    expect((await world.ana.sees("ops")).at(-1)?.card?.buttons.map((button) => button.label)).toEqual([
      "billing",
      "checkout",
      "search",
      "website",
    ]);
    await noRuns(world);
  });

  test("in a channel it keeps silent unless it is spoken to or understood whole", async () => {
    await using world = await startWorld({ database });
    await world.ana.says("the restart of checkout went badly, did it not?", { in: "general" });
    await world.ana.says("lunch?", { in: "general" });
    await world.ana.says("please do not restart checkout in production", { in: "general" });
    await world.eventually(async () =>
      expect(await world.steward.db.query("select 1 from steward.inbox where outcome = 'silent'")).toHaveLength(3),
    );
    expect((await world.ana.sees("general")).map((message) => message.from)).toEqual(["ana", "ana", "ana"]);
    await noRuns(world);
    await world.ana.says("@steward thanks a lot!", { in: "general" });
    await answer(world, "You are welcome.");
    await world.ana.says("@steward tell general: the demo begins at noon", { in: "general" });
    await answer(world, "#general was told: the demo begins at noon");
  });

  test("a guest may ask how things are, but starts nothing", async () => {
    const definitions = [peek("around", "b"), peek("further", "${{ steps.first.output.next }}")];
    await using world = await startWorld({ database, extra: { tools: [looker], definitions } });
    await world.eve.says("restart checkout in staging", { in: "ops" });
    await answer(world, /^Guests may only look and ask questions/, "eve");
    expect(await world.thread("ana")).toEqual(["restart checkout in staging"]);
    // What is looked at next would be chosen by what came from outside.
    await world.eve.says("peek further", { in: "ops" });
    await answer(world, /^Guests may only look and ask questions/, "eve");
    await noRuns(world);
    await world.eve.says("peek around", { in: "ops" });
    await status(world, "completed");
  });

  test("a run created over REST tells how far it is, and the same key starts it once", async () => {
    await using world = await startWorld({ database });
    const keyed = (who: string, path: string, key: string, body: object) =>
      fetch(new URL(path, world.url), {
        method: "POST",
        headers: { "x-steward-person": who, "content-type": "application/json", "idempotency-key": key },
        body: JSON.stringify(body),
      });
    const create = (service = "checkout", key = "monday") =>
      keyed("ana", "/api/workflows/create", key, {
        name: "restart-service",
        description: "it leaks\nmemory",
        priority: "high",
        context: { service, environment: "production" },
      });
    const created = await create();
    expect(created.status).toBe(201);
    const run = (await created.json()) as { workflowId: string };
    expect(run).toMatchObject({ priority: "high", title: "restart checkout in production", requesterId: "ana" });
    expect(run).toMatchObject({ reason: "it leaks memory" });
    expect(await (await create()).json()).toMatchObject({ workflowId: run.workflowId });
    expect([(await create("search")).status, (await create("search", "x".repeat(201))).status]).toEqual([409, 400]);
    const other = (await (await create("search", "tuesday")).json()) as { workflowId: string };
    const gates = await world.eventually(async () => {
      const open = (await world.ben.get("/api/gates")).body.gates as { id: string; runId: string }[];
      expect(open).toHaveLength(2);
      return open;
    });
    const decides = async (runId: string, body: object) => {
      const gate = gates.find((one) => one.runId === runId)?.id;
      return (await keyed("ben", `/api/gates/${gate}/decision`, "my key", body)).json();
    };
    // The key of an answer is this answer's: with another, or to another question, it is another press.
    expect(await decides(other.workflowId, { decision: "deny" })).toMatchObject({ outcome: "form" });
    const no = { decision: "deny", reason: "not that one" };
    for (const _ of [1, 2]) expect(await decides(other.workflowId, no)).toMatchObject({ outcome: "denied" });
    for (const _ of [1, 2])
      expect(await decides(run.workflowId, { decision: "approve" })).toMatchObject({ outcome: "approved" });
    const seen = await world.eventually(async () => {
      const { body } = await world.ana.get(`/api/workflows/status/${run.workflowId}`);
      expect(body).toMatchObject({ status: "completed" });
      return body;
    });
    expect(seen.steps.map((step: { id: string; state: string }) => [step.id, step.state])).toEqual([
      ["approval", "done"],
      ["restart", "done"],
      ["check", "done"],
    ]);
    expect(seen.gates).toMatchObject([{ state: "approved" }]);
    expect((await world.ana.get("/api/runs")).body.runs).toHaveLength(2);
    expect(await world.ana.post("/api/workflows/create", { name: "restart-servce", context: {} })).toMatchObject({
      status: 422,
      body: { near: ["restart-service"] },
    });
  });

  test("a run can be cancelled by whoever asked and by a manager, not by anybody", async () => {
    await using world = await startWorld({ database });
    await waiting(world);
    expect(await control(world, "dan", "cancel")).toMatchObject({ status: 403, body: { because: "not-yours" } });
    expect(await control(world, "ana", "cancel")).toMatchObject({ status: 200 });
    await status(world, "cancelled");
    await answer(world, "Stopped: Ana cancelled it.");
    await world.eventually(async () => {
      for (const { message } of await world.cards())
        expect(message.card).toMatchObject({ buttons: [], outcome: "Withdrawn: Ana cancelled it" });
    });
    expect(await world.run()).toMatchObject({ error: "Stopped: Ana cancelled it." });
    expect(await control(world, "ana", "again")).toMatchObject({
      body: { sentence: "There is nothing to do again: only a run that failed can be taken up again." },
    });
  });

  test("paused, a run hears the approval but does nothing until it is resumed", async () => {
    await using world = await startWorld({ database });
    await waiting(world);
    expect(await control(world, "ana", "pause")).toMatchObject({ status: 200 });
    await status(world, "paused");
    expect(await world.ben.presses("Approve")).toMatchObject({ body: { outcome: "approved" } });
    await world.passes("50m");
    expect(await world.run()).toMatchObject({ status: "paused", state: "waiting" });
    expect(await control(world, "ben", "resume")).toMatchObject({ status: 200 });
    await status(world, "completed");
  });

  test("a run that failed is done again, with a new approval", async () => {
    await using world = await startWorld({ database });
    await waiting(world);
    await control(world, "ana", "pause");
    await world.ben.presses("Approve");
    await world.owner("delete from steward.role_grant where person_id = 'ben'");
    await control(world, "ana", "resume");
    await status(world, "failed");
    await world.owner(
      "insert into steward.role_grant (tenant_id, person_id, role) values ('default', 'ben', 'on-call')",
    );
    expect(await control(world, "ana", "again")).toMatchObject({
      status: 200,
      body: { sentence: "What failed is done again." },
    });
    await status(world, "waiting");
    await world.eventually(async () =>
      expect((await world.run()).gates).toMatchObject([{ state: "approved" }, { state: "open" }]),
    );
    await world.eventually(async () =>
      expect(await world.ben.presses("Approve")).toMatchObject({ body: { outcome: "approved" } }),
    );
    await status(world, "completed");
    const [, restart] = (await world.run()).steps;
    expect(restart).toMatchObject({ id: "restart", state: "done", generation: 2 });
  });

  test("the gates that wait for me are listed for me, and not for others", async () => {
    await using world = await startWorld({ database });
    await waiting(world);
    const waitingFor = async (who: "ana" | "ben" | "dan" | "cara") =>
      (await world[who].get("/api/gates")).body.gates.length;
    expect(await Promise.all([waitingFor("ben"), waitingFor("dan"), waitingFor("cara"), waitingFor("ana")])).toEqual([
      1, 0, 0, 0,
    ]);
    const [gate] = (await world.ben.get("/api/gates")).body.gates;
    expect(await world.ben.post(`/api/gates/${gate.id}/decision`, { decision: "approve" })).toMatchObject({
      status: 200,
      body: { outcome: "approved" },
    });
    expect(await waitingFor("ben")).toBe(0);
    await status(world, "completed");
  });

  test("what nobody can see being changed is found: the record names the entry", async () => {
    await using world = await startWorld({ database });
    await world.ana.says("how is checkout?", { in: "ops" });
    await status(world, "completed");
    expect((await world.cara.get("/api/audit/verify")).body).toMatchObject({
      ok: true,
      limits: expect.arrayContaining([expect.any(String)]),
    });
    const { workflowId } = await world.run();
    await world.owner(
      `alter table steward.audit disable trigger all; update steward.audit set entry = replace(entry, '"by":"ana"', '"by":"ben"') where stream = 'actor:${workflowId}' and seq = 1; alter table steward.audit enable trigger all`,
    );
    expect((await world.cara.get("/api/audit/verify")).body).toMatchObject({
      ok: false,
      first: { stream: `actor:${workflowId}`, seq: 1 },
    });
    await world.owner(
      `alter table steward.audit disable trigger all; update steward.audit set entry = replace(entry, '"by":"ben"', '"by":"ana"') where stream = 'actor:${workflowId}' and seq = 1; alter table steward.audit enable trigger all`,
    );
  });

  test("every effect of a run that is over is settled", async () => {
    await using world = await startWorld({ database });
    await world.ana.says("how is checkout?", { in: "ops" });
    await status(world, "completed");
    expect(await world.steward.db.query("select tool, state from steward.effect")).toEqual([
      { tool: "agents.seat", state: "done" },
      { tool: "services.status", state: "done" },
    ]);
  });
});
