import { expect, test } from "vitest";
import { startWorld } from "../support/world.ts";
import { card, runs } from "./general.ts";

test("what was said in other words is offered, and begins only when it is pressed", async () => {
  await using world = await startWorld({ database: "postgres" });
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
  await using world = await startWorld({ database: "postgres" });
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

test("what sounds like a command and is none asks nobody for help until somebody says so", async () => {
  await using world = await startWorld({ database: "postgres" });
  await world.ana.says("@steward deploy the blue lamp everywhere", { in: "general" });
  const told = await card(world, "I cannot do that as you wrote it; nothing was done.");
  expect(told?.card?.buttons.map(({ label }) => label)).toEqual(["help", "Ask a person"]);
  expect(await runs(world)).toEqual([]);
  await world.ana.says("ask a person", { in: "general", inThread: true });
  await card(world, "Ana needs help: deploy the blue lamp");
  expect(await runs(world)).toHaveLength(1);
});

test("how something is done is looked up, whatever it names, and asked of people where nothing is written about it", async () => {
  await using world = await startWorld({ database: "postgres" });
  await world.ana.says("@steward how do I deploy checkout?", { in: "general" });
  await card(world, "I do not know, and the handbook does not say. People are asked in #help-needed.");
  await card(world, "Ana needs help: how do I deploy checkout?");
  await world.ana.says("@steward how do I book a meeting room in billing?", { in: "general" });
  await card(world, /^Add the room to the invitation/);
  expect(await runs(world)).toHaveLength(2);
});

test("a decision in words decides nothing and says where to press", async () => {
  await using world = await startWorld({ database: "postgres" });
  await world.ana.says("@steward restart checkout in production", { in: "general" });
  await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "waiting" }));
  await world.ben.says("approve it", { in: "general", inThread: true });
  await card(world, "Press the button on the card: a decision is bound to what it shows.", "ben");
  expect(await world.run()).toMatchObject({ status: "waiting" });
  expect(await runs(world)).toHaveLength(1);
});

test("without our name a near miss is answered to its writer alone, and talk is not", async () => {
  await using world = await startWorld({ database: "postgres" });
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
  await using world = await startWorld({ database: "postgres" });
  await world.ana.says("@steward restart checkout in production and tell billing", { in: "general" });
  const plan = await card(world, /^Nothing was done yet. Each part that needs an approval asks for it/);
  expect(plan?.card?.fields).toEqual([
    {
      label: "Parts",
      value: "1. restart checkout in production\n2. tell billing “I asked for this: restart checkout in production”",
    },
  ]);
  expect(await runs(world)).toEqual([]);
  await world.ana.says("yes", { in: "general", inThread: true });
  const title = "restart checkout in production and tell #billing “I asked for this: restart checkout in production”";
  await world.eventually(async () => expect(await runs(world)).toMatchObject([{ title, state: "waiting" }]));
  await world.eventually(async () =>
    expect((await world.ben.sees("billing")).map(({ text }) => text)).toEqual([
      "Ana says: I asked for this: restart checkout in production",
    ]),
  );
  const [{ id } = { id: "" }] = (await runs(world)) as { id: string }[];
  const page = (await world.ana.get(`/runs/${id}`)).body as string;
  expect(page).toContain("<h3>1. restart checkout in production</h3>");
  expect(page).toContain("hands over to observer or data");
  expect(page).toContain("<h3>2. tell #billing “I asked for this: restart checkout in production”</h3>");
  await world.eventually(async () => {
    const [first] = await world.cards("ben");
    expect(first?.message.card?.title).toMatch(/^Approve: restart checkout in production(?! and)/);
  });
  await world.ben.presses("Approve", { in: "approvals" });
  await world.eventually(async () => expect(await runs(world)).toMatchObject([{ title, state: "completed" }]));
  await world.eventually(async () =>
    expect((await world.thread()).at(-1)).toMatch(
      /^1\. restart checkout in production: checkout .*\n2\. tell #billing “.*”: #billing was told: /s,
    ),
  );
});

test("a part that waits begins when the one before it is done, and not at all when that is denied", async () => {
  await using world = await startWorld({ database: "postgres" });
  const told = async () => (await world.ben.sees("billing")).map(({ text }) => text);
  await world.ana.says("@steward restart checkout in production, then tell billing it is up again", { in: "general" });
  const plan = await card(world, /^Nothing was done yet. Each part that needs an approval asks for it/);
  expect(plan?.card?.fields?.[0]?.value).toContain("2. tell billing “it is up again” (when 1 is done)");
  await world.ana.presses("Begin all of it", { in: "general" });
  await world.ben.presses("Deny", { in: "approvals", reason: "not now" });
  await world.eventually(async () =>
    expect((await world.thread()).at(-1)).toBe(
      "1. restart checkout in production: Stopped: Ben denied it: not now.\n2. tell #billing “it is up again”: not begun, because part 1 did not work out.",
    ),
  );
  expect(await told()).toEqual([]);
  await world.ana.says("@steward restart checkout in production, then tell billing it is up again", { in: "general" });
  await world.eventually(async () =>
    expect((await world.thread()).join(" ")).toContain("Each part that needs an approval asks for it."),
  );
  await world.ana.presses("Begin all of it", { in: "general" });
  await world.eventually(async () => {
    expect((await world.thread()).join(" ")).toContain("Part 1: Waiting for approval. Part 2: waits for part 1.");
    expect(await world.ben.presses("Approve", { in: "approvals" })).toMatchObject({ status: 200 });
  });
  await world.eventually(async () => expect(await told()).toEqual(["Ana says: it is up again"]));
});

test("whoever may not begin a part begins none, and what one part leaves open is asked with the plan", async () => {
  await using world = await startWorld({ database: "postgres" });
  await world.ana.says("@steward restart checkout, then tell ops that it was me", { in: "general" });
  await world.ana.presses("Begin way 1: restart checkout in staging");
  await world.eventually(async () => expect(await runs(world)).toHaveLength(1));
  await world.ana.presses("Begin way 1: restart checkout in staging");
  await card(world, /^It was begun already\. /);
  await world.eve.says("@steward restart checkout in staging and tell ops", { in: "general" });
  await world.eve.presses("Begin all of it", { in: "general" });
  await world.eventually(async () =>
    expect((await world.steward.db.query("select 1 from steward.inbox where outcome = 'refused'")).length).toBe(1),
  );
  expect(await runs(world)).toHaveLength(1);
});

test("words that were not understood are remembered once what they meant was begun, and forgotten on request", async () => {
  await using world = await startWorld({ database: "postgres" });
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
