import { describe, expect, test } from "vitest";
import { oneBase, startWorld, type World } from "../support/world.ts";

type Name = "ana" | "ben" | "cara" | "dan" | "eve";

/** What Steward answers to “what waits for me?”. */
async function waitsFor(world: World, who: Name): Promise<string> {
  await world[who].says("@steward what waits for me?", { in: "general" });
  return world.eventually(async () => {
    const said = (await world.thread(who)).slice(1).filter((line) => !/^\w+ asked to /.test(line));
    expect(said).toHaveLength(1);
    return said.join("");
  });
}

describe.each(oneBase)("what waits for me, on %s", (database) => {
  test("is grouped by how urgent it is, and holds nobody else's", async () => {
    await using world = await startWorld({ database });
    expect(await waitsFor(world, "ben")).toBe("Nothing waits for you.");

    await world.ana.says("restart checkout in production", { in: "ops" });
    await world.eventually(async () => expect(await world.cards()).toHaveLength(2));
    const approval =
      /R-\w{6}, approve or deny: restart checkout in production; asked .* ago, .* left\. http\S+\/gates\/\S+/;
    expect(await waitsFor(world, "ben")).toMatch(
      new RegExp(`^1 thing waits for you\\.\\nNext:\\n• ${approval.source}$`),
    );
    expect(await waitsFor(world, "ana")).toBe("Nothing waits for you.");

    await world.ana.says("@steward my chair is broken and my back hurts", { in: "general" });
    await world.ben.presses("I'll take it", { in: "help-needed" });
    await world.eventually(async () =>
      expect((await world.ben.sees("help-needed")).at(-1)?.card?.fields).toContainEqual({
        label: "Taken by",
        value: "Ben",
      }),
    );
    await world.passes("40m");
    const busy = await waitsFor(world, "ben");
    expect(busy).toMatch(/^2 things wait for you\.\nNow:\n/);
    expect(busy).toMatch(/Now:\n• .*approve or deny: restart checkout .*, (1\d|20) minutes( \d+ seconds?)? left/);
    expect(busy).toMatch(
      /Later:\n• R-\w{6}, you have taken it: get help with “my chair is broken and my back hurts”; open for 40 minutes/,
    );

    await world.ana.says("@steward my laptop cannot reach the VPN", { in: "general" });
    await world.eventually(async () => expect(await labels(world)).toContain("Ask a person"));
    expect(await waitsFor(world, "ana")).toMatch(
      /^1 thing waits for you\.\nNext:\n• R-\w{6}, it asks you: get help with “my laptop/,
    );

    await world.ana.says("@steward ask a person about the lamp over my desk", { in: "general" });
    await world.eventually(async () =>
      expect((await world.dan.sees("help-needed")).at(-1)?.text).toContain("the lamp over my desk"),
    );
    expect(await waitsFor(world, "dan")).toBe(
      "Nothing waits for you.\nFor anyone: 1 help request that nobody has taken yet (“open requests” lists them).",
    );
    expect(await waitsFor(world, "eve")).toBe("Nothing waits for you.");
  }, 60_000);
});

const labels = async (world: World) =>
  (await world.ana.sees("general")).flatMap(({ card }) => (card?.buttons ?? []).map(({ label }) => label));
