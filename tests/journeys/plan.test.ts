import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type Specialist, specialists } from "../../src/agents/index.ts";
import { Fault } from "../../src/domain/fault.ts";
import { defineTool } from "../../src/domain/tool.ts";
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

/** A model that reads the catalog, checks a plan that does not work, mends it, and slips once more as it reports. */
function planning(turn: number): ModelReply {
  const wrong = { ...plan, steps: [{ id: "restart", tool: { name: "services.reboot", args: {} } }] };
  if (turn === 1) return say("plans_catalog", {}, "a");
  if (turn === 2) return say("plans_check", { plan: wrong }, "b");
  if (turn === 3) return say("plans_check", { plan }, "c");
  const summary = "Restarts search, then tells #general.";
  return turn === 4
    ? say("report", { summary, plan: { ...plan, steps: [...plan.steps, slip] } }, "d")
    : say("report", { summary, plan }, "e");
}
const slip = { id: "grant", tool: { name: "services.restart", args: { service: "search", role: "admin" } } };

describe.each(oneBase)("a plan, on %s", (database) => {
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
          "1. Restart search in production, one instance at a time (dangerous: people are asked first)\n2. Tell #general: “search was restarted” (when 1 is done)",
      },
    ]);
    const told = JSON.stringify(server.requests[2]?.body.messages.at(-1));
    expect(told).toContain("There is no tool “services.reboot”");
    // A report that does not hold what can be done goes back to it, and not into the thread.
    const again = JSON.stringify(server.requests[4]?.body.messages.at(-1));
    expect(again).toContain("The plan does not work: steps.grant.tool.args");
    expect((await world.thread()).join(" ")).not.toContain("steps.grant");
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

  test("without a model there is no plan, and that is said", async () => {
    await using world = await startWorld({ database });
    await world.ana.says("make a plan to restart search in production and tell #general", { in: "ops" });
    await world.eventually(async () =>
      expect((await world.thread()).join(" ")).toContain("planner needs a model to do “plan”, and none is configured"),
    );
    expect((await world.cara.get("/api/runs?limit=5")).body.runs).toEqual([]);
  });
});

const place = { service: "search", environment: "production" };
const broken = {
  title: "look after search",
  steps: [
    { id: "look", agent: { specialist: "observer", task: "service-health", input: place } },
    { id: "fix", dependsOn: ["look"], agent: { specialist: "operator", task: "fix-service", input: place } },
  ],
  reply: "${{ steps.look.output.summary }}. ${{ steps.fix.output.summary }}.",
};
/** Does what the operator does, for when that cannot. */
const standby: Specialist = {
  ...(specialists.find(({ name }) => name === "operator") as Specialist),
  name: "standby",
  concurrency: 1,
};
/** Whether the cluster says nothing at all, where it says that it cannot otherwise. */
let isSilent = false;
const blind = defineTool({
  name: "services.status",
  summary: "Version, instances and current figures of a service",
  params: z.object({ service: z.string(), environment: z.string() }),
  result: z.json(),
  risk: () => "read",
  effect: "keyed",
  timeoutMs: 300,
  describe: () => "Look",
  run: () =>
    isSilent ? new Promise<never>(() => {}) : Promise.reject(new Fault("not-found", "The cluster does not answer.")),
});
const refusal: ModelReply = { content: [], stopReason: "refusal" };

