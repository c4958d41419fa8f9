import { describe, expect, test } from "vitest";
import { z } from "zod";
import { specialists } from "../../src/agents/index.ts";
import { defineTool } from "../../src/domain/tool.ts";
import type { ChatMessage } from "../../src/http/chat-port.ts";
import { loadDefinition } from "../../src/workflow/index.ts";
import { startModelServer } from "../support/model-server.ts";
import { oneBase, startWorld, type World } from "../support/world.ts";

const question = "@steward my chair is broken and my back hurts";
const known = "@steward my laptop cannot reach the VPN";
type Name = "ana" | "ben" | "cara" | "dan" | "eve";

/** The newest message of Steward's with this title, as somebody sees it in a channel. */
function card(world: World, title: string, channel: string, viewer: Name = "ben"): Promise<ChatMessage> {
  return world.eventually(async () => {
    const found = (await world[viewer].sees(channel)).findLast((message) => message.card?.title === title);
    expect(found, `${viewer} sees “${title}” in #${channel}`).toBeDefined();
    return found as ChatMessage;
  });
}

const labels = (message: ChatMessage) => (message.card?.buttons ?? []).map((button) => button.label);
const ended = (world: World) =>
  world.eventually(async () => expect(await world.run()).toMatchObject({ status: "completed", done: true }));
const reads = (world: World, text: string | RegExp, viewer?: Name) =>
  world.eventually(async () =>
    expect(await world.thread(viewer)).toContainEqual(
      typeof text === "string" ? text : (expect.stringMatching(text) as string),
    ),
  );

async function asked(world: World, text = question): Promise<void> {
  await world.ana.says(text, { in: "general" });
  await card(world, "Ana needs help", "general");
  await card(world, "Ana needs help", "help-needed");
}

/** The name of the newest help request: R- and six characters. */
async function nameOf(world: World): Promise<string> {
  const { card: shown } = await card(world, "Ana needs help", "general");
  return shown?.fields.find((field) => field.label === "Request")?.value ?? "";
}

describe.each(oneBase)("a request for help, on %s", (database) => {
  test("is taken in the channel for help, solved in its thread and summed up, across restarts", async () => {
    await using world = await startWorld({ database });
    await asked(world);
    await reads(world, "Ana asked to get help with “my chair is broken and my back hurts”. Nobody has taken it yet.");
    await world.restarts();
    await world.passes("11m");
    await reads(world, /^Ana has waited 11 minutes to get help with “my chair is broken and my back hurts”\. Who can/);
    await world.restarts({ meanwhile: () => world.passes("10m") });
    await reads(world, /^For 21 minutes nobody has taken R-\w{6}: .* On call now: Ben\.$/);
    await world.eventually(async () =>
      expect((await world.ben.sees("help-needed")).map((message) => message.text)).toContainEqual(
        expect.stringMatching(/On call now: Ben/),
      ),
    );
    await world.ben.presses("I'll take it", { in: "help-needed" });
    await world.eventually(async () => {
      for (const channel of ["general", "help-needed"]) {
        const shown = await card(world, "Ana needs help", channel);
        expect(shown.card?.fields).toContainEqual({ label: "Taken by", value: "Ben" });
        expect(labels(shown)).toEqual(["Solved", "Withdraw"]);
      }
    });
    await world.restarts();
    await world.passes("9m");
    await world.ana.says("solved, thank you", { in: "general", inThread: true });
    await ended(world);
    await reads(world, /^Solved after 30 minutes.*\. Asked by Ana, taken by Ben after 21 minutes.*, solved by Ana\.$/);
    const closed = await card(world, "Ana needed help", "help-needed");
    expect(labels(closed)).toEqual([]);
    expect(closed.card?.fields).toContainEqual({ label: "Solved by", value: "Ana" });
    expect(closed.card?.link).toMatch(/^\/runs\/[0-9a-f-]{36}$/);
    expect((await world.thread()).filter((text) => text.includes("nobody has taken"))).toHaveLength(1);
  });

  test("that two take at once is one's, and the other is told whose it is", async () => {
    await using world = await startWorld({ database });
    await asked(world);
    await Promise.all([
      world.ben.presses("I'll take it", { in: "general" }),
      world.dan.presses("I'll take it", { in: "general" }),
    ]);
    const shown = await world.eventually(async () => {
      const found = await card(world, "Ana needs help", "general");
      expect(labels(found)).toEqual(["Solved", "Withdraw"]);
      return found;
    });
    const taker = shown.card?.fields.find((field) => field.label === "Taken by")?.value;
    expect(["Ben", "Dan"]).toContain(taker);
    const late = taker === "Ben" ? "dan" : "ben";
    const told = await world.eventually(async () => {
      const found = (await world[late].sees("general")).filter((message) => message.private);
      expect(found).toHaveLength(1);
      return found[0]?.text;
    });
    expect(told).toBe(
      `Nothing to change: Ana asked to get help with “my chair is broken and my back hurts”. ${taker} has it.`,
    );
    expect((await world.cara.sees("general")).filter((message) => message.private)).toEqual([]);
    expect(await world.run()).toMatchObject({ status: "waiting" });
  });

  test("that the handbook answers is offered the answer with its source, and needs nobody", async () => {
    await using world = await startWorld({ database });
    await world.ana.says(known, { in: "help-needed" });
    const offered = await card(world, "Cannot connect to the VPN", "help-needed");
    expect(offered.card?.fields).toEqual([{ label: "Source", value: "VPN › Cannot connect to the VPN (vpn.md)" }]);
    expect(labels(offered)).toEqual(["That helped", "Ask a person"]);
    await world.restarts();
    expect(await world.ben.presses("That helped")).toMatchObject({ status: 202 });
    await reads(world, "This is for Ana to say.", "ben");
    await world.ana.presses("That helped");
    await ended(world);
    await reads(world, "Solved by the handbook: VPN › Cannot connect to the VPN (vpn.md).");
    expect(labels(await card(world, "Cannot connect to the VPN", "help-needed"))).toEqual([]);
  });

  test("that the handbook answers badly goes on to a person, in its own thread when it was asked in that channel", async () => {
    await using world = await startWorld({ database });
    await world.ana.says(known, { in: "help-needed" });
    await world.ana.presses("Ask a person");
    await card(world, "Ana needs help", "help-needed");
    expect(
      (await world.ben.sees("help-needed")).filter((message) => message.card?.title === "Ana needs help"),
    ).toHaveLength(1);
    await world.ana.presses("I'll take it");
    await reads(world, "You asked for this yourself, so somebody else has to say it.");
    await world.cara.says("I'll take it", { in: "help-needed", inThread: true });
    await reads(world, /Cara has it\.$/);
    await world.dan.presses("Solved");
    await reads(world, "This is for Ana or Cara to say.", "dan");
    await world.cara.presses("Solved");
    await ended(world);
    await reads(world, /^Solved after .*\. Asked by Ana, taken by Cara after .*, solved by Cara\.$/);
  });
});

