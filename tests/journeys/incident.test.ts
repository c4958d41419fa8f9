import { describe, expect, test } from "vitest";
import { bases, startWorld } from "../support/world.ts";
import { breaks, field, incident, reads, runs, serviceNow } from "./incident-world.ts";

describe.each(bases)("an incident, on %s", (database) => {
  test("from the alert to the end: gathered, explained, approved, done, watched, closed", async () => {
    await using world = await startWorld({ database });
    await world.passes("1m");
    await breaks(world, "checkout", "bad-deploy");
    const { card } = await incident(world);
    expect(card.card?.title).toBe("HighErrorRate: checkout in production");
    expect(field(card, "State")).toBe("firing");
    await world.eventually(async () => {
      const { thread } = await incident(world);
      const asked = thread.find((message) => message.card?.title.startsWith("Approve:"));
      console.log(
        thread.map((m) => m.text),
        JSON.stringify(asked?.card, null, 1),
      );
      expect(asked?.card?.buttons.map(({ label }) => label)).toEqual(["Approve", "Deny"]);
    });
    expect(await world.ben.presses("Approve", { in: "approvals" })).toMatchObject({ status: 200 });
    await world.eventually(async () =>
      expect(await serviceNow(world, "checkout")).toMatchObject({ fault: null, version: "1.4.2" }),
    );
    await world.passes("1m");
    await reads(world, /^It is over: HighErrorRate of checkout in production is resolved\.$/);
    expect(await runs(world)).toMatchObject([{ state: "completed" }]);
    const after = await incident(world);
    expect(field(after.card, "State")).toBe("closed; the alert is resolved");
    console.log(after.thread.map((m) => m.text));
  });
});
