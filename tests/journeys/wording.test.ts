import { expect, test } from "vitest";
import { shortId } from "../../src/domain/ids.ts";
import { type ModelReply, startModelServer } from "../support/model-server.ts";
import { startWorld } from "../support/world.ts";
import { card, runs } from "./general.ts";
import { serviceNow } from "./incident-world.ts";

const saysOf = (intent: string | null, params: Record<string, string> = {}): ModelReply => ({
  content: [{ type: "tool_use", id: "t1", name: "report", input: { intent, params, confidence: 0.9 } }],
});

const report = (input: unknown): ModelReply => ({ content: [{ type: "tool_use", id: "r1", name: "report", input }] });
const onSearch = { service: "search", environment: "production" };

test("what only a model understands is offered, asked about once, and begins when it is confirmed", async () => {
  await using server = await startModelServer(() =>
    saysOf("restart-service", { service: "checkout", environment: "production" }),
  );
  await using world = await startWorld({
    database: "postgres",
    model: { apiKey: "test-key", baseUrl: server.url, model: null },
  });
  await world.ana.says("@steward checkout on the live one makes me so sad, do the usual dance", { in: "general" });
  await card(world, /^Did you mean one of these/);
  expect(await runs(world)).toEqual([]);
  expect(server.requests).toHaveLength(1);
  expect(server.requests[0]?.body.system[0].text).not.toContain("sad");
  await world.ana.presses("restart checkout in production");
  await world.eventually(async () =>
    expect(await world.run()).toMatchObject({ title: "restart checkout in production", status: "waiting" }),
  );
  expect(server.requests).toHaveLength(1);
});

test("several wishes at once become a plan that is shown first, and begun from anywhere by whoever asked for it", async () => {
  const plan = {
    title: "mend search and tell general",
    steps: [
      { id: "look", agent: { specialist: "observer", task: "service-health", input: onSearch } },
      { id: "mend", dependsOn: ["look"], tool: { name: "services.restart", args: onSearch } },
      {
        id: "tell",
        dependsOn: ["mend"],
        notify: { to: "#general", text: "search is back: ${{ steps.look.output.summary }}" },
      },
    ],
    reply: "search was restarted.",
  };
  let heardAs: string | null = null;
  await using server = await startModelServer(({ body }) =>
    JSON.stringify(body.system).includes("You turn a request into a plan")
      ? report({ summary: "Restarts search, then tells #general.", plan })
      : saysOf(heardAs, { request: "delete everything" }),
  );
  await using world = await startWorld({
    database: "postgres",
    model: { apiKey: "test-key", baseUrl: server.url, model: null },
  });
  const wish = "get search back on its feet and afterwards let the general crowd know";
  const asked = `make a plan to ${wish}`;
  // A model that says it is nothing it knows leaves people the choice.
  await world.ana.says(`@steward ${wish}`, { in: "general" });
  const unsure = await card(world, /^I cannot do that as you wrote it; nothing was done\. I can work out a plan/);
  expect(unsure?.card?.buttons[0]).toMatchObject({ label: `${asked.slice(0, 69).trimEnd()}…`, say: asked });
  await world.ana.says("@steward restart search in staging and let the general crowd know", { in: "general" });
  const part = await card(world, /^Did you mean .* A plan is made of all that you said, and begins nothing\.$/);
  expect(part?.card?.buttons.map(({ label }) => label)).toEqual([
    "restart search in staging",
    "make a plan to restart search in staging and let the general crowd kn…",
    "None of these: ask a person",
  ]);
  heardAs = "make-plan";
  await world.ana.says(`@steward please ${wish}, thanks`, { in: "general" });
  const offered = await card(world, /^Did you mean one of these\? Nothing was done yet\.$/);
  expect(offered?.card?.buttons.map(({ label }) => label)).toEqual([asked, "None of these: ask a person"]);
  expect(await runs(world)).toEqual([]);
  await world.ana.presses(asked);
  await world.eventually(async () =>
    expect((await world.ana.sees("general")).at(-1)?.card?.fields[0]?.value.split("\n")).toEqual([
      "1. observer or data: how is search in production",
      "2. Restart search in production, one instance at a time (when 1 is done; dangerous: people are asked first)",
      "3. Tell #general: “search is back: ‹what step 1 found›” (when 2 is done)",
    ]),
  );
  const short = shortId((await world.run()).workflowId);
  const restarts = () =>
    world.steward.db.query("select 1 from steward.trial_operation where kind = 'services.restart'");
  await world.ben.says(`@steward begin ${short}`, { in: "general" });
  await card(world, "This is for Ana to say.", "ben");
  await world.ana.says(`/steward begin ${short}`, { in: "ops" });
  await world.eventually(async () =>
    expect((await world.cards())[0]?.message.card?.title).toMatch(/^Approve: mend search and tell general/),
  );
  expect(await restarts()).toEqual([]);
  await world.ben.presses("Approve", { in: "approvals" });
  await card(world, /^search is back: search in production is healthy/);
  expect(await restarts()).toHaveLength(1);
});

