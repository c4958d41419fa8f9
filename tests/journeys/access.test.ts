import { describe, expect, test } from "vitest";
import { on15, oneBase, startWorld, type World } from "../support/world.ts";
import { withKey } from "./general.ts";

const request = "I need read access to billing for 2 hours";
const ended = (world: World, state: string) =>
  world.eventually(async () => expect(await world.run()).toMatchObject({ status: state, done: true }));

/** Who has access to what in the trial company's directory. */
async function grants(world: World): Promise<unknown[]> {
  return (await world.ana.get("/api/trial")).body.grants;
}

async function cardShows(world: World, label: string, value: string): Promise<void> {
  await world.eventually(async () => {
    const cards = await world.cards();
    expect(cards).toHaveLength(2);
    for (const { message } of cards) expect(message.card?.fields).toContainEqual({ label, value });
  });
}

async function granted(world: World): Promise<void> {
  await world.eventually(async () =>
    expect(await grants(world)).toMatchObject([{ person: "ana", resource: "billing", level: "read" }]),
  );
}

async function askAndGrant(world: World): Promise<void> {
  await world.ana.says(request, { in: "help-needed" });
  await world.cara.presses("Approve");
  await world.dan.presses("Approve", { in: "approvals" });
  await granted(world);
}

/** Asked for, approved by manager and security, granted, and taken back when its time is over. */
async function accessForTwoHours(world: World, first: "cara" | "dan", second: "cara" | "dan"): Promise<void> {
  await world.ana.says(request, { in: "help-needed" });
  await cardShows(world, "Who may approve", "1 manager and 1 security (Cara, Dan)");
  expect(await world.ana.presses("Approve")).toMatchObject({ status: 403, body: { because: "own-request" } });
  expect(await world.ben.presses("Approve")).toMatchObject({ status: 403, body: { because: "not-an-approver" } });
  const missing = first === "cara" ? "security" : "manager";
  expect(await world[first].presses("Approve")).toMatchObject({
    status: 200,
    body: { outcome: "counted", sentence: `Your approval counts. Still needed: 1 ${missing}.` },
  });
  await cardShows(world, "Votes so far", first === "cara" ? "Cara approved" : "Dan approved");
  expect(await world[first].presses("Approve", { in: "approvals" })).toMatchObject({
    status: 403,
    body: { because: "already-voted" },
  });
  expect(await grants(world)).toEqual([]);
  expect(await world[second].presses("Approve", { in: "approvals" })).toMatchObject({
    status: 200,
    body: { outcome: "approved" },
  });
  await granted(world);
  await world.eventually(async () =>
    expect(await world.thread()).toContainEqual(
      expect.stringMatching(/^Ana has read access to billing until .*\. To end it earlier: \/steward revoke billing$/),
    ),
  );
  await world.passes("119m");
  await world.eventually(async () =>
    expect(await world.run()).toMatchObject({
      status: "waiting",
      waitsFor: expect.stringMatching(/^Granted until \d{4}-.*Z; it ends earlier if it is given back\.$/),
    }),
  );
  expect(await grants(world)).toHaveLength(1);
  await world.passes("2m");
  await ended(world, "completed");
  expect(await grants(world)).toEqual([]);
  await world.eventually(async () =>
    expect((await world.thread()).at(-1)).toBe("read access to billing was taken back from Ana."),
  );
}

