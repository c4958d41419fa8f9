import { expect, test } from "vitest";
import { type ModelReply, startModelServer } from "../support/model-server.ts";
import { startWorld, type World } from "../support/world.ts";
import { serviceNow } from "./incident-world.ts";

test("what was said in other words is offered, and begins only when it is pressed", async () => {
  await using world = await startWorld({ database: "pglite" });
  await world.ana.says("@steward checkout in production hangs, somebody kick it", { in: "general" });
  await world.eventually(async () =>
    expect(await world.thread()).toContain("Did you mean one of these? Nothing was done yet."),
  );
  expect(await world.steward.db.query("select 1 from steward.actor")).toEqual([]);
  await world.ana.presses("restart checkout in production");
  await world.eventually(async () =>
    expect(await world.run()).toMatchObject({ title: "restart checkout in production", status: "waiting" }),
  );
});

test("what only asks is answered at once when it is put to Steward, and not when people talk among themselves", async () => {
  await using world = await startWorld({ database: "pglite" });
  const outcomes = async () =>
    (await world.steward.db.query<{ outcome: string | null }>("select outcome from steward.inbox order by id")).map(
      ({ outcome }) => outcome?.split(":")[0],
    );
  await world.ana.says("any trouble with search in staging", { in: "general" });
  await world.eventually(async () => expect(await outcomes()).toEqual(["silent"]));
  await world.ana.says("@steward any trouble with search in staging", { in: "general" });
  await world.eventually(async () => expect((await outcomes()).sort()).toEqual(["run", "silent"]));
  await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "completed" }));
});

const card = (world: World, text: string | RegExp, viewer: "ana" | "ben" = "ana") =>
  world.eventually(async () => {
    const found = (await world[viewer].sees("general")).findLast((message) => message.text.match(text));
    expect(found, `${viewer} reads ${text}`).toBeDefined();
    return found;
  });
const runs = async (world: World) => (await world.cara.get("/api/runs")).body.runs as unknown[];

test("what sounds like a command and is none asks nobody for help until somebody says so", async () => {
  await using world = await startWorld({ database: "pglite" });
  await world.ana.says("@steward deploy the blue lamp everywhere", { in: "general" });
  const told = await card(world, "I cannot do that as you wrote it; nothing was done.");
  expect(told?.card?.buttons.map(({ label }) => label)).toEqual(["help", "Ask a person"]);
  expect(await runs(world)).toEqual([]);
  await world.ana.says("ask a person", { in: "general", inThread: true });
  await card(world, "Ana needs help: deploy the blue lamp");
  expect(await runs(world)).toHaveLength(1);
});

test("a decision in words decides nothing and says where to press", async () => {
  await using world = await startWorld({ database: "pglite" });
  await world.ana.says("@steward restart checkout in production", { in: "general" });
  await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "waiting" }));
  await world.ben.says("approve it", { in: "general", inThread: true });
  await card(world, "Press the button on the card: a decision is bound to what it shows.", "ben");
  expect(await world.run()).toMatchObject({ status: "waiting" });
  expect(await runs(world)).toHaveLength(1);
});

test("without our name a near miss is answered to its writer alone, and talk is not", async () => {
  await using world = await startWorld({ database: "pglite" });
  await world.ana.says("lunch anybody?", { in: "general" });
  await world.ana.says("restart checkout", { in: "general" });
  expect(await card(world, "In which environment?")).toMatchObject({ private: true });
  await world.ana.says("staging", { in: "general", inThread: true });
  await world.eventually(async () =>
    expect(await world.run()).toMatchObject({ title: "restart checkout in staging", status: "completed" }),
  );
  expect((await world.ben.sees("general")).map(({ text }) => text)).not.toContain("In which environment?");
  expect(await world.steward.db.query("select outcome from steward.inbox where body like '%lunch%'")).toEqual([
    { outcome: "silent" },
  ]);
});

