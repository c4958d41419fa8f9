import { describe, expect, test } from "vitest";
import { bases, startWorld, type World } from "../support/world.ts";
import { staysOver } from "./incident-world.ts";

type Name = "ana" | "ben" | "cara" | "eve";

/** What Steward answers to a question put in a channel, once it has. */
async function answer(world: World, who: Name, text: string): Promise<string> {
  await world[who].says(`@steward ${text}`, { in: "general" });
  return world.eventually(async () => {
    const said = (await world.thread(who)).slice(1).filter((line) => !/^\w+ asked to /.test(line));
    expect(said).toHaveLength(1);
    return said.join("");
  });
}

describe.each(bases)("how is everything, on %s", (database) => {
  test("is one answer about what needs somebody, and shows nobody what is not theirs to see", async () => {
    await using world = await startWorld({ database });
    const calm = await answer(world, "ben", "how is everything?");
    expect(calm).toMatch(/Nothing needs anybody now\.\nAll \d+ services are well\./);
    expect(calm).not.toContain("dollars");

    await world.ana.says("restart checkout in production", { in: "ops" });
    await world.eventually(async () => expect(await world.cards()).toHaveLength(2));
    await world.passes("12m");
    await world.owner(
      "update steward.actor set stuck = 'it heard what it does not know' where machine = 'plan' and not done",
    );
    const busy = await answer(world, "cara", "how are things?");
    expect(busy).toContain("2 things need somebody.");
    expect(busy).toMatch(
      /1 run is not going on: R-\w{6}: restart checkout in production \(stuck: it heard what it does not know\)\./,
    );
    expect(busy).toMatch(/1 approval is open: R-\w{6}: restart checkout in production, by Ben, for 12 minutes/);
    expect(busy).toContain("Models have cost 0.00 US dollars today.");

    const guest = await answer(world, "eve", "how is everything?");
    expect(guest).toContain("Of runs and approvals you see your own.");
    expect(guest).not.toContain("checkout");
    expect(guest).not.toContain("dollars");
    await world.owner("update steward.actor set stuck = null");
  }, 60_000);

  test("names a service that ails and the incident it brought", async () => {
    await using world = await startWorld({ database });
    expect((await world.ben.post("/api/trial/break", broken)).status).toBe(200);
    await world.passes("3m");
    await world.eventually(async () => {
      const { runs } = (await world.cara.get("/api/runs?limit=5")).body;
      expect(runs.map((run: { name: string }) => run.name)).toContain("incident");
    });
    await world.ben.says("@steward how is everything?", { in: "general" });
    await world.eventually(async () => {
      const said = (await world.thread("ben")).join("\n");
      expect(said).toMatch(/\d of \d+ services ails?: .*billing in production \(.*requests fail/);
      expect(said).toMatch(/1 incident is open: R-\w{6}: look into HighErrorRate of billing in production/);
    });
    await world.ben.post("/api/trial/mend", { service: broken.service, environment: broken.environment });
    await world.passes("5m");
    await staysOver(world);
    await world.eventually(async () => {
      const { runs } = (await world.cara.get("/api/runs?limit=5")).body;
      expect(runs.find((run: { name: string }) => run.name === "incident")).toMatchObject({ done: true });
    });
  }, 60_000);
});

const broken = { service: "billing", environment: "production", fault: "bad-deploy" };