test.each<[string, ModelReply]>([
  ["says it is nothing", saysOf(null)],
  ["answers what there is not", saysOf("delete-everything", { what: "all" })],
  ["refuses", { status: 403 }],
  ["answers without a shape", { content: [{ type: "text", text: "restart everything" }] }],
])("a model that %s leaves it as it is without one", async (_, reply) => {
  await using server = await startModelServer(() => reply);
  await using world = await startWorld({
    database: "postgres",
    model: { apiKey: "test-key", baseUrl: server.url, model: null },
  });
  await world.ana.says("@steward release the doves of peace", { in: "general" });
  await card(world, "I cannot do that as you wrote it; nothing was done.");
  expect(await runs(world)).toEqual([]);
});

test("what was begun about something else teaches nothing", async () => {
  await using world = await startWorld({ database: "postgres" });
  await world.ana.says("@steward release the doves of peace", { in: "general" });
  await card(world, "I cannot do that as you wrote it; nothing was done.");
  await world.ana.says("@steward restart checkout in staging", { in: "general" });
  await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "completed" }));
  expect(await world.steward.db.query("select 1 from steward.learned_example")).toEqual([]);
});

test("access until a day is confirmed with the moment it was taken for, in its writer's zone", async () => {
  await using world = await startWorld({ database: "postgres" });
  await world.ana.says("@steward give me read access to billing until tomorrow 9am", { in: "general" });
  const asked = await card(world, /^I take “until tomorrow 9am” as .*, 09:00 \(UTC\)\. Nothing was done yet\.$/);
  expect(await runs(world)).toEqual([]);
  expect(asked?.card?.buttons.map(({ label }) => label)[0]).toMatch(
    /^give me read access to billing until \d{4}-\d\d-\d\d 09:00 UTC$/,
  );
  await world.ana.says("yes", { in: "general", inThread: true });
  await world.eventually(async () =>
    expect(await world.run()).toMatchObject({ title: "get read access to billing", status: "waiting" }),
  );
  const [run] = await world.steward.db.query<{ ms: number }>(
    "select (snapshot::json->'context'->'input'->>'duration')::float8 as ms from steward.actor where machine = 'plan'",
  );
  expect(run?.ms).toBeGreaterThan(9 * 3_600_000 - 60_000);
  expect(run?.ms).toBeLessThanOrEqual(33 * 3_600_000);
});

test("a reminder for a moment comes then", async () => {
  await using world = await startWorld({ database: "postgres" });
  await world.ana.says("@steward remind me tomorrow at noon to water the plants", { in: "general" });
  await card(world, /^I take “tomorrow at noon” as /);
  await world.ana.says("ok", { in: "general", inThread: true });
  await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "waiting" }));
  await world.passes("2d");
  await card(world, "Ana, you wanted to be reminded: water the plants");
});

