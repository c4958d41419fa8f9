import { expect, test } from "vitest";
import { startWorld } from "../support/world.ts";

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
