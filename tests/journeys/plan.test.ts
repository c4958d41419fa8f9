import { describe, expect, test } from "vitest";
import { type ModelReply, startModelServer } from "../support/model-server.ts";
import { oneBase, startWorld } from "../support/world.ts";

const plan = {
  title: "restart search and tell #general",
  steps: [
    { id: "restart", tool: { name: "services.restart", args: { service: "search", environment: "production" } } },
    { id: "tell", dependsOn: ["restart"], notify: { to: "#general", text: "search was restarted" } },
  ],
  reply: "search was restarted and #general knows it.",
};
const say = (name: string, input: unknown, id: string): ModelReply => ({
  content: [{ type: "tool_use", id, name, input }],
});

/** A model that reads the catalog, checks a plan that does not work, mends it and reports. */
function planning(turn: number): ModelReply {
  const wrong = { ...plan, steps: [{ id: "restart", tool: { name: "services.reboot", args: {} } }] };
  if (turn === 1) return say("plans_catalog", {}, "a");
  if (turn === 2) return say("plans_check", { plan: wrong }, "b");
  if (turn === 3) return say("plans_check", { plan }, "c");
  return say("report", { summary: "Restarts search, then tells #general.", plan }, "d");
}

describe.each(oneBase)("a plan, on %s", { timeout: 60_000 }, (database) => {
  test("a request in somebody's own words becomes a plan that is shown, begun when they say so, and asked about", async () => {
    await using server = await startModelServer(({ n }) => planning(n + 1));
    await using world = await startWorld({
      database,
      model: { apiKey: "test-key", baseUrl: server.url, model: null },
    });
    await world.ana.says("make a plan to restart search in production and tell #general", { in: "ops" });
    const shown = await world.eventually(async () => {
      const card = (await world.ana.sees("ops")).find((message) => message.card?.title.startsWith("A plan to"))?.card;
      expect(card?.buttons.map(({ label }) => label)).toEqual(["Begin", "Drop it"]);
      return card;
    });
    expect(shown?.fields).toEqual([
      {
        label: "Steps",
        value:
          "1. Restart search in production, one instance at a time [dangerous] (people are asked first)\n2. Tell #general: “search was restarted”",
      },
    ]);
    const told = JSON.stringify(server.requests[2]?.body.messages.at(-1));
    expect(told).toContain("There is no tool “services.reboot”");
    const restarts = () =>
      world.steward.db.query("select kind from steward.trial_operation where kind = 'services.restart'");
    // Nothing is begun by anybody else, and nothing runs before somebody approves that very step.
    await world.ana.presses("Begin", { in: "ops" });
    await world.eventually(async () =>
      expect((await world.cards())[0]?.message.card?.title).toMatch(/^Approve: restart search and tell #general/),
    );
    expect(await restarts()).toEqual([]);
    await world.ben.presses("Approve", { in: "approvals" });
    await world.eventually(async () => expect(await world.thread()).toContain(plan.reply));
    expect(await restarts()).toHaveLength(1);
    expect((await world.ana.sees("general")).map((message) => message.text)).toContain("search was restarted");
  });

  test("a plan that is dropped does nothing", async () => {
    await using server = await startModelServer(({ n }) => planning(n + 3));
    await using world = await startWorld({
      database,
      model: { apiKey: "test-key", baseUrl: server.url, model: null },
    });
    await world.ana.says("make a plan to restart search in production and tell #general", { in: "ops" });
    await world.ana.presses("Drop it", { in: "ops" });
    await world.eventually(async () =>
      expect(await world.thread()).toContain("The plan was dropped; nothing was done."),
    );
    expect(await world.steward.db.query("select 1 from steward.actor where machine = 'plan'")).toHaveLength(1);
  });

  test("without a model there is no plan, and that is said", async () => {
    await using world = await startWorld({ database });
    await world.ana.says("make a plan to restart search in production and tell #general", { in: "ops" });
    await world.eventually(async () =>
      expect((await world.thread()).join(" ")).toContain("planner needs a model to do “plan”, and none is configured"),
    );
  });
});