describe.each(oneBase)("access for a while, on %s", (database) => {
  test("is given when the manager and then security approve, and taken back after its time", async () => {
    await using world = await startWorld({ database });
    await accessForTwoHours(world, "cara", "dan");
  });

  test("is given just the same when security answers first", async () => {
    await using world = await startWorld({ database });
    await accessForTwoHours(world, "dan", "cara");
  });

  test("is not given when one of them denies it, whoever approved before", async () => {
    await using world = await startWorld({ database });
    await world.ana.says(request, { in: "help-needed" });
    expect(await world.cara.presses("Approve")).toMatchObject({ body: { outcome: "counted" } });
    expect(await world.dan.presses("Deny", { reason: "not this week" })).toMatchObject({ body: { outcome: "denied" } });
    await ended(world, "cancelled");
    await world.eventually(async () =>
      expect((await world.thread()).at(-1)).toBe("Stopped: Dan denied it: not this week."),
    );
    expect(await grants(world)).toEqual([]);
  });

  test("expires when only one of the two has answered", async () => {
    await using world = await startWorld({ database });
    await world.ana.says(request, { in: "help-needed" });
    expect(await world.cara.presses("Approve")).toMatchObject({ body: { outcome: "counted" } });
    await world.passes("61m");
    await ended(world, "cancelled");
    await world.eventually(async () => {
      for (const { message } of await world.cards())
        expect(message.card).toMatchObject({ buttons: [], outcome: "Expired: only Cara approved in time" });
    });
    expect(await grants(world)).toEqual([]);
  });

  test("does not stay behind when its run is cancelled, paused as it may be", async () => {
    await using world = await startWorld({ database });
    await askAndGrant(world);
    const { workflowId } = await world.run();
    const control = (who: "ana" | "cara", act: string) => world[who].post(`/api/runs/${workflowId}/control`, { act });
    // Whoever has it does not make it last longer.
    expect(await control("ana", "pause")).toMatchObject({ status: 403, body: { because: "not-yours" } });
    const hers = await withKey(world, "hers", "--for=ana");
    const pause = await hers("POST", `/api/runs/${workflowId}/control`, { act: "pause" });
    expect(pause).toMatchObject({ status: 403, body: { because: "scope" } });
    expect(await control("cara", "pause")).toMatchObject({ status: 200 });
    expect(await control("ana", "cancel")).toMatchObject({ status: 200 });
    await ended(world, "cancelled");
    expect(await grants(world)).toEqual([]);
    await world.eventually(async () => expect((await world.thread()).at(-1)).toBe("Stopped: Ana cancelled it."));
  });

  test("is told of to whoever has it, managers and security, and can be given back earlier by whoever has it", async () => {
    await using world = await startWorld({ database });
    await askAndGrant(world);
    const [{ short } = { short: "" }] = await world.steward.db.query<{ short: string }>(
      "select short from steward.actor where machine = 'plan'",
    );
    const answers = async (who: "ana" | "ben" | "cara" | "dan", question: string, answer: RegExp) => {
      await world[who].says(`@steward ${question}`, { in: "general" });
      await world.eventually(async () => {
        const last = (await world[who].sees("general")).at(-1);
        expect([last?.text, last?.private]).toEqual([expect.stringMatching(answer), true]);
      });
    };
    const terms = `since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC until \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC, given by ${short}`;
    await answers("ana", "what access do I have?", new RegExp(`^You have:\n- read access to billing ${terms}$`));
    await answers("dan", "what access does ana have?", new RegExp(`^Ana has:\n- read access to billing ${terms}$`));
    await answers(
      "cara",
      "who has access to billing?",
      new RegExp(`^Access to billing:\n- Ana: read access ${terms}$`),
    );
    await answers("ben", "what access does ana have?", /^What others have access to is told to managers and security/);
    await answers(
      "ben",
      "who has access to billing?",
      /^You have no access to billing that was given here\. What others/,
    );
    await answers("ben", "what can I access?", /^You have no access that was given here\.$/);
    await world.ana.says("/steward revoke billing", { in: "general" });
    await ended(world, "completed");
    expect(await grants(world)).toEqual([]);
  });

  test("can be ended by a manager who names the person, and by nobody else", async () => {
    await using world = await startWorld({ database });
    await askAndGrant(world);
    await world.ben.says("/steward revoke ana's access to billing", { in: "general" });
    await world.eventually(async () =>
      expect((await world.thread("ben")).at(-1)).toBe(
        "There is something like that, but it is not yours to end. Ask whoever asked for it, their manager or security.",
      ),
    );
    await world.cara.says("/steward revoke billing", { in: "general" });
    await world.eventually(async () =>
      expect((await world.thread("cara")).at(-1)).toBe("Which one do you mean? Nothing was done yet."),
    );
    expect(await grants(world)).toHaveLength(1);
    await world.cara.presses("ana · billing");
    await ended(world, "completed");
    expect(await grants(world)).toEqual([]);
  });

  test("is not shortened by another wish for the same: each ends on its own, and no thread says what is not so", async () => {
    await using world = await startWorld({ database });
    const levels = async () => (await grants(world)).map((one) => (one as { level: string }).level).sort();
    const asks = async (wish: string, have: readonly string[]) => {
      await world.ana.says(`I need ${wish}`, { in: "help-needed" });
      await world.cara.presses("Approve");
      await world.dan.presses("Approve", { in: "approvals" });
      await world.eventually(async () => expect(await levels()).toEqual(have));
      await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "waiting" }));
    };
    const words = (...last: readonly RegExp[]) =>
      world.eventually(async () => {
        for (const sentence of last) expect(await world.thread()).toContainEqual(expect.stringMatching(sentence));
      });
    await asks("read access to billing for 1 minute", ["read"]);
    await asks("read access to billing for 2 hours", ["read", "read"]);
    await asks("write access to billing for 10 minutes", ["read", "read", "write"]);

    await world.ana.says("I need read access to billing for 1 hour", { in: "help-needed" });
    await ended(world, "completed");
    await words(/^Ana has read access to billing until \S+ already, so nobody was asked\.$/);
    expect(await levels()).toEqual(["read", "read", "write"]);

    await world.passes("11m");
    await world.eventually(async () => expect(await levels()).toEqual(["read"]));
    const over = (level: string) =>
      expect.stringMatching(
        new RegExp(
          `^The ${level} access to billing that was given here has ended\\. By another request Ana still has read access until \\S+\\.$`,
        ),
      );
    await world.eventually(async () => {
      const said = (await world.ana.sees("help-needed")).map(({ text }) => text);
      expect(said).toEqual(expect.arrayContaining([over("read"), over("write")]));
      expect(said.filter((text) => text.includes("was taken back"))).toEqual([]);
    });
    await asks("write access to billing for 10 minutes", ["read", "write"]);
    // Words that fit both end both: nobody could say which of them.
    await world.ana.says("/steward revoke billing", { in: "general" });
    await world.eventually(async () => expect(await levels()).toEqual([]));
  });

  test("is taken back in time by a Steward that was started again meanwhile", async () => {
    await using world = await startWorld({ database });
    await world.ana.says(request, { in: "help-needed" });
    await world.cara.presses("Approve");
    await world.restarts();
    await world.dan.presses("Approve");
    await granted(world);
    await world.restarts();
    expect(await world.run()).toMatchObject({ status: "waiting" });
    await world.passes("2h");
    await ended(world, "completed");
    expect(await grants(world)).toEqual([]);
  });

  test("is taken back at once when its time ran out while no Steward ran", async () => {
    await using world = await startWorld({ database });
    await askAndGrant(world);
    await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "waiting" }));
    await world.restarts({ meanwhile: () => world.passes("3h") });
    await ended(world, "completed");
    expect(await grants(world)).toEqual([]);
  });
});

test.skipIf(on15.skip)(`access is given and taken back on ${on15.title}`, async () => {
  await using world = await startWorld({ database: "postgres-15" });
  await accessForTwoHours(world, "cara", "dan");
});
