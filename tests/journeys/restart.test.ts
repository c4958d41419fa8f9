import { describe, expect, test } from "vitest";
import { bases, on15, oneBase, startWorld, type World } from "../support/world.ts";

/** How the instances of a service are: how often each was restarted. */
async function restartsOf(world: World, service: string, environment: string): Promise<number[]> {
  const { services } = (await world.ana.get("/api/trial")).body;
  const found = services.find(
    (one: { name: string; environment: string }) => one.name === service && one.environment === environment,
  );
  return found.instances.map((instance: { restarts: number }) => instance.restarts);
}

/** The card is there, in the thread and in #approvals, with its buttons. */
function cardIsOut(world: World, channel = "ops"): Promise<void> {
  return world.eventually(async () => {
    const cards = await world.cards();
    expect(cards.map((card) => card.channel)).toEqual([channel, "approvals"]);
    for (const { message } of cards)
      expect(message.card?.buttons.map((button) => button.label)).toEqual(["Approve", "Deny"]);
  });
}

/** Every copy of the card has lost its buttons and says what came of it. */
function cardSays(world: World, outcome: RegExp): Promise<void> {
  return world.eventually(async () => {
    const cards = await world.cards();
    expect(cards).toHaveLength(2);
    for (const { message } of cards)
      expect(message.card).toMatchObject({ buttons: [], outcome: expect.stringMatching(outcome) });
  });
}

const ended = (world: World, state: string) =>
  world.eventually(async () => expect(await world.run()).toMatchObject({ status: state, done: true }));

/** ana asks, ben approves, checkout restarts: the first journey. */
async function restartCheckout(world: World): Promise<void> {
  await world.ana.says("restart checkout in production", { in: "ops" });
  await cardIsOut(world);
  await world.eventually(async () => {
    const [asked, ...answers] = await world.thread();
    expect(asked).toBe("restart checkout in production");
    // The card is urgent, so it may come before the status.
    expect(answers.sort()).toEqual([
      "Ana asked to restart checkout in production. Waiting for approval.",
      "Ana asks for approval: restart checkout in production. Who may approve: 1 on-call (Ben).",
    ]);
  });
  const [asked] = await world.cards();
  expect(asked?.message.card).toMatchObject({
    title: "Approve: restart checkout in production?",
    link: expect.stringMatching(/^\/gates\/[0-9a-f-]{36}$/),
  });
  expect(Object.fromEntries((asked?.message.card?.fields ?? []).map(({ label, value }) => [label, value]))).toEqual({
    What: 'Restart checkout in production, one instance at a time [services.restart(environment: "production", service: "checkout")]',
    Risk: "dangerous",
    "Dry run": "Would restart 3 instances of version 1.4.2.",
    "Requested by": "Ana",
    "Who may approve": "1 on-call (Ben)",
    Until: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  });

  const own = "You asked for this yourself, so somebody else has to approve it. You may withdraw it with Deny.";
  expect(await world.ana.presses("Approve")).toMatchObject({
    status: 403,
    body: { because: "own-request", detail: own },
  });
  await world.eventually(async () => expect(await world.thread("ana")).toContain(own));
  expect(await world.thread("ben")).not.toContain(own);
  expect(await world.eve.presses("Approve")).toMatchObject({ status: 403, body: { because: "guest" } });
  expect(await world.dan.presses("Approve", { in: "approvals" })).toMatchObject({
    status: 403,
    body: { because: "not-an-approver" },
  });
  expect(await restartsOf(world, "checkout", "production")).toEqual([0, 0, 0]);

  expect(await world.ben.presses("Approve", { in: "approvals" })).toMatchObject({
    status: 200,
    body: { outcome: "approved" },
  });
  await cardSays(world, /^Approved by Ben at \d{4}-/);
  await ended(world, "completed");
  expect(await restartsOf(world, "checkout", "production")).toEqual([1, 1, 1]);
  await world.eventually(async () => {
    const thread = await world.thread("ben");
    expect(thread).toContain("Restarted instance 3 of 3");
    expect(thread).toContain("Ana asked to restart checkout in production. Done.");
    expect(thread.at(-1)).toMatch(
      /^checkout in production is healthy: 3 of 3 instances running version 1\.4\.2, last restarted at \d{4}-\d\d-\d\d \d\d:\d\d UTC$/,
    );
  });
  expect(
    (await world.recorded("refused")).map((entry) => [entry["by"], (entry["data"] as { because: string }).because]),
  ).toEqual([
    ["ana", "own-request"],
    ["eve", "guest"],
    ["dan", "not-an-approver"],
  ]);
  // Who approved is found by the answer, though it is the gate that was approved.
  const answers = async (kind: string) => (await world.cara.get(`/api/audit?by=ben&kind=${kind}`)).body.entries.length;
  expect([await answers("gate.approved"), await answers("gate.denied")]).toEqual([1, 0]);
}

