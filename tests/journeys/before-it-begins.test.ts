import { afterAll, beforeAll, expect, test } from "vitest";
import { newKey } from "../../src/people/people.ts";
import { startWorld, type World } from "../support/world.ts";
import { runs, withKey } from "./general.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ database: "postgres" });
});
afterAll(() => world[Symbol.asyncDispose]());

/** What is answered to Ana, and whether she alone reads it. */
async function answered(text: string, where = "ops"): Promise<{ text: string; private: boolean }> {
  await world.ana.says(text, { in: where });
  return world.eventually(async () => {
    const found = (await world.ana.sees(where)).at(-1);
    expect(found?.from).toBe("steward");
    return { text: found?.text ?? "", private: found?.private === true };
  });
}

test.each([
  ["write a runbook of R-ABC123", /^There is no run R-ABC123 that you may see\. Nothing was done\.$/],
  ["write a handover of R-ABC123", /^There is no run R-ABC123 that you may see\. Nothing was done\.$/],
  [
    "scale checkout in production to 300",
    /^“instances” must be a whole number from 1 to 20, not 300\. Nothing was done\.$/,
  ],
  [
    "tell support: hi",
    /^#support is the audience “customers”, which is told only what was drafted .* Nothing was done\.$/,
  ],
])("“%s” can only fail, so nothing begins, and whoever asked is told why", async (request, why) => {
  expect(await answered(`@steward ${request}`)).toEqual({ text: expect.stringMatching(why), private: true });
  expect(await runs(world)).toEqual([]);
});

test("of several parts none begins where one can only fail", async () => {
  await answered("@steward scale checkout in staging to 300 and tell general: done");
  await world.ana.presses("Begin all of it", { in: "ops" });
  await world.eventually(async () =>
    expect((await world.ana.sees("ops")).at(-1)?.text).toMatch(/^“instances” must be a whole number from 1 to 20/),
  );
  expect(await runs(world)).toEqual([]);
});

test.each([
  [
    "tell-channel",
    { channel: "nosuch", message: "hi" },
    /There is no channel #nosuch\. There are: #help-needed, .*customers/,
  ],
  [
    "scale-service",
    { service: "checkout", environment: "staging", instances: 2.5 },
    /“instances” must be a whole number/,
  ],
  ["handover", { run: "R-ABC123" }, /There is no run R-ABC123/],
  [
    "restart-service",
    { service: "chekout", environment: "production" },
    /^There is no service "chekout" in production\. Did you mean checkout\? .* Nothing was done\.$/,
  ],
  ["rollback-service", { service: "chekout", environment: "staging" }, /^There is no service "chekout" in staging\./],
])("over REST too: %s %j", async (name, context, why) => {
  const { status, body } = await world.ana.post("/api/workflows/create", { name, context });
  expect({ status, detail: body.detail }).toEqual({ status: 422, detail: expect.stringMatching(why) });
  expect(await runs(world)).toEqual([]);
});

test("a key has no quiet hours: that is said before anything begins", async () => {
  const { steward, url } = world;
  const { id, secret, hash } = newKey();
  await steward.kernel.do({
    tenant: steward.tenant,
    actors: [],
    run: async (batch) => void batch.writes.keys.push({ id, hash, name: "ci", scopes: ["workflows:write"] }),
  });
  const create = (name: string, context: object) =>
    fetch(new URL("/api/workflows/create", url), {
      method: "POST",
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
      body: JSON.stringify({ name, context }),
    });
  for (const [name, context] of [
    ["quiet-hours", { hours: "22:00 to 7:00" }],
    ["my-quiet-hours", {}],
  ] as const) {
    const answer = await create(name, context);
    expect({ status: answer.status, ...((await answer.json()) as object) }).toMatchObject({
      status: 422,
      detail: "Only people have quiet hours: ask as a person. Nothing was done.",
    });
  }
  expect(await runs(world)).toEqual([]);
  const begun = await create("service-status", { service: "checkout", environment: "staging" });
  expect([begun.status, await begun.json()]).toMatchObject([201, { requesterName: "key ci" }]);
});