test("a request in parts is shown, and begins as one run when its writer says so; each part has its own approval", async () => {
  await using world = await startWorld({ database: "pglite" });
  await world.ana.says("@steward restart checkout in production and tell billing", { in: "general" });
  const plan = await card(world, "Nothing was done yet. Each part asks for its own approval.");
  expect(plan?.card?.fields).toEqual([
    {
      label: "Parts",
      value: "1. restart checkout in production\n2. tell billing: I asked for this: restart checkout in production",
    },
  ]);
  expect(await runs(world)).toEqual([]);
  await world.ana.says("yes", { in: "general", inThread: true });
  const title = "restart checkout in production and tell #billing something";
  await world.eventually(async () => expect(await runs(world)).toMatchObject([{ title, state: "waiting" }]));
  expect((await world.ben.sees("billing")).map(({ text }) => text)).toEqual([
    "Ana says: I asked for this: restart checkout in production",
  ]);
  const [{ id } = { id: "" }] = (await runs(world)) as { id: string }[];
  const page = (await world.ana.get(`/runs/${id}`)).body as string;
  expect(page).toContain("<h3>1. restart checkout in production</h3>");
  expect(page).toContain("<h3>2. tell #billing something</h3>");
  const titles = (await world.cards("ben")).map(({ message }) => message.card?.title);
  expect(titles[0]).toMatch(/^Approve: restart checkout in production(?! and)/);
  await world.ben.presses("Approve", { in: "approvals" });
  await world.eventually(async () => expect(await runs(world)).toMatchObject([{ title, state: "completed" }]));
  expect((await world.thread()).at(-1)).toMatch(
    /^1\. restart checkout in production: checkout .*\n2\. tell #billing something: #billing was told: /s,
  );
});

test("a part that waits begins when the one before it is done, and not at all when that is denied", async () => {
  await using world = await startWorld({ database: "pglite" });
  const told = async () => (await world.ben.sees("billing")).map(({ text }) => text);
  await world.ana.says("@steward restart checkout in production, then tell billing it is up again", { in: "general" });
  const plan = await card(world, "Nothing was done yet. Each part asks for its own approval.");
  expect(plan?.card?.fields?.[0]?.value).toContain("2. tell billing: it is up again (when 1 is done)");
  await world.ana.presses("Begin all of it", { in: "general" });
  await world.ben.presses("Deny", { in: "approvals", reason: "not now" });
  await world.eventually(async () =>
    expect((await world.thread()).at(-1)).toBe(
      "1. restart checkout in production: Stopped: Ben denied it: not now.\n2. tell #billing something: not begun, because part 1 did not work out.",
    ),
  );
  expect(await told()).toEqual([]);
  await world.ana.says("@steward restart checkout in production, then tell billing it is up again", { in: "general" });
  await world.ana.presses("Begin all of it", { in: "general" });
  await world.eventually(async () => {
    expect((await world.thread()).join(" ")).toContain("Part 1: Waiting for approval. Part 2: waits for part 1.");
    expect(await world.ben.presses("Approve", { in: "approvals" })).toMatchObject({ status: 200 });
  });
  await world.eventually(async () => expect(await told()).toEqual(["Ana says: it is up again"]));
});

test("whoever may not begin a part begins none, and what one part leaves open is asked with the plan", async () => {
  await using world = await startWorld({ database: "pglite" });
  await world.ana.says("@steward restart checkout, then tell ops that it was me", { in: "general" });
  await world.ana.presses("Begin way 1: restart checkout in staging");
  await world.eventually(async () => expect(await runs(world)).toHaveLength(1));
  await world.eve.says("@steward restart checkout in staging and tell ops", { in: "general" });
  await world.eve.presses("Begin all of it", { in: "general" });
  await world.eventually(async () =>
    expect((await world.steward.db.query("select 1 from steward.inbox where outcome = 'refused'")).length).toBe(1),
  );
  expect(await runs(world)).toHaveLength(1);
});

const saysOf = (intent: string | null, params: Record<string, string> = {}): ModelReply => ({
  content: [{ type: "tool_use", id: "t1", name: "report", input: { intent, params, confidence: 0.9 } }],
});