describe.each(bases)("a restart, on %s", (database) => {
  test("is asked for, approved by somebody else and really done", async () => {
    await using world = await startWorld({ database });
    await restartCheckout(world);
  });

  test("is not done when it is denied; why it was asked for and why it was denied are read by those they are for", async () => {
    await using world = await startWorld({ database });
    const reason = 'it leaks" (said by Dan)\u2028<b>';
    await world.ana.says(`/steward restart checkout production because ${reason}`, { in: "general" });
    await cardIsOut(world, "general");
    const given = String.raw`"it leaks\" (said by Dan) <b>" (said by Ana)`;
    for (const { message } of await world.cards())
      expect(message.card?.fields).toContainEqual({ label: "Reason", value: given });
    const asked = await world.run();
    expect(asked).toMatchObject({ title: "restart checkout in production", reason: 'it leaks" (said by Dan) <b>' });
    const escaped = given.replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
    for (const path of [`/runs/${asked.workflowId}`, `/gates/${asked.gates[0].id}`])
      expect((await world.ben.get(path)).body).toContain(`Reason: ${escaped}`);
    expect((await world.ben.get(`/runs/${asked.workflowId}`)).body).toContain("Begun. Reason given: &quot;it leaks");
    // What is said beside it meanwhile reaches whoever decides, as words and nothing more.
    await world.dan.says("the <i>heap</i> is fine since noon, ben approved", { in: "general", inThread: true });
    const gatePath = `/gates/${asked.gates[0].id}`;
    expect((await world.ben.get(gatePath)).body).toMatch(
      /Dan at <time[^>]*>[^<]*<\/time>: “the &lt;i&gt;heap&lt;\/i&gt; is fine since noon, ben approved”/,
    );
    expect((await world.ben.get(`/api${gatePath}`)).body).toMatchObject({
      state: "open",
      reason: 'it leaks" (said by Dan) <b>',
      remarks: [{ personId: "dan", name: "Dan", text: "the <i>heap</i> is fine since noon, ben approved" }],
    });
    expect(await world.ben.presses("Deny")).toMatchObject({
      status: 200,
      body: { outcome: "form", fields: [{ name: "reason", required: true }] },
    });
    expect(await world.run()).toMatchObject({ status: "waiting" });
    expect(await world.ben.presses("Deny", { reason: "a sale is on" })).toMatchObject({
      status: 200,
      body: { outcome: "denied" },
    });
    await ended(world, "cancelled");
    await cardSays(world, /^Denied by Ben: a sale is on/);
    await world.eventually(async () =>
      expect((await world.thread()).at(-1)).toBe("Stopped: Ben denied it: a sale is on."),
    );
    expect(await restartsOf(world, "checkout", "production")).toEqual([0, 0, 0]);
  });

  test("a deploy between approval and execution makes the approval void: it is asked anew", async () => {
    await using world = await startWorld({ database });
    await world.ana.says("restart checkout in production", { in: "ops" });
    await cardIsOut(world);
    const { workflowId } = await world.run();
    // While it is paused the approval is heard but nothing runs.
    expect(await world.ana.post(`/api/runs/${workflowId}/control`, { act: "pause" })).toMatchObject({ status: 200 });
    expect(await world.ben.presses("Approve")).toMatchObject({ status: 200 });
    await world.steward.trial?.deploy(
      { tenant: world.steward.tenant, service: "checkout", environment: "production" },
      "1.5.0",
      "dan",
    );
    expect(await world.ana.post(`/api/runs/${workflowId}/control`, { act: "resume" })).toMatchObject({ status: 200 });
    await world.eventually(async () =>
      expect((await world.run()).gates).toMatchObject([{ state: "superseded" }, { state: "open" }]),
    );
    await cardIsOut(world);
    await world.eventually(async () => {
      const first = (await world.ana.sees("ops")).find((message) => message.card?.title.startsWith("Approve:"));
      expect(first?.card).toMatchObject({ buttons: [], outcome: expect.stringMatching(/^Superseded/) });
    });
    expect(await restartsOf(world, "checkout", "production")).toEqual([0, 0, 0]);
    expect(await world.ben.presses("Approve")).toMatchObject({ status: 200, body: { outcome: "approved" } });
    await ended(world, "completed");
    expect(await restartsOf(world, "checkout", "production")).toEqual([1, 1, 1]);
  });
});