test("the record is searched for a tool by a part of its name, and for a run by words of its title", async () => {
  const found = async (query: string) =>
    (await world.cara.get(`/api/audit?${query}`)).body.entries.map(
      ({ stream, seq }: { stream: string; seq: number }) => `${stream} ${seq}`,
    );
  await world.eventually(async () => expect(await found("tool=services.status")).not.toEqual([]));
  await world.eventually(async () => expect(await runs(world)).toMatchObject([{ done: true }]));
  const whole = await found("tool=services.status");
  expect(await found("tool=status")).toEqual(whole);
  expect(await found("tool=services")).toEqual(expect.arrayContaining(whole));
  for (const none of ["tool=service", "tool=stat", "tool=services.", "run=checkout%20production"])
    expect(await found(none)).toEqual([]);
  expect(await found("run=checkout%20look%20%20staging")).toEqual(expect.arrayContaining(whole));
});

test("what is about one's own quiet hours is answered to whoever asked alone", async () => {
  for (const [request, why] of [
    ["quiet hours 22:00 to 7:00", /^Your quiet hours are 22:00 to 07:00 \(UTC\)\./],
    ["my quiet hours", /^Your quiet hours are 22:00 to 07:00 \(UTC\)\./],
    ["quiet hours off", /^You have no quiet hours/],
  ] as const)
    expect(await answered(`@steward ${request}`, "help-needed")).toEqual({
      text: expect.stringMatching(why),
      private: true,
    });
  expect((await world.ben.sees("help-needed")).filter(({ from }) => from === "steward")).toEqual([]);
});

test("a reminder whose moment was confirmed is begun once, however often its button is pressed", async () => {
  const before = (await runs(world)).length;
  expect(await answered("@steward remind me tomorrow at noon to water the plants", "approvals")).toMatchObject({
    text: expect.stringMatching(/^I take “tomorrow at noon” as .*Nothing was done yet\.$/),
  });
  const card = (await world.ana.sees("approvals")).at(-1);
  const [button] = card?.card?.buttons ?? [];
  if (card === undefined || button === undefined || !("say" in button)) throw new Error("There is no button");
  expect(button.label).toMatch(/^remind me at .* to water the plants$/);
  const press = (who: "ana" | "ben") => world[who].post("/api/chat/presses", { message: card.id, say: button.say });
  expect(await press("ana")).toMatchObject({ status: 202 });
  await world.eventually(async () => expect(await runs(world)).toHaveLength(before + 1));
  expect(await press("ana")).toMatchObject({ status: 202 });
  await world.eventually(async () =>
    expect((await world.ana.sees("approvals")).at(-1)).toMatchObject({
      private: true,
      text: expect.stringMatching(
        /^It was begun already\. Ana asked to be reminded of “water the plants”\. It will be said here/,
      ),
    }),
  );
  // Somebody else who presses it is reminded too.
  await press("ben");
  await world.eventually(async () => expect(await runs(world)).toHaveLength(before + 2));
});

test("how a run stands is told to whoever asks and may see it, and nothing begins", async () => {
  expect(await answered("@steward show R-ABC123")).toEqual({
    text: "There is no run R-ABC123 that you may see.",
    private: true,
  });
  const before = (await runs(world)).length;
  await world.ana.says("@steward restart checkout in production", { in: "general" });
  const { id, workflowId } = await world.eventually(async () => {
    const run = await world.run();
    expect(run).toMatchObject({ title: "restart checkout in production", gates: [{ state: "open" }] });
    return run;
  });
  for (const words of [`how is ${id}?`, `status of ${id.toLowerCase()}`, `what is ${id} waiting for?`]) {
    await world.ana.says(`@steward ${words}`, { in: "billing" });
    await world.eventually(async () => {
      const found = (await world.ana.sees("billing")).at(-1);
      expect(found).toMatchObject({
        private: true,
        text: `${id}: Ana asked to restart checkout in production. Waiting for approval.`,
        card: { link: `/runs/${workflowId}` },
      });
      expect(found?.card?.fields).toContainEqual({
        label: "Waits for an answer",
        value: expect.stringMatching(/^restart checkout in production: .*Ben.*, until 20/),
      });
    });
  }
  expect((await world.ben.sees("billing")).filter(({ from }) => from === "steward")).toEqual([]);
  await world.eve.says(`@steward how is ${id}?`, { in: "billing" });
  await world.eventually(async () =>
    expect((await world.eve.sees("billing")).at(-1)?.text).toBe(`There is no run ${id} that you may see.`),
  );
  expect((await runs(world)).length).toBe(before + 1);
});

