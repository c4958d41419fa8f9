import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Name, Read, Surface } from "../support/surface.ts";
import { openDiscord } from "../support/surfaces/discord.ts";
import { openSlack } from "../support/surfaces/slack.ts";
import { openTeams } from "../support/surfaces/teams.ts";
import { openWeb } from "../support/surfaces/web.ts";
import { startWorld, type World } from "../support/world.ts";
import { alertOf, notificationOf, tell } from "./incident-world.ts";

/** Every chat platform Steward speaks: the journeys below are the same on each. */
const table: readonly (readonly [name: string, open: () => Promise<Surface>])[] = [
  ["the web chat", openWeb],
  ["Slack", openSlack],
  ["Discord", openDiscord],
  ["Teams", openTeams],
];

interface Scene extends AsyncDisposable {
  readonly world: World;
  readonly surface: Surface;
  /** Waits until somebody reads a message with these words, in the thread or at the top of a channel. */
  sees(viewer: Name, words: RegExp, where?: { readonly in: string }): Promise<Read>;
}

async function begin(open: () => Promise<Surface>): Promise<Scene> {
  const surface = await open();
  const world = await startWorld({ database: "pglite", surfaces: [surface] });
  return {
    world,
    surface,
    sees: (viewer, words, where) =>
      world.eventually(async () => {
        const read = await surface.reads(viewer, where);
        const found = read.findLast((each) => words.test(each.words));
        expect(found, `${viewer} reads ${words} among ${JSON.stringify(read)}`).toBeDefined();
        return found as Read;
      }),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await surface[Symbol.asyncDispose]();
    },
  };
}

/** How often the instances of checkout in production were restarted. */
async function restarts(world: World): Promise<number[]> {
  const { services } = (await world.ana.get("/api/trial")).body;
  return services
    .find((one: { name: string; environment: string }) => one.name === "checkout" && one.environment === "production")
    .instances.map((instance: { restarts: number }) => instance.restarts);
}