describe.each(oneBase)("a restart that goes another way, on %s", (database) => {
  test("what was approved and then put off for longer than its question may be open is asked anew", async () => {
    await using world = await startWorld({ database });
    await world.ana.says("restart checkout in production", { in: "ops" });
    await cardIsOut(world);
    const control = async (act: string) =>
      expect(await world.ana.post(`/api/runs/${(await world.run()).workflowId}/control`, { act })).toMatchObject({
        status: 200,
      });
    await control("pause");
    expect(await world.ben.presses("Approve")).toMatchObject({
      body: {
        outcome: "approved",
        sentence: expect.stringMatching(/it is held up now, and goes ahead when its run goes on/),
      },
    });
    await world.passes("61m");
    await control("resume");
    await world.eventually(async () =>
      expect((await world.run()).gates).toMatchObject([{ state: "superseded" }, { state: "open" }]),
    );
    expect(await restartsOf(world, "checkout", "production")).toEqual([0, 0, 0]);
    await cardIsOut(world);
    expect(await world.ben.presses("Approve")).toMatchObject({ body: { outcome: "approved" } });
    await ended(world, "completed");
    expect(await restartsOf(world, "checkout", "production")).toEqual([1, 1, 1]);
  });

  test("can be withdrawn by whoever asked", async () => {
    await using world = await startWorld({ database });
    await world.ana.says("restart checkout in production", { in: "ops" });
    expect(await world.ana.presses("Deny")).toMatchObject({ status: 200, body: { outcome: "denied" } });
    await ended(world, "cancelled");
    await cardSays(world, /^Withdrawn by Ana/);
    await world.eventually(async () => expect((await world.thread()).at(-1)).toBe("Stopped: Ana withdrew it."));
  });

  test("nobody answers: a reminder, then the manager is asked too and may approve", async () => {
    await using world = await startWorld({ database });
    await world.ana.says("restart billing in production", { in: "ops" });
    await cardIsOut(world);
    expect(await world.cara.presses("Approve")).toMatchObject({ status: 403, body: { because: "not-an-approver" } });
    await world.passes("10m");
    await world.eventually(async () =>
      expect((await world.ben.sees("approvals")).map((message) => message.text)).toContainEqual(
        expect.stringMatching(
          /^Still waiting for an answer: restart billing in production, asked by Ana\. Who may approve: 1 on-call \(Ben\)\./,
        ),
      ),
    );
    await world.passes("10m");
    await world.eventually(async () =>
      expect(await world.thread("cara")).toContain(
        'No decision yet on "restart billing in production"; Cara may approve it now too.',
      ),
    );
    await world.eventually(async () => {
      for (const { message } of await world.cards())
        expect(message.card?.fields).toContainEqual({ label: "Who may approve", value: "1 on-call (Ben), or Cara" });
    });
    expect(await world.cara.presses("Approve")).toMatchObject({ status: 200, body: { outcome: "approved" } });
    await ended(world, "completed");
    await cardSays(world, /^Approved by Cara/);
    expect(await restartsOf(world, "billing", "production")).toEqual([1, 1, 1]);
  });

  test("nobody answers at all: it expires, the card says so and the run ends", async () => {
    await using world = await startWorld({ database });
    await world.ana.says("restart checkout in production", { in: "ops" });
    await cardIsOut(world);
    const before = await world.cards();
    await world.passes("1h");
    await ended(world, "cancelled");
    await cardSays(world, /^Expired: nobody answered$/);
    await world.eventually(async () =>
      expect((await world.thread()).at(-1)).toBe("Nobody answered in time, so nothing was done."),
    );
    const [old] = before[0]?.message.card?.buttons ?? [];
    const late = await world.ben.post("/api/chat/presses", { token: old && "token" in old ? old.token : "" });
    expect(late).toMatchObject({ status: 403, body: { because: "expired" } });
    expect(await restartsOf(world, "checkout", "production")).toEqual([0, 0, 0]);
  });

  test("in staging nobody needs to be asked", async () => {
    await using world = await startWorld({ database });
    await world.ana.says("bounce search on staging", { in: "ops" });
    await ended(world, "completed");
    expect(await restartsOf(world, "search", "staging")).toEqual([1, 1]);
    expect(await world.cards()).toEqual([]);
    expect((await world.run()).gates).toMatchObject([{ state: "waived" }]);
  });

  test("is not done when its approver has lost the role meanwhile", async () => {
    await using world = await startWorld({ database });
    await world.ana.says("restart checkout in production", { in: "ops" });
    const { workflowId } = await world.eventually(async () => {
      await cardIsOut(world);
      return world.run();
    });
    await world.ana.post(`/api/runs/${workflowId}/control`, { act: "pause" });
    expect(await world.ben.presses("Approve")).toMatchObject({ status: 200, body: { outcome: "approved" } });
    await world.owner("delete from steward.role_grant where person_id = 'ben'");
    await world.ana.post(`/api/runs/${workflowId}/control`, { act: "resume" });
    await ended(world, "failed");
    await world.eventually(async () =>
      expect((await world.thread()).at(-1)).toMatch(
        /^Failed to restart checkout in production\. .*the approval lacks 1 on-call/,
      ),
    );
    expect(await restartsOf(world, "checkout", "production")).toEqual([0, 0, 0]);
    expect(await world.recorded("refused")).toContainEqual(
      expect.objectContaining({ data: expect.objectContaining({ because: "voter-lost-role" }) }),
    );

    // Now nobody has it: whoever asks reads so at once, and who gets it may answer.
    await world.ana.says("restart checkout in production", { in: "ops" });
    await world.eventually(async () =>
      expect((await world.thread()).at(-1)).toMatch(
        /As it stands nobody can approve this: it lacks 1 on-call, .* After 20 minutes Cara may approve it too\.$/,
      ),
    );
    await world.owner(
      "insert into steward.role_grant (tenant_id, person_id, role) values ('default', 'dan', 'on-call')",
    );
    expect(await world.dan.presses("Approve")).toMatchObject({ status: 200, body: { outcome: "approved" } });
    await ended(world, "completed");
  });
});

test.skipIf(on15.skip)(`a restart is done on ${on15.title}`, async () => {
  await using world = await startWorld({ database: "postgres-15" });
  await restartCheckout(world);
});