test("whoever asked, and the desk, read who cancelled a run and why", async () => {
  await world.ana.says("@steward restart checkout in production for OPS-12", { in: "general" });
  const { workflowId } = await world.eventually(async () => {
    const run = await world.run();
    expect(run).toMatchObject({ name: "restart-for-ticket", gates: [{ state: "open" }] });
    return run;
  });
  const url = `/api/runs/${workflowId}/control`;
  expect(await world.ben.post(url, { act: "cancel", reason: "" })).toMatchObject({ status: 400 });
  expect(await world.ben.post(url, { act: "cancel", reason: "the ticket is closed" })).toMatchObject({ status: 200 });
  await world.eventually(async () =>
    expect(await world.thread()).toContain(
      "Stopped: Ben cancelled it: the ticket is closed. OPS-12 says how it stands.",
    ),
  );
  // Its page says in words what was done, and the call only to who opens it.
  const page = String((await world.ben.get(`/runs/${workflowId}`)).body);
  expect(page).toMatch(
    /<span>Say on OPS-12 how this run stands<\/span>\s*<details><summary>The call<\/summary><pre>tracker\.show \{/,
  );
  expect(page.replaceAll(/<pre>.*?<\/pre>/gs, "")).not.toContain("tracker.show {");
  await world.eventually(async () => {
    const { issues } = (await world.ana.get("/api/trial")).body;
    expect(issues).toMatchObject([
      {
        issue: "OPS-12",
        text: expect.stringMatching(
          /It was stopped before anything was done\. Ben cancelled it: the ticket is closed\.$/,
        ),
      },
    ]);
  });
});

test("what people are asked already is pointed to, and asked once more only by whoever says so", async () => {
  const before = (await runs(world)).length;
  const grown = (by: number) => world.eventually(async () => expect(await runs(world)).toHaveLength(before + by));
  await world.ana.says("restart search in production", { in: "general" });
  const first = await world.eventually(async () => {
    const [found] = await openGates();
    expect(found).toBeDefined();
    return found?.short;
  });
  const pointed = async (who: "ana" | "cara", text: string) => {
    await world[who].says(text, { in: "general" });
    return world.eventually(async () => {
      const found = (await world[who].sees("general")).findLast((message) =>
        message.text.startsWith(`${first} already`),
      );
      expect([found?.text, found?.private]).toEqual([
        expect.stringMatching(/ waits for this to be approved by Ben \(asked .* by Ana\)\. Nothing was begun\.$/),
        true,
      ]);
      return found;
    });
  };
  await pointed("ana", "@steward please restart search on prod");
  const card = await pointed("cara", "restart search in production because it is slow");
  expect(await openGates()).toHaveLength(1);
  const [button] = card?.card?.buttons ?? [];
  if (card === undefined || button === undefined || !("say" in button)) throw new Error("There is no button");
  expect(button.label).toBe("Ask again anyway");
  for (let times = 0; times < 2; times++)
    expect(await world.cara.post("/api/chat/presses", { message: card.id, say: button.say })).toMatchObject({
      status: 202,
    });
  await grown(2);
  await world.eventually(async () => expect(await openGates()).toHaveLength(2));
  // Somebody else's access is another wish, and so is another environment.
  await world.ana.says("I need read access to search for 2 hours", { in: "general" });
  await world.ben.says("I need read access to search for 2 hours", { in: "general" });
  await grown(4);
  await world.eventually(async () => expect(await openGates()).toHaveLength(4));
});

test("who may approve something is read from the policies and the roles people hold now", async () => {
  expect(await answered("@steward who can approve restarts in production?", "help-needed")).toMatchObject({
    text: "- production restart: 1 on-call (Ben). After 20 minutes also the manager of whoever asked.\nNobody approves what they ask for themselves.",
  });
  expect((await answered("@steward who may approve access to billing-db?", "help-needed")).text).toMatch(
    /^- access grant: 1 manager \(Cara\) and 1 security \(Dan\)\.\n/,
  );
  expect((await answered("@steward who approves holidays", "help-needed")).text).toMatch(
    /^No policy of steward\.yaml is about “holidays”\. .*There are policies for: production restart, /,
  );
});

/** Approvals about search that wait, with the run they are for. */
async function openGates(): Promise<{ short: string }[]> {
  return world.steward.db.query<{ short: string }>(
    `select a.short from steward.gate g join steward.actor a on a.tenant_id = g.tenant_id and a.id = g.run_id where g.state = 'open' and a.name like '%search%' order by g.id`,
  );
}

test("whoever a key is for approves nothing that is asked with it, their manager is asked when it is late, and it steers what is theirs", async () => {
  const scopes = "--scopes=workflows:write,workflows:read,gates:read";
  const ci = await withKey(world, "ci", "--for=ben", scopes);
  const begun = await ci("POST", "/api/workflows/create", {
    name: "restart-service",
    context: { service: "billing", environment: "production" },
  });
  expect(begun).toMatchObject({ status: 201, body: { requesterName: "key ci (for Ben)" } });
  const { workflowId } = begun.body;
  const gate = await world.eventually(async () => {
    const { gates } = (await ci("GET", "/api/gates")).body;
    const found = gates.find((one: { runId: string }) => one.runId === workflowId);
    expect(found).toMatchObject({ title: "restart billing in production" });
    return found.id as string;
  });
  const approves = (who: "ben" | "cara") => world[who].post(`/api/gates/${gate}/decision`, { decision: "approve" });
  expect(await approves("ben")).toMatchObject({ status: 403, body: { because: "own-request" } });
  const asked = { label: "Requested by", value: "key ci (for Ben)" };
  await world.eventually(async () =>
    expect((await world.cara.sees("approvals")).at(-1)?.card?.fields).toContainEqual(asked),
  );
  expect(await approves("cara")).toMatchObject({ status: 403, body: { because: "not-an-approver" } });

  // Another key of Ben's, and Ben himself, may stop it; nobody's key may not, unless it may steer what anybody asked for.
  const control = (act: string) => ["POST", `/api/runs/${workflowId}/control`, { act }] as const;
  const other = await withKey(world, "other", "--for=ben", scopes);
  const cron = await withKey(world, "cron", scopes);
  const steers = await withKey(world, "steers", "--scopes=runs:steer");
  expect(await cron(...control("pause"))).toMatchObject({ status: 403, body: { because: "scope" } });
  expect(await other(...control("pause"))).toMatchObject({ status: 200 });
  expect(await steers(...control("resume"))).toMatchObject({ status: 200 });
  expect(await steers("POST", "/api/workflows/create", { name: "service-status", context: {} })).toMatchObject({
    status: 403,
  });

  await world.passes("20m");
  await world.eventually(async () => expect(await approves("cara")).toMatchObject({ status: 200 }));
  await world.eventually(async () =>
    expect((await ci("GET", `/api/workflows/status/${workflowId}`)).body.status).toBe("completed"),
  );
  // Who is no longer here has no keys either.
  await world.owner("update steward.person set active = false where id = 'ben'");
  expect(await ci("GET", "/api/runs")).toMatchObject({ status: 401 });
  await world.owner("update steward.person set active = true where id = 'ben'");
  expect(await ci("GET", "/api/runs")).toMatchObject({ status: 200 });
});

test("whoever a key is for does not take what it asked for, and may withdraw it", async () => {
  const ci = await withKey(world, "desk", "--for=ben");
  const context = { question: "who waters the plants?", whom: "person" };
  const { body } = await ci("POST", "/api/workflows/create", { name: "help-request", context });
  const status = async () => (await ci("GET", `/api/workflows/status/${body.workflowId}`)).body.status;
  await world.eventually(async () => expect(await status()).toBe("waiting"));
  await world.ben.says(`@steward take ${body.id}`, { in: "ops" });
  await world.eventually(async () =>
    expect((await world.ben.sees("ops")).at(-1)?.text).toMatch(/^You asked for this yourself, so somebody else/),
  );
  await world.ben.says(`@steward withdraw ${body.id}`, { in: "ops" });
  await world.eventually(async () => expect(await status()).toBe("completed"));
});
