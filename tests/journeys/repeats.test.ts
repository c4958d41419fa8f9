import { describe, expect, test } from "vitest";
import { oneBase, startWorld, type World } from "../support/world.ts";

async function whatRepeats(world: World, who: "cara" | "eve"): Promise<string> {
  await world[who].says("@steward what repeats?", { in: "general" });
  return world.eventually(async () => {
    const said = (await world.thread(who)).slice(1).filter((line) => !/^\w+ asked to /.test(line));
    expect(said).toHaveLength(1);
    return said.join("");
  });
}

describe.each(oneBase)("what repeats, on %s", (database) => {
  test("is found among questions that went to people and deeds, and proposed to those who may see them", async () => {
    await using world = await startWorld({ database });
    expect(await whatRepeats(world, "cara")).toBe(
      "Among 0 requests of the last 30 days that you may see, nothing repeats.",
    );
    const asked = [
      "ask a person about the lamp over my desk",
      "ask somebody about the lamp over the desk",
      "ask someone about a desk lamp",
    ];
    const people = ["ana", "ben", "dan"] as const;
    for (const [index, text] of asked.entries()) {
      await world[people[index] ?? "ana"].says(`@steward ${text}`, { in: "general" });
      await world.eventually(async () =>
        expect((await world.cara.sees("help-needed")).filter(({ text }) => text.includes("lamp"))).toHaveLength(
          index + 1,
        ),
      );
    }
    for (const [index, who] of (["ana", "dan", "cara"] as const).entries()) {
      await world[who].says("restart billing in staging", { in: "ops" });
      await world.eventually(async () => {
        const { runs } = (await world.cara.get("/api/runs?limit=50")).body;
        const done = runs.filter(
          (run: { title: string; done: boolean }) => run.done && /^restart billing/.test(run.title),
        );
        expect(done).toHaveLength(index + 1);
      });
    }
    // The handbook answered it: nobody needs another article.
    await world.ana.says("@steward my laptop cannot reach the VPN", { in: "general" });

    const found = await whatRepeats(world, "cara");
    expect(found).toMatch(/2 things repeat\./);
    expect(found).toMatch(
      /• “the lamp over my desk”: 3 times by 3 people, from .* UTC to .* UTC \(R-\w{6}, R-\w{6}, R-\w{6}\)\. Proposal: an article/,
    );
    expect(found).toMatch(/• “restart billing in staging”: 3 times by 3 people.* Proposal: a workflow that does it/);
    expect(await whatRepeats(world, "eve")).toContain("nothing repeats");
  });
});
