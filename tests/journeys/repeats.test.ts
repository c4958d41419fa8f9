import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ask, startSteward, until } from "../support/steward-process.ts";
import { oneBase, startWorld, type World } from "../support/world.ts";

type Who = "ana" | "ben" | "cara" | "dan" | "eve";
const root = new URL("../../", import.meta.url).pathname;

/** Says something in a channel, and waits until the thread as they see it holds this. */
async function asks(world: World, who: Who, text: string, isOver: RegExp, channel = "general"): Promise<string> {
  await world[who].says(text, { in: channel });
  return world.eventually(async () => {
    const said = (await world.thread(who)).slice(1).join("\n");
    expect(said).toMatch(isOver);
    return said;
  });
}

const whatRepeats = (world: World, who: Who) =>
  asks(world, who, "@steward what repeats?", /nothing repeats|shown to whoever asks|\bProposal: /);

/** Each of these people has billing in staging restarted, one after the other. */
async function restarts(world: World, people: readonly Who[]): Promise<void> {
  for (const who of people)
    await asks(world, who, "restart billing in staging", /billing in staging is healthy/, "ops");
}

/** Somebody asks people for help in #general; the card in #help-needed is answered there with these texts. */
async function helped(world: World, who: Who, question: string, answers: readonly string[]): Promise<void> {
  const seen = new Set((await world.ben.sees("help-needed")).map(({ id }) => id));
  await world[who].says(`@steward ask a person about ${question}`, { in: "general" });
  const card = await world.eventually(async () => {
    const found = (await world.ben.sees("help-needed")).find(
      ({ id, text }) => !seen.has(id) && text.includes(question),
    );
    expect(found).toBeDefined();
    return found as { id: string };
  });
  await world.ben.presses("I'll take it", { in: "help-needed" });
  await world.eventually(async () => expect((await world.thread()).join("\n")).toMatch(/Ben has it/));
  for (const text of answers) {
    const read = async () =>
      (await world.steward.db.query("select 1 from steward.inbox where person_id = 'ben' and outcome is not null"))
        .length;
    const before = await read();
    const said = await world.ben.post("/api/chat/help-needed/messages", { text, thread: card.id });
    expect(said).toMatchObject({ status: 202 });
    await world.eventually(async () => expect(await read()).toBe(before + 1));
  }
  await world.eventually(async () => {
    const { runs } = (await world.cara.get("/api/runs?limit=50")).body as { runs: { title: string; done: boolean }[] };
    expect(runs.filter(({ title, done }) => !done && title.startsWith("restart"))).toEqual([]);
  });
  await world.ben.presses("Solved", { in: "help-needed" });
  await world.eventually(async () => expect((await world.thread()).join("\n")).toMatch(/Solved after/));
}

/** What stands between the backticks of the draft that this person was shown last. */
async function fileShown(world: World, who: Who): Promise<string> {
  return world.eventually(async () => {
    const shown = (await world[who].sees("general")).findLast(({ text }) => text.includes("```"));
    const file = /^```\n([\s\S]*?)^```$/m.exec(shown?.text ?? "")?.[1];
    expect(file).toBeDefined();
    return file as string;
  });
}