test("whoever asked may withdraw or solve it before anybody takes it", async () => {
  await using world = await startWorld({ database: "pglite" });
  await asked(world);
  await world.ana.presses("Withdraw");
  await ended(world);
  await reads(world, "Withdrawn by Ana.");
  await world.ana.says(question, { in: "general" });
  await reads(world, /Nobody has taken it yet\.$/);
  await world.ana.says("/steward it works", { in: "general", inThread: true });
  await ended(world);
  await reads(world, /^Solved by Ana after .*, before anybody took it\.$/);
});

test("that nobody takes for a day stays open and says so, and is in the list", async () => {
  await using world = await startWorld({ database: "pglite" });
  await asked(world);
  const name = await nameOf(world);
  await world.passes("25h");
  await reads(world, /^For 1 day 1 hour nobody has taken R-\w{6}: .* It stays open until somebody does\.$/);
  await world.dan.says("/steward open requests", { in: "ops" });
  await reads(
    world,
    new RegExp(
      `^1 help request is open:\n${name}: Ana asked to get help with “my chair .*”; open for 1 day 1 hour.*, not taken yet\\.$`,
    ),
  );
  await world.ben.says(`/steward take ${name.toLowerCase()}`, { in: "ops" });
  await card(world, "Ana needs help", "general");
  await world.eventually(async () => {
    await world.dan.says("@steward which requests are open?", { in: "ops" });
    await reads(world, /, taken by Ben\.$/);
  });
  await world.ben.says(`/steward solved ${name}`, { in: "ops" });
  await world.eventually(async () =>
    expect((await world.ana.sees("general")).at(-1)?.text).toMatch(/^Solved after 1 day 1 hour/),
  );
  await world.dan.says("open requests", { in: "ops" });
  await reads(world, "No help request is open.");
});

test("an answer from the handbook that nobody judges is closed after a day", async () => {
  await using world = await startWorld({ database: "pglite" });
  await world.ana.says(known, { in: "help-needed" });
  await card(world, "Cannot connect to the VPN", "help-needed");
  await world.passes("25h");
  await ended(world);
  await reads(world, /^Closed, since nobody said whether the handbook helped\./);
});

test("what whoever asked adds in the thread stays with it, and begins nothing new", async () => {
  await using world = await startWorld({ database: "pglite" });
  await asked(world);
  await world.ana.says("it is the blue one by the window", { in: "general", inThread: true });
  await reads(
    world,
    /^Ana asked to get help with “my chair .* Nobody has taken it yet\. What you write here stays with it\. For something new,/,
  );
  expect(await world.thread("ben")).not.toContainEqual(expect.stringContaining("stays with it"));
  expect((await world.cara.get("/api/runs")).body.runs).toHaveLength(1);
});