describe.each(oneBase)("a task that somebody cannot do, on %s", (database) => {
  test("goes to others who can with what was found, then to people, who may have it tried again or do it by hand; a plan that is dropped does nothing", async () => {
    let mayReport = false;
    isSilent = false;
    let wanted = broken;
    const handed: string[] = [];
    await using server = await startModelServer(({ body }) => {
      const asked = JSON.stringify(body);
      if (asked.includes("You turn a request into a plan"))
        return say("report", { summary: "Looks at search and mends it.", plan: wanted }, "p");
      if (mayReport) return say("report", { summary: "search works again", healthy: true, changes: [] }, "r");
      if (asked.includes("takenOver")) handed.push(asked);
      // The first of them looks before it gives up.
      return asked.includes("takenOver") || body.messages.length > 1 ? refusal : say("services_logs", place, "l");
    });
    await using world = await startWorld({
      database,
      model: { apiKey: "test-key", baseUrl: server.url, model: null },
      extra: { specialists: [standby], tools: [blind] },
    });
    const thread = async () => (await world.thread()).join("\n");
    const begun = async () => {
      await world.ana.says("make a plan to look after search in production", { in: "ops" });
      await world.ana.presses("Begin", { in: "ops" });
      await world.eventually(async () => expect(await thread()).toContain("Nobody could do fix: somebody has to say"));
    };
    await begun();
    expect(await thread()).toContain(
      "observer could not do “look”: “status” failed: The cluster does not answer. data goes on with it.",
    );
    expect(await thread()).toContain("operator could not do “fix”: The model refused");
    expect(handed[0]).toContain("services.logs");
    const help = async (channel: string) =>
      (await world.ben.sees(channel)).findLast(({ card }) => card?.title === "Nobody could do “fix”")?.card;
    const asked = await world.eventually(async () => {
      const card = await help("approvals");
      expect(card?.buttons.map(({ label }) => label)).toEqual(["Try again", "I take it", "Give up"]);
      return card;
    });
    expect(asked?.fields.map(({ label }) => label)).toEqual(["Request", "Tried", "Known"]);
    expect(asked?.fields[1]?.value).toMatch(
      /^1\. operator: The model refused.* It had answers of services\.logs\.\n2\. standby: The model refused/,
    );
    expect(asked?.fields[2]?.value).toMatch(/^look: search in production: /);
    // Nobody else may answer, and it waits through a restart.
    await world.dan.presses("Give up", { in: "approvals" });
    await world.restarts();
    mayReport = true;
    await world.ben.presses("Try again", { in: "approvals" });
    await world.eventually(async () =>
      expect(await thread()).toMatch(/search in production: .*\. search works again\./),
    );
    expect((await help("ops"))?.outcome).toBe("Ben said: try again.");

    // Who gets no answer at all is noticed as soon as the tool's own time is over, long before the step's six hours are.
    mayReport = false;
    isSilent = true;
    await begun();
    await world.eventually(async () =>
      expect(await thread()).toContain(
        "observer could not do “look”: “status” failed: services.status gave no answer within 0.3 s. data goes on with it.",
      ),
    );
    isSilent = false;
    await world.ben.presses("I take it", { in: "approvals" });
    await world.eventually(async () =>
      expect((await help("approvals"))?.buttons.map(({ label }) => label)).toContain("Done"),
    );
    await world.ben.presses("Done", { in: "approvals" });
    await world.eventually(async () => expect(await thread()).toContain("Ben did “fix” by hand."));
    expect((await help("ops"))?.outcome).toBe("Ben did it by hand.");

    await begun();
    await world.ana.presses("Give up", { in: "ops" });
    await world.eventually(async () =>
      expect(await thread()).toMatch(/Failed to look after search\. “fix” did not work: .*; Ana gave it up\./),
    );

    // Three wait at once: words could mean any of them, a button means one, and so do its words.
    const [, fix] = broken.steps;
    wanted = {
      ...broken,
      steps: [...broken.steps, { ...fix, id: "mend" }, { ...fix, id: "patch" }] as typeof broken.steps,
    };
    await begun();
    for (const step of ["mend", "patch"])
      await world.eventually(async () =>
        expect(await thread()).toContain(`Nobody could do ${step}: somebody has to say`),
      );
    const runs = () => world.steward.db.query("select 1 from steward.actor where machine = 'plan'");
    const before = (await runs()).length;
    const askedWhich = async (...steps: string[]) => {
      await world.ben.says("I'll take it", { in: "ops", inThread: true });
      return world.eventually(async () => {
        const said = (await world.ben.sees("ops")).findLast(({ text }) =>
          text.startsWith("More than one waits for that."),
        );
        const labels = said?.card?.buttons.map(({ label }) => label) ?? [];
        expect(labels.map((label) => label.replace(/^R-\w{6}: /, ""))).toEqual(steps);
        return labels;
      });
    };
    const [, mend = ""] = await askedWhich("fix", "mend", "patch");
    await world.ben.presses(mend, { in: "ops" });
    await world.eventually(async () => expect(await thread()).toContain("Somebody does mend by hand."));
    await askedWhich("fix", "patch");
    await world.ben.says("patch", { in: "ops", inThread: true });
    await world.eventually(async () => expect(await thread()).toContain("Somebody does patch by hand."));
    expect(await thread()).toContain("Nobody could do fix: somebody has to say");
    expect(await runs()).toHaveLength(before);

    await world.ana.says("make a plan to look after search in production", { in: "ops" });
    await world.ana.presses("Drop it", { in: "ops" });
    await world.eventually(async () => expect(await thread()).toContain("The plan was dropped; nothing was done."));
    expect(await runs()).toHaveLength(before + 1);
  });
});