describe.each(oneBase)("what repeats, on %s", (database) => {
  test("is found among questions that went to people and deeds, and a draft taken into use begins for everybody until it is taken out", async () => {
    await using world = await startWorld({ database });
    expect(await whatRepeats(world, "cara")).toContain(
      "Among 0 requests of the last 30 days that you may see, nothing repeats.",
    );
    const asked = [
      "ask a person about the lamp over my desk",
      "ask somebody about the lamp over the desk",
      "ask someone about a desk lamp",
    ];
    for (const [index, who] of (["ana", "ben", "dan"] as const).entries())
      await asks(world, who, `@steward ${asked[index]}`, /Nobody has taken it yet/);
    await restarts(world, ["ana", "dan", "cara"]);
    // The handbook answered it: nobody needs another article.
    await asks(world, "ana", "@steward my laptop cannot reach the VPN", /Harbour|VPN/);

    const found = await whatRepeats(world, "cara");
    expect(found).toMatch(/2 things repeat\./);
    expect(found).toMatch(
      /• “the lamp over my desk”: 3 times by 3 people, from .* UTC to .* UTC \(R-\w{6}, R-\w{6}, R-\w{6}\)\. Proposal: whoever solved it/,
    );
    expect(found).toMatch(
      /• “restart billing in staging”: 3 times by 3 people.* Draft 1: a workflow that does it, restart-billing-in-staging\./,
    );
    expect(await whatRepeats(world, "eve")).toContain("nothing repeats");
    const list = (await world.cara.sees("general")).findLast(({ text }) => text.includes("2 things repeat"));
    expect(list?.card?.buttons.map(({ label }) => label)).toEqual(["Show draft 1"]);
    await world.cara.presses("Show draft 1", { in: "general" });
    expect(await fileShown(world, "cara")).toMatch(/^name: restart-billing-in-staging\n/);
    expect((await world.dan.sees("general")).filter(({ text }) => text.includes("```"))).toEqual([]);
    const named = /of (R-\w{6})/.exec(JSON.stringify(list?.card?.buttons))?.[1];
    // Nobody has a list of their own who did not ask for one, and a guest sees nothing of others.
    await asks(world, "dan", "@steward show draft 1", /There is no draft 1 in a list that you asked for/);
    await asks(world, "eve", `@steward show draft 1 of ${named}`, /Guests may only look/);

    const phrase = "the usual restart billing in staging";
    await asks(world, "dan", phrase, /Did you mean/, "ops");
    await asks(world, "ana", `@steward use draft 1 of ${named}`, /Waiting for approval/);
    await world.ana.presses("Approve", { in: "general" });
    await world.cara.presses("Approve", { in: "approvals" });
    await world.eventually(async () =>
      expect((await world.thread()).join("\n")).toMatch(`restart-billing-in-staging is in use. Say “${phrase}”.`),
    );
    await asks(world, "dan", phrase, /billing in staging is healthy/, "ops");
    expect((await world.run()).name ?? "").not.toBe("restart-service");
    await world.restarts();
    await asks(world, "ana", phrase, /billing in staging is healthy/, "ops");
    expect(await whatRepeats(world, "cara")).toContain("The workflow restart-billing-in-staging does it already.");
    const page = String((await world.cara.get("/systems")).body).replaceAll(/<[^>]*>/g, "");
    expect(page).toMatch(/restart-billing-in-staging in use since .*, wanted by Ana/);

    await asks(world, "dan", "@steward take restart-billing-in-staging out of use", /Waiting for approval/);
    await world.cara.presses("Approve", { in: "approvals" });
    await world.eventually(async () => expect((await world.thread()).join("\n")).toMatch(/is not in use any more/));
    await asks(world, "dan", phrase, /Did you mean/, "ops");
    await asks(world, "cara", "@steward take restart-service out of use", /nothing was changed/);
    const used = [...(await world.recorded("workflow.used")), ...(await world.recorded("workflow.stopped"))];
    expect(used.map(({ by, data }) => [by, (data as { name: string }).name])).toEqual([
      ["ana", "restart-billing-in-staging"],
      ["dan", "restart-billing-in-staging"],
    ]);
  });

  test("answers that people gave become an article, which then answers the question", async () => {
    const folder = await mkdtemp(join(tmpdir(), "steward-handbook-"));
    try {
      await using world = await startWorld({ database, knowledge: folder });
      await helped(world, "ana", "the badge reader at the gate that stays red", [
        "Hold the badge flat for three seconds.",
      ]);
      await helped(world, "dan", "the red badge reader at the gate", ["hold the badge flat for three seconds"]);
      await helped(world, "cara", "the badge reader at the gate again", [
        "Else ring at the desk:\n# it opens the gate",
      ]);
      expect(await whatRepeats(world, "cara")).toMatch(
        /Draft 1: an article with what people answered, the-badge-reader/,
      );
      await asks(world, "cara", "@steward show draft 1", /Save it as .*\.md/);
      const file = await fileShown(world, "cara");
      expect(file).toMatch(/^- Hold the badge flat for three seconds\. \(Ben, R-\w{6}; Ben, R-\w{6}\)$/m);
      expect(file).toMatch(/^- Else ring at the desk: # it opens the gate \(Ben, R-\w{6}\)$/m);
      await asks(world, "cara", "@steward use draft 1", /Draft 1 is an article: Save it/);
      await writeFile(join(folder, "gate.md"), file);
      await world.restarts();
      await asks(world, "dan", "@steward why is the badge reader at the gate red?", /Hold the badge flat/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

test("a question that was always answered with the same deed begins it; a second replica knows at once", async () => {
  await using world = await startWorld({ database: "postgres" });
  await using second = await world.another();
  const deed = ["restart billing in staging"];
  await helped(world, "ana", "billing hanging in the test system", deed);
  await helped(world, "dan", "the test system, where billing hangs", deed);
  await helped(world, "cara", "billing hangs in the test system again", deed);
  const list = await whatRepeats(world, "cara");
  expect(list).toMatch(/“billing hanging in the test system”.* Draft \d: a workflow that does it, billing-hanging/);
  const [, n, name] = /“billing hanging.* Draft (\d): a workflow that does it, ([\w-]+)\./.exec(list) ?? [];
  await asks(world, "cara", `@steward use draft ${n}`, new RegExp(`The workflow ${name} is in use`));
  await asks(world, "ana", "billing hanging in the test system", /billing in staging is healthy/, "ops");
  const begun = await second.ask("ana", "POST", "/api/workflows/create", { name, context: {} });
  expect(begun).toMatchObject({ status: 201 });
  const other = await second.ask("ana", "POST", "/api/workflows/create", { name, context: { service: "search" } });
  expect(other).toMatchObject({ status: 422 });
});

test("a draft that is saved as a file is read at the start, and its phrase begins it", async () => {
  let file = "";
  {
    await using world = await startWorld({ database: "pglite" });
    for (const service of ["search", "checkout", "website"])
      await asks(world, "ana", `restart ${service} in staging`, new RegExp(`${service} in staging is healthy`), "ops");
    expect(await whatRepeats(world, "cara")).toMatch(/with another service each time .* Draft 1: a workflow/);
    await asks(world, "cara", "show draft 1", /then say “the usual restart website in staging”\.$/);
    file = await fileShown(world, "cara");
  }
  const home = await mkdtemp(join(tmpdir(), "steward-saved-"));
  try {
    for (const part of ["src", "machines", "intents", "workflows", "migrations", "package.json"])
      await cp(join(root, part), join(home, part), { recursive: true });
    await symlink(join(root, "node_modules"), join(home, "node_modules"));
    await writeFile(join(home, "workflows", "restart-in-staging.yaml"), file);
    await writeFile(join(home, "begin.ts"), 'process.argv.push("serve");\nawait import("./src/main.ts");\n');
    const steward = await startSteward({ STEWARD_DATA_DIR: join(home, "data") }, { entry: join(home, "begin.ts") });
    const url = steward.url ?? "";
    expect(url, steward.log()).not.toBe("");
    await ask(url, "ana", "POST", "/api/chat/ops/messages", { text: "do the usual restart billing in staging" });
    await until("billing restarted by the saved workflow", 60_000, async () => {
      const { messages } = (await ask(url, "ana", "GET", "/api/chat/ops/messages")).body;
      return messages.find(({ text }: { text: string }) => text.startsWith("billing in staging is healthy")) ?? null;
    });
    const { runs } = (await ask(url, "cara", "GET", "/api/runs")).body;
    expect(runs).toMatchObject([{ name: "restart-in-staging" }]);
    await steward.end("SIGTERM");
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});
