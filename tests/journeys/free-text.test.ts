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

test("how something is done is looked up, whatever it names; where nothing is written about it, people are asked only when its writer says so", async () => {
  await using world = await startWorld({ database: "postgres" });
  await world.ana.says("@steward how do I deploy checkout?", { in: "general" });
  const asked = await card(world, / Shall I put it to people in #help-needed\?$/);
  expect(asked).toMatchObject({ private: true });
  expect(await runs(world)).toEqual([]);
  await world.ana.says("yes", { in: "general", inThread: true });
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

test("in a channel for help a new message is answered to its writer alone, and elsewhere, or said to somebody, it is left alone", async () => {
  await using world = await startWorld({ database: "postgres" });
  const outcome = async (text: string) =>
    world.eventually(async () => {
      const [row] = await world.steward.db.query<{ outcome: string | null }>(
        "select outcome from steward.inbox where body::json->>'text' = $1",
        [text],
      );
      expect(row?.outcome).toBeTruthy();
      return row?.outcome;
    });
  const alone = async (text: string | RegExp) => {
    const told = await world.eventually(async () => {
      const found = (await world.ana.sees("help-needed")).findLast(
        (each) => each.from !== "ana" && (typeof text === "string" ? each.text === text : text.test(each.text)),
      );
      expect(found, String(text)).toBeDefined();
      return found;
    });
    expect(told).toMatchObject({ private: true });
    return (told?.card?.buttons ?? []).map(({ label }) => label);
  };
  await world.ana.says("my laptop is super slow since the update", { in: "general" });
  expect(await outcome("my laptop is super slow since the update")).toBe("silent");
  await world.ana.says("@ben my chair is broken", { in: "help-needed" });
  expect(await outcome("@ben my chair is broken")).toBe("silent");
  await world.ana.says("good morning everybody", { in: "help-needed" });
  expect(await outcome("good morning everybody")).toBe("silent");
  await world.ana.says("printer on 3rd floor broken again :(", { in: "help-needed" });
  expect(await alone(/^Open the front flap/)).toEqual(["Ask a person"]);
  await world.ana.says("checkout hangs, kick it", { in: "help-needed" });
  expect(await alone(/^Did you mean/)).toContain("None of these: ask a person");
  expect(await runs(world)).toEqual([]);
  await world.ana.says("my chair is broken", { in: "help-needed" });
  expect(await alone(/ Shall I put it to people in #help-needed\?$/)).toEqual(["Put it to people"]);
  await world.ana.says("yes", { in: "help-needed", inThread: true });
  await world.eventually(async () =>
    expect((await world.ben.sees("help-needed")).map(({ text }) => text)).toContain(
      "Ana needs help: my chair is broken",
    ),
  );
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

test("what Steward only guessed at teaches it nothing", async () => {
  await using world = await startWorld({ database: "postgres" });
  await world.ana.says("@steward wobble search", { in: "general" });
  await card(world, /nothing was done/);
  await world.ana.says("@steward any trouble with search in staging", { in: "general" });
  await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "completed" }));
  await world.ana.says("/steward what have you learnt", { in: "general" });
  expect(await card(world, "I have learnt nothing from you.")).toMatchObject({ private: true });
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
  await world.ana.says("/steward what have you learnt?", { in: "general" });
  const shown = await card(world, /^What you said in other words/);
  expect(shown?.text).toMatch(
    /\n“release the wiggle on \{name\}”: Restart a service.* \(\d{4}-\d\d-\d\d \d\d:\d\d UTC\)\n/,
  );
  await world.ana.presses("Forget “release the wiggle on {name}”");
  await card(world, "I have forgotten one sentence of yours that I had learnt from.");
  expect(await learnt()).toEqual([]);
});

test("a message that ends in a request with a moment is asked about first, and nothing is said to one person alone", async () => {
  await using world = await startWorld({ database: "postgres" });
  await world.ana.says("@steward tell ops that im out tomorrow and remind me tomorrow at 8am to set my ooo", {
    in: "general",
  });
  const asked = await card(world, /^I take “tomorrow at 8am” as .* Nothing was done yet\./);
  expect(asked?.card?.title).toBe("One message, or several requests?");
  expect(asked?.card?.fields[0]?.value).toMatch(
    /^1\. tell ops “?im out tomorrow”?\n2\. remind me at \d{4}-\d\d-\d\d 08:00 UTC/,
  );
  await world.ana.says("@steward tell ben i approved it", { in: "general" });
  expect(await card(world, /^I write to channels and audiences/)).toMatchObject({ private: true });
  await world.ana.says("@steward remind me in 20 to check logs", { in: "general" });
  const offered = await card(world, /^Did you mean one of these/);
  expect(offered?.card?.buttons.map(({ label }) => label)).toContain("remind me in 20 minutes to check logs");
  // Said to nobody it is asked of whoever wrote it alone.
  await world.ana.says("remind me in 20 to check logs", { in: "ops" });
  await world.eventually(async () =>
    expect((await world.ana.sees("ops")).at(-1)).toMatchObject({
      private: true,
      card: {
        buttons: expect.arrayContaining([expect.objectContaining({ label: "remind me in 20 minutes to check logs" })]),
      },
    }),
  );
  expect(await runs(world)).toEqual([]);
});