test("reminders are listed and cancelled by whoever they are for, and by nobody else", async () => {
  await using world = await startWorld({ database: "postgres" });
  const mine = (who: "ana" | "ben") => world[who].says("@steward what reminders do I have?", { in: "general" });
  const shown = async (who: "ana" | "ben", text: RegExp) =>
    world.eventually(async () => {
      const last = (await world[who].sees("general")).at(-1);
      expect(last).toMatchObject({ text: expect.stringMatching(text), private: true });
      return last?.text ?? "";
    });
  const listed = async () => (await runs(world)) as { short: string; title: string; state: string }[];
  await mine("ana");
  await shown("ana", /^You have no reminders\.$/);
  await world.ana.says("@steward remind me in 2 hours to go to the daily standup", { in: "general" });
  await card(world, /^In 2 hours it is said here: go to the daily standup$/);
  await world.ana.says("@steward remind me in 1 hour to check logs", { in: "general" });
  await card(world, /^In 1 hour it is said here: check logs$/);
  await mine("ana");
  await shown(
    "ana",
    /^You have 2 reminders:\n• \d{4}-\d\d-\d\d \d\d:\d\d \(UTC\), (R-\w{6}): check logs\n• .* \(UTC\), R-\w{6}: go to the daily standup\nTo drop one, say “cancel reminder \1”/,
  );
  await mine("ben");
  await shown("ben", /^You have no reminders\.$/);
  await world.ben.says("@steward how is everything?", { in: "general" });
  await card(world, /^Nothing needs anybody now\.\nAll 8 services are well\.$/, "ben");
  const short = (await listed()).find(({ title }) => title.includes("standup"))?.short ?? "";
  for (const text of [`cancel reminder ${short}`, "cancel my reminder about the standup", "cancel my reminders"]) {
    await world.ben.says(`@steward ${text}`, { in: "general" });
    await shown("ben", /^There is nothing like that to end just now\.$/);
  }
  // Which of two is asked, and one is known by a word of it.
  await world.ana.says("@steward cancel my reminder", { in: "general" });
  await shown("ana", /^Which one do you mean\? Nothing was done yet\.$/);
  await world.ana.says("@steward cancel my reminder about the standup", { in: "general" });
  await world.eventually(async () =>
    expect((await listed()).filter(({ state }) => state === "waiting")).toHaveLength(1),
  );
  await card(world, "This reminder was cancelled: go to the daily standup");
  await world.ana.presses("Cancel", { in: "general" });
  await card(world, "This reminder was cancelled: check logs");
  await world.passes("3h");
  await mine("ana");
  await shown("ana", /^You have no reminders\.$/);
  expect((await world.ana.sees("general")).filter(({ text }) => text.includes("you wanted to be reminded"))).toEqual(
    [],
  );

  await world.ana.says("@steward remind me in 1 hour to stretch", { in: "general" });
  await card(world, /^In 1 hour it is said here: stretch$/);
  await world.ana.says("@steward cancel it", { in: "general", inThread: true });
  await card(world, "This reminder was cancelled: stretch");
  await world.ana.says("@steward remind ben in 1 hour to look at the gate", { in: "general" });
  const offer = await card(world, "I remind only whoever asks me, so nobody will be. Shall I remind you?");
  expect(offer?.card?.buttons.map(({ label }) => label)).toEqual(["remind me in 1 hour to look at the gate"]);
  await world.ana.says("yes", { in: "general", inThread: true });
  await card(world, /^In 1 hour it is said here: look at the gate$/);
});

test("a workflow that brings its own phrases is asked for in them, listed in help and approved as ever", async () => {
  await using world = await startWorld({ database: "postgres" });
  await world.ana.says("@steward scale checkout in prod to 4", { in: "general" });
  await world.eventually(async () =>
    expect(await world.run()).toMatchObject({
      title: "run checkout in production on 4 instances",
      status: "waiting",
    }),
  );
  await world.ben.presses("Approve", { in: "approvals" });
  await card(world, /^checkout in production runs on 4 instances, before on \d+\.$/);
  await world.ana.says("@steward deploy website", { in: "general" });
  const cannot = await card(world, /^I cannot do that as you wrote it; nothing was done\. Below is what can be asked/);
  expect(cannot?.card?.buttons.map(({ label }) => label)).toEqual([
    "how is website",
    "restart website in staging",
    "roll back website in staging",
    "help",
    "Ask a person",
  ]);
  await world.ana.says("@steward who is on call?", { in: "general" });
  await card(world, "On call now: Ben.");
  await world.ana.says("@steward help", { in: "general" });
  const help = await world.eventually(async () => {
    const found = (await world.ana.sees("general")).findLast((message) => message.card?.title === "What you can ask");
    expect(found).toBeDefined();
    return found;
  });
  expect(help?.card?.fields).toContainEqual({
    label: expect.stringMatching(/^Restart a service/),
    value: expect.stringContaining(" · scale checkout in staging to 3"),
  });
  expect(help?.card?.fields.map(({ value }) => value).filter((value) => /plan/.test(value))).toEqual([]);
});

