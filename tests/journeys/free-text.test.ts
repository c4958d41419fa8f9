import { expect, test } from "vitest";
import { startWorld, type World } from "../support/world.ts";

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