test("what only a model understands is offered, asked about once, and begins when it is confirmed", async () => {
  await using server = await startModelServer(() =>
    saysOf("restart-service", { service: "checkout", environment: "production" }),
  );
  await using world = await startWorld({
    database: "pglite",
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

test.each<[string, ModelReply]>([
  ["says it is nothing", saysOf(null)],
  ["answers what there is not", saysOf("delete-everything", { what: "all" })],
  ["refuses", { status: 403 }],
  ["answers without a shape", { content: [{ type: "text", text: "restart everything" }] }],
])("a model that %s leaves it as it is without one", async (_, reply) => {
  await using server = await startModelServer(() => reply);
  await using world = await startWorld({
    database: "pglite",
    model: { apiKey: "test-key", baseUrl: server.url, model: null },
  });
  await world.ana.says("@steward release the doves of peace", { in: "general" });
  await card(world, "I cannot do that as you wrote it; nothing was done.");
  expect(await runs(world)).toEqual([]);
});

test("words that were not understood are remembered once what they meant was begun, and forgotten on request", async () => {
  await using world = await startWorld({ database: "pglite" });
  await world.ana.says("@steward release the wiggle on checkout", { in: "general" });
  await card(world, "I cannot do that as you wrote it; nothing was done.");
  await world.ana.says("@steward restart checkout in production", { in: "general" });
  await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "waiting" }));
  const learnt = () => world.steward.db.query("select person_id, text, intent from steward.learned_example");
  await world.eventually(async () =>
    expect(await learnt()).toEqual([
      { person_id: "ana", text: "release the wiggle on {name}", intent: "restart-service" },
    ]),
  );
  await world.eventually(async () => {
    await world.ben.says("@steward release the wiggle on search", { in: "general" });
    await world.eventually(async () => expect(await world.thread("ben")).toHaveLength(2));
    expect(await world.thread("ben")).toContain("Did you mean one of these? Nothing was done yet.");
  });
  const offered = await card(world, /^Did you mean one of these/, "ben");
  expect(offered?.card?.buttons.map(({ label }) => label)).toContain("restart search in staging");
  expect(await runs(world)).toHaveLength(1);
  await world.ana.says("/steward forget", { in: "general" });
  await card(world, "I have forgotten one sentence of yours that I had learnt from.");
  expect(await learnt()).toEqual([]);
});

test("what was begun about something else teaches nothing", async () => {
  await using world = await startWorld({ database: "pglite" });
  await world.ana.says("@steward release the doves of peace", { in: "general" });
  await card(world, "I cannot do that as you wrote it; nothing was done.");
  await world.ana.says("@steward restart checkout in staging", { in: "general" });
  await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "completed" }));
  expect(await world.steward.db.query("select 1 from steward.learned_example")).toEqual([]);
});

test("access until a day is confirmed with the moment it was taken for, in its writer's zone", async () => {
  await using world = await startWorld({ database: "pglite" });
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
  await using world = await startWorld({ database: "pglite" });
  await world.ana.says("@steward remind me tomorrow at noon to water the plants", { in: "general" });
  await card(world, /^I take “tomorrow at noon” as /);
  await world.ana.says("ok", { in: "general", inThread: true });
  await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "waiting" }));
  await world.passes("2d");
  await card(world, "Ana, you wanted to be reminded: water the plants");
});

test("a workflow that brings its own phrases is asked for in them, listed in help and approved as ever", async () => {
  await using world = await startWorld({ database: "pglite" });
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
    label: "Run a service on more or fewer instances",
    value: "scale checkout in staging to 3",
  });
  expect(help?.card?.fields.map(({ value }) => value).filter((value) => /plan/.test(value))).toEqual([]);
});

test("a service is rolled back to the release before, which the question names", async () => {
  await using world = await startWorld({ database: "pglite" });
  const { version } = await serviceNow(world, "search");
  await world.ana.says("@steward roll back search in production", { in: "general" });
  await card(world, `Nothing was done: no version before ${version} is on record. Say which one:`);
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