test("people talk in the thread undisturbed, and what is near an intent can go to a person", async () => {
  await using world = await startWorld({ database: "pglite" });
  await asked(world);
  const said = ["have you tried another chair?", "restrat the chair", "I cannot reach you on the phone"];
  await world.ben.says("I'll take it", { in: "general", inThread: true });
  await reads(world, /Ben has it\.$/);
  for (const text of said) await world.ben.says(text, { in: "general", inThread: true });
  const unanswered = (count: number) =>
    world.eventually(async () =>
      expect(
        await world.steward.db.query("select 1 from steward.inbox where outcome in ('silent', 'late')"),
      ).toHaveLength(count),
    );
  await unanswered(3);
  expect((await world.thread()).slice(-3)).toEqual(said);
  await world.ben.says("solved", { in: "ops" });
  await unanswered(4);
  expect((await world.ben.sees("ops")).map((message) => message.from)).toEqual(["ben"]);
  await world.ana.says("/steward restrat chekout in staging, or else my cart is empty", { in: "ops" });
  await world.ana.presses("None of these: ask a person");
  await reads(world, /^Ana asked to get help with “restrat chekout in staging, or else my cart is empty”\./);
  expect(await world.run()).toMatchObject({ status: "waiting" });
});

test("a guest may ask for help and see what is open, but may not take it or restart anything", async () => {
  await using world = await startWorld({ database: "pglite" });
  await world.eve.says(question, { in: "general" });
  await reads(world, "Eve asked to get help with “my chair is broken and my back hurts”. Nobody has taken it yet.");
  await world.ana.says(question, { in: "general" });
  await card(world, "Ana needs help", "general");
  await world.eve.says("@steward I'll take it", { in: "general", inThread: true });
  await reads(world, /^This is for any member to say/, "eve");
  await world.eve.says("@steward open requests", { in: "ops" });
  await reads(world, /^2 help requests are open:/, "eve");
  await world.eve.says("@steward restart checkout in production", { in: "ops" });
  await reads(world, /^Guests may only look and ask questions/, "eve");
});

test("a code for linking that somebody writes where they are known is answered to them alone", async () => {
  await using world = await startWorld({ database: "pglite" });
  await world.ana.says("@steward link 9Q45-7KXV", { in: "ops" });
  await reads(world, "You are known here already. Write it where I do not know you yet.");
  expect(await world.thread("ben")).toHaveLength(1);
  expect((await world.cara.get("/api/runs")).body.runs).toEqual([]);
});

const mend = `
name: mend
summary: Have a service mended
phrases: ["mend [the] {service}"]
input: { service: { type: string, required: true } }
title: have \${{ input.service }} mended
steps:
  - { id: fix, agent: { specialist: operator, task: fix-service, input: { service: "\${{ input.service }}", environment: production } } }
reply: \${{ steps.fix.output.summary }}
`;
/** It takes no key of ours and breaks off: nobody knows whether it happened. */
const cut = defineTool({
  name: "services.restart",
  summary: "Restart a service",
  params: z.object({ service: z.string(), environment: z.string() }),
  result: z.json(),
  risk: () => "dangerous",
  effect: "opaque",
  timeoutMs: 1000,
  describe: ({ service }) => `Restart ${service}`,
  run: () => Promise.reject(new Error("socket hang up")),
});

test("a call of an agent of which nobody knows whether it happened is asked about in the thread and on the run's page", async () => {
  const loaded = loadDefinition(mend, "mend", { tools: [], intents: [], specialists });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  await using server = await startModelServer(({ n }) => ({
    content: [
      n === 0
        ? {
            type: "tool_use",
            id: "a",
            name: "services_restart",
            input: { service: "search", environment: "production" },
          }
        : {
            type: "tool_use",
            id: "b",
            name: "report",
            input: { summary: "search was restarted", healthy: true, changes: [] },
          },
    ],
  }));
  await using world = await startWorld({
    database: "pglite",
    model: { apiKey: "test-key", baseUrl: server.url, model: null },
    extra: { tools: [cut], definitions: [loaded.definition] },
  });
  await world.ana.says("@steward mend search", { in: "general" });
  await world.ben.presses("Approve", { in: "approvals" });
  const { card: asked, text } = await card(world, "Did services.restart happen?", "general");
  expect(text).toMatch(/^The agent operator called services\.restart and no answer came back\./);
  const { runs } = (await world.ben.get("/api/runs")).body;
  expect(asked?.link).toBe(`/runs/${runs[0].id}`);
  const page = (await world.ben.get(`/runs/${runs[0].id}`)).body as string;
  expect(page).toContain("Steward called services.restart and does not know whether it happened.");
  await world.ben.presses("It happened", { in: "general" });
  await reads(world, "search was restarted");
  expect((await card(world, "Did services.restart happen?", "general")).card?.outcome).toBe("Ben said: it happened.");
});