describe.each(table)("on %s", (_name, open) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await begin(open);
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  test("a restart is asked for, refused to whoever asked, approved by somebody else, done, and every card says so", async () => {
    const { surface, sees, world } = scene;
    const before = await restarts(world);
    await surface.asks("ana", "restart checkout in production", { in: "ops" });
    const card = await sees("ben", /Approve: restart checkout in production\?/);
    expect(card.buttons).toEqual(["Approve", "Deny"]);
    expect(card.words).toMatch(/services\.restart.*production.*checkout/s);
    expect((await sees("ben", /Approve: restart checkout/, { in: "approvals" })).buttons).toEqual(["Approve", "Deny"]);

    expect(await surface.presses("ana", "Approve")).toMatch(/^You asked for this yourself/);
    expect(await surface.presses("eve", "Approve")).toMatch(/[Gg]uests?|member/);
    expect(await restarts(world)).toEqual(before);

    await surface.presses("ben", "Approve", { in: "approvals" });
    expect((await sees("ana", /Approved by Ben/)).buttons).toEqual([]);
    expect((await sees("ana", /Approved by Ben/, { in: "approvals" })).buttons).toEqual([]);
    await sees("ana", /checkout in production is healthy: 3 of 3 instances/);
    expect(await restarts(world)).toEqual(before.map((count) => count + 1));
    expect((await world.run()).status).toBe("completed");
  });

  test("a denial asks for a reason, and whoever asked reads it", async () => {
    const { surface, sees, world } = scene;
    const before = await restarts(world);
    await surface.asks("ana", "restart checkout in production", { in: "ops" });
    await sees("ben", /Approve: restart checkout/);
    await surface.presses("ben", "Deny", { reason: "month end, not today" });
    expect((await sees("ana", /Denied by Ben/)).buttons).toEqual([]);
    await sees("ana", /month end, not today/);
    expect(await restarts(world)).toEqual(before);
  });

  test("access for a while needs two roles, is granted, and revoked by a word in the thread", async () => {
    const { surface, sees, world } = scene;
    await surface.asks("ana", "I need read access to billing for 2 hours", { in: "ops" });
    await sees("dan", /Approve: get read access to billing/);
    await surface.presses("dan", "Approve");
    await sees("cara", /Approve: get read access to billing/);
    await surface.presses("cara", "Approve");
    await sees("ana", /Ana has read access to billing until/);
    expect((await world.cara.get("/api/trial")).body.grants).toMatchObject([{ person: "ana", resource: "billing" }]);
    await surface.replies("ana", "revoke billing");
    await sees("ana", /access to billing was taken back from Ana/);
    expect((await world.cara.get("/api/trial")).body.grants).toEqual([]);
  });

  test("help lists what can be asked, a slip is answered with “did you mean”, and its button asks it", async () => {
    const { surface, sees } = scene;
    await surface.asks("ana", "help", { in: "ops" });
    await sees("ana", /Restart a service/);
    await surface.asks("ana", "restart chekout in staging", { in: "ops" });
    const asked = await sees("ana", /Did you mean/);
    await surface.presses("ana", asked.buttons[0] ?? "");
    await sees("ana", /checkout in staging is healthy/);
  });

  test("what is typed after a question answers it: by a button's words, by yes, or by no", async () => {
    const { surface, sees, world } = scene;
    const runs = async () => (await world.cara.get("/api/runs")).body.runs.length as number;
    const before = await runs();
    await surface.asks("ana", "restart chekout in staging", { in: "ops" });
    await sees("ana", /Did you mean/);
    await surface.replies("ana", "never mind");
    await sees("ana", /All right, nothing was done/);
    await surface.asks("ana", "restart checkout", { in: "ops" });
    const asked = await sees("ana", /In which environment\?/);
    expect(asked.buttons).toEqual(["staging", "production"]);
    await surface.replies("ben", "production");
    await surface.replies("ana", "whatever you like best");
    await world.eventually(async () =>
      expect((await surface.reads("ana")).filter(({ words }) => /In which environment\?/.test(words))).toHaveLength(2),
    );
    expect(await runs()).toBe(before);
    await surface.replies("ana", "Stage, please");
    await sees("ana", /checkout in staging is healthy/);
    expect(await runs()).toBe(before + 1);
  });

  test("a question is answered from the handbook, goes on to a person, is taken in #help-needed and solved by a word", async () => {
    const { surface, sees, world } = scene;
    await surface.asks("ana", "my laptop cannot reach the VPN", { in: "ops" });
    const offered = await sees("ana", /Source.*VPN › Cannot connect to the VPN/s);
    expect(offered.buttons).toEqual(["That helped", "Ask a person"]);
    await surface.presses("ana", "Ask a person");
    expect((await sees("ben", /Ana needs help/, { in: "help-needed" })).buttons).toEqual(["I'll take it", "Withdraw"]);
    await surface.presses("ben", "I'll take it", { in: "help-needed" });
    expect((await sees("ana", /Ben has taken it/)).buttons).toEqual(["Solved", "Withdraw"]);
    await surface.replies("ana", "solved");
    await sees("ana", /Solved after .* Asked by Ana, taken by Ben after .*, solved by Ana/);
    expect((await sees("ben", /Ana needed help/, { in: "help-needed" })).buttons).toEqual([]);
    expect((await world.run()).status).toBe("completed");
  });

  test("a thread that Steward began itself is heard in: nobody needs to name it or the request there", async () => {
    const { surface, sees, world } = scene;
    // Teams lets nobody begin in a channel that has told them nothing yet.
    await surface.asks("ben", "help", { in: "ops" });
    await sees("ben", /restart checkout/i);
    await tell(world, notificationOf("search", [alertOf("search")]));
    await sees("ben", /HighErrorRate: search in production/, { in: "ops" });
    await surface.opens("ben", /HighErrorRate: search in production/, { in: "ops" });
    await sees("ben", /What may be the cause|No cause|Gathered/);
    await surface.replies("ben", "I'll take it");
    await sees("ben", /Taken by:?\s*Ben/, { in: "ops" });
    await surface.replies("cara", "how did that come about?");
    await surface.replies("ben", "solved");
    await world.eventually(async () => expect((await world.run()).status).toBe("completed"));
    expect((await surface.reads("ben")).map(({ words }) => words).join("\n")).not.toContain("no such request");
  });
});