test("what waits for others is taken back in words, by whoever asked for it and nobody else", async () => {
  await using world = await startWorld({ database: "postgres" });
  const state = async () => (await world.run()) as { status: string; done: boolean };
  await world.ana.says("@steward restart checkout in production", { in: "general" });
  await world.eventually(async () => expect(await state()).toMatchObject({ status: "waiting" }));
  await world.ben.says("@steward cancel that", { in: "general", inThread: true });
  await world.eventually(async () =>
    expect(
      await world.steward.db.query(
        "select 1 from steward.inbox where body like '%cancel that%' and outcome is not null",
      ),
    ).toHaveLength(1),
  );
  expect(await state()).toMatchObject({ status: "waiting" });

  // After a question of Steward's own it asks which of the two is meant.
  await world.ana.says("@steward I need access", { in: "general", inThread: true });
  await card(world, /^Access to what\?/);
  await world.ana.says("never mind", { in: "general", inThread: true });
  const offered = await card(world, /^All right, I do not ask that any more\. R-\w{6} still waits for others/);
  expect(offered?.card?.buttons.map(({ label }) => label)).toEqual([
    expect.stringMatching(/^Withdraw R-\w{6}: restart checkout in production$/),
  ]);
  expect(await state()).toMatchObject({ status: "waiting" });
  await world.ana.says("yes", { in: "general", inThread: true });
  await card(world, "You withdrew your request. Nothing will be done.");
  await world.eventually(async () => expect(await state()).toMatchObject({ status: "cancelled", done: true }));

  // Who thinks again where it waits is asked, and so is who names it elsewhere.
  await world.ana.says("@steward restart checkout in production", { in: "general" });
  await world.eventually(async () => expect(await state()).toMatchObject({ status: "waiting" }));
  await world.ana.says("actually staging is enough, forget prod", { in: "general", inThread: true });
  await card(world, /^R-\w{6} still waits for others to approve it, as it was asked\.$/);
  expect(await state()).toMatchObject({ status: "waiting" });
  await world.ana.says("@steward nvm the restart", { in: "general" });
  const asked = await card(world, /^R-\w{6} still waits for others to approve it, as it was asked\.$/);
  await world.ana.presses(asked?.card?.buttons[0]?.label ?? "", { in: "general" });
  await world.eventually(async () => expect(await state()).toMatchObject({ status: "cancelled", done: true }));
  await world.ana.says("@steward nvm the restart", { in: "general" });
  await card(world, "Nothing of yours waits for others to approve it, so there is nothing to take back.");

  for (const words of ["cancel it", "please stop", "Never mind!", "withdraw it"]) {
    const before = (await runs(world)).length;
    await world.ana.says("@steward restart checkout in production", { in: "general" });
    await world.eventually(async () => expect(await runs(world)).toHaveLength(before + 1));
    await world.eventually(async () => expect(await state()).toMatchObject({ status: "waiting" }));
    await world.ana.says(words, { in: "general", inThread: true });
    await world.eventually(async () =>
      expect([words, await state()]).toMatchObject([words, { status: "cancelled", done: true }]),
    );
  }
  expect(await world.recorded("refused")).toEqual([]);
});

test("what is offered can be put right before it is begun", async () => {
  await using world = await startWorld({ database: "pglite" });
  await world.ana.says("@steward need billing access", { in: "general" });
  const offers = (say: string) =>
    world.eventually(async () =>
      expect((await world.ana.sees("general")).at(-1)?.card?.buttons.map(({ label }) => label)).toContain(say),
    );
  await offers("I need access to billing");
  await world.ana.says("for a day", { in: "general", inThread: true });
  await offers("I need access to billing for 1 day");
  await world.ana.says("write", { in: "general", inThread: true });
  await offers("I need write access to billing for 1 day");
  expect(await runs(world)).toEqual([]);
  await world.ana.says("yes", { in: "general", inThread: true });
  await card(world, "Ana asked to get write access to billing. Waiting for approval.");
});

test("a service is rolled back to the release before, which the question names", async () => {
  await using world = await startWorld({ database: "postgres" });
  const { version } = await serviceNow(world, "search");
  await world.ana.says("@steward roll back search in production", { in: "general" });
  await card(world, `No version before ${version} is on record. Say which one:`);
  await card(world, "Ana asked to roll search in production back. Nothing was done.");
  await world.ana.says("@steward roll back search in production to 9.9.9", { in: "general" });
  await card(world, /^Stopped: Version 9\.9\.9 never ran on search in production\. No other version did\.$/);
  await world.ana.says(`@steward roll back search in production to ${version}`, { in: "general" });
  await card(world, `search in production runs version ${version} already, so nobody was asked.`);
  await world.ana.says("@steward scale search in staging to 2", { in: "general" });
  const same = await card(world, /^Ana asks for approval: run search in staging on 2 instances/, "ben");
  expect(same?.card?.fields.find(({ label }) => label === "Dry run")?.value).toBe(
    "Would do nothing: it runs on 2 instances already.",
  );
  await world.ben.presses("Approve", { in: "approvals" });
  await card(world, "search in staging ran on 2 instances already.");
  await card(world, "Ana asked to run search in staging on 2 instances. Nothing was done.");
  await world.owner(
    `insert into steward.trial_deploy (tenant_id, service, environment, version, by_id, at)
     values ('default', 'search', 'production', '0.9.12', 'ben', steward.now() - interval '9 days')`,
  );
  await world.ana.says("@steward roll back search", { in: "general" });
  await world.ana.presses("production", { in: "general" });
  const asked = await card(world, /^Ana asks for approval: roll search in production back/, "ben");
  expect(asked?.card?.fields.find(({ label }) => label === "What")?.value).toContain("back to version 0.9.12");
  await world.ben.presses("Approve", { in: "approvals" });
  await card(world, `search in production runs version 0.9.12 again, instead of ${version}.`);
  expect(await serviceNow(world, "search")).toMatchObject({ version: "0.9.12" });
});
