import { Webhooks } from "@octokit/webhooks";
import { describe, expect, test } from "vitest";
import { loadDefinition } from "../../src/workflow/index.ts";
import { githubSecret, oneBase, startWorld, type World } from "../support/world.ts";
import { field } from "./incident-world.ts";

const signer = new Webhooks({ secret: githubSecret });
let deliveries = 0;

async function tell(
  world: Pick<World, "url">,
  event: string,
  payload: object,
  more: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const body = JSON.stringify(payload);
  const response = await fetch(new URL("/api/webhooks/github", world.url), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-github-event": event,
      "x-github-delivery": `d-${++deliveries}`,
      "x-hub-signature-256": await signer.sign(body),
      ...more,
    },
    body,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const repository = { full_name: "acme/checkout", default_branch: "main" };
const issue = (number: number, title: string, more: object = {}) => ({
  action: "opened",
  repository,
  issue: {
    number,
    title,
    body: "",
    html_url: `https://github.com/acme/checkout/issues/${number}`,
    state: "open",
    user: { login: "octocat" },
    labels: [{ name: "bug" }],
    ...more,
  },
});
const build = (number: number, conclusion: string, more: object = {}) => ({
  action: "completed",
  repository,
  workflow_run: {
    name: "CI",
    head_branch: "main",
    head_sha: `${number}`.repeat(40).slice(0, 40),
    conclusion,
    run_number: number,
    html_url: `https://github.com/acme/checkout/actions/runs/${number}`,
    head_commit: { message: `change ${number}\n\nmore`, author: { name: "Octo Cat" } },
    ...more,
  },
});

/** The cards in #ops whose title begins with this, oldest first. */
async function cards(world: World, title: string) {
  return (await world.ben.sees("ops")).filter((message) => message.card?.title.startsWith(title));
}

const oneCard = (world: World, title: string) =>
  world.eventually(async () => {
    const found = await cards(world, title);
    expect(found).toHaveLength(1);
    return found[0] as (typeof found)[number];
  });

/** What Steward says on an issue: without an account, at the trial company's desk. */
async function desk(world: World): Promise<readonly { issue: string; text: string; closed: boolean }[]> {
  return (await world.ana.get("/api/trial")).body.issues;
}

describe.each(oneBase)("GitHub tells, on %s", (database) => {
  test("of a bug: how bad it is, whose, and what is like it; somebody takes it", async () => {
    await using world = await startWorld({ database });
    expect(await tell(world, "issues", issue(6, "Cart total is wrong after a refund", { labels: [] }))).toMatchObject({
      status: 202,
    });
    expect(await tell(world, "issues", issue(7, "Cart total crashes after a refund"))).toMatchObject({ status: 202 });
    const card = await oneCard(world, "Bug in acme/checkout");
    expect(card.text).toBe("Compare it with #6 “Cart total is wrong after a refund” first: it may be the same.");
    expect([field(card, "Severity"), field(card, "For")]).toEqual(["high, because it says “crashes”", "Ben (owner)"]);
    await world.eventually(async () =>
      expect(await desk(world)).toMatchObject([
        {
          issue: "acme/checkout #7",
          text: expect.stringMatching(/^Seen as R-\w{6}: severity high\. Nobody has taken it yet\.$/),
        },
      ]),
    );
    expect(await world.ben.presses("I'll take it", { in: "ops" })).toMatchObject({ status: 202 });
    await world.eventually(async () =>
      expect(await desk(world)).toMatchObject([
        { text: expect.stringMatching(/^Ben has taken it \(R-/), closed: false },
      ]),
    );
    await world.eventually(async () =>
      expect((await cards(world, "Bug in"))[0]).toMatchObject({ text: "Ben has taken it.", card: { buttons: [] } }),
    );
    const closed = issue(7, "Cart total crashes after a refund", { state: "closed" });
    await tell(world, "issues", { ...closed, action: "closed" });
    await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "completed" }));
    await world.eventually(async () =>
      expect(field((await cards(world, "Bug in"))[0] as typeof card, "State")).toBe("closed"),
    );
    // What is opened again is triaged again; whoever it was proposed to hears that somebody else has it.
    await tell(world, "issues", { ...issue(7, "Cart total crashes after a refund"), action: "reopened" });
    await world.eventually(async () => expect(await cards(world, "Bug in")).toHaveLength(2));
    const told = async () => (await world.ben.sees("ops")).filter(({ text }) => text.startsWith("Ben, you need not"));
    expect(await told()).toEqual([]);
    await world.cara.presses("I'll take it", { in: "ops" });
    await world.eventually(async () =>
      expect(await told()).toMatchObject([
        { text: "Ben, you need not look at “Cart total crashes after a refund”: Cara has taken it." },
      ]),
    );
  });

  test("of a bug that whoever has it solves: its issue is closed too, and only their own", async () => {
    await using world = await startWorld({ database });
    await tell(world, "issues", issue(12, "Refunds fail @octocat"));
    await oneCard(world, "Bug in");
    await world.ben.presses("I'll take it", { in: "ops" });
    await world.eventually(async () => expect((await desk(world))[0]?.text).toMatch(/^Ben has taken it/));
    const short = field(await oneCard(world, "Bug in"), "Request");
    await world.ana.says(`/steward solved ${short}`, { in: "ops" });
    expect(await desk(world)).toMatchObject([{ closed: false }]);
    await world.restarts();
    await world.ben.says(`/steward solved ${short}`, { in: "ops" });
    await world.eventually(async () =>
      expect(await desk(world)).toMatchObject([
        {
          issue: "acme/checkout #12",
          text: expect.stringMatching(/^Ben had it for .*; it is over here\.$/),
          closed: true,
        },
      ]),
    );
    await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "completed" }));
    expect((await world.ana.get("/trial")).body).toContain("acme/checkout #12: Refunds fail @octocat");
  });

  test("of a bug that is closed before anybody took it", async () => {
    await using world = await startWorld({ database });
    await tell(world, "issues", issue(8, "Nobody can log in"));
    expect(field(await oneCard(world, "Bug in"), "Severity")).toMatch(/^critical/);
    await tell(world, "issues", { ...issue(8, "Nobody can log in", { state: "closed" }), action: "closed" });
    await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "completed" }));
    await world.eventually(async () =>
      expect((await cards(world, "Bug in"))[0]?.text).toBe("It was closed before anybody took it."),
    );
  });

  test("of a bug that nobody here follows any more: its issue is told", async () => {
    await using world = await startWorld({ database });
    await tell(world, "issues", issue(13, "Nobody can pay"));
    await world.eventually(async () => expect((await desk(world))[0]?.text).toMatch(/^Seen as R-/));
    const { workflowId } = await world.run();
    expect(await world.cara.post(`/api/runs/${workflowId}/control`, { act: "cancel" })).toMatchObject({ status: 200 });
    await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "cancelled" }));
    expect(await desk(world)).toMatchObject([
      {
        issue: "acme/checkout #13",
        text: expect.stringMatching(/^This was followed as R-\w{6}, which was stopped: nothing more is said here\.$/),
        closed: false,
      },
    ]);
    await world.eventually(async () =>
      expect((await world.ben.sees("ops")).map(({ text }) => text)).toContain(
        "Stopped: Cara cancelled it. The issue says so.",
      ),
    );
  });

  test("of a failed build: what came since the last good one, once for all its failures, until it is good", async () => {
    await using world = await startWorld({ database });
    await tell(world, "workflow_run", build(1, "success"));
    await tell(world, "workflow_run", build(2, "failure", { head_branch: "feature" }));
    await tell(world, "workflow_run", build(3, "failure"));
    const card = await oneCard(world, "Build failed: CI of acme/checkout on main");
    expect(card.text).toMatch(/^One build failed; build 1 of .* UTC was good\.$/);
    expect(card.card?.fields[0]).toEqual({ label: "Since then: 333333333333", value: "change 3 (Octo Cat)" });
    await tell(world, "workflow_run", build(4, "failure"));
    await world.eventually(async () =>
      expect(field(await oneCard(world, "Build failed"), "Newest")).toContain("build 4: failure"),
    );
    await tell(world, "workflow_run", build(5, "success"));
    await world.eventually(async () =>
      expect(await oneCard(world, "Good again")).toMatchObject({ text: "Build 5 is good again." }),
    );
    await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "completed" }));
    expect((await world.cara.get("/api/runs?limit=10")).body.runs).toHaveLength(1);
  });
});

describe("the door", () => {
  test("takes what is signed, once; names what it ignores; refuses the rest and writes it down", async () => {
    await using world = await startWorld({ database: "pglite" });
    expect(await tell(world, "issues", issue(9, "x"))).toMatchObject({
      status: 202,
      body: { duplicate: false },
    });
    expect(await tell(world, "issues", issue(9, "x"))).toMatchObject({ status: 202, body: { duplicate: true } });
    expect(await tell(world, "star", { action: "created" })).toMatchObject({
      status: 202,
      body: {
        ignored: "star.created",
        because: "Only issues, pull requests, reviews and completed workflow runs are heard.",
      },
    });
    expect(await tell(world, "issues", issue(10, "x"), { "x-hub-signature-256": "sha256=00" })).toMatchObject({
      status: 401,
      body: { because: "wrong-signature", detail: expect.stringContaining("GITHUB_WEBHOOK_SECRET") },
    });
    const recorded = (await world.recorded("rejected")).map(({ stream, data }) => [stream, data]);
    expect(recorded).toEqual([
      ["ingress", { because: "unsupported", door: "github", what: "star.created" }],
      ["ingress", { because: "wrong-signature", door: "github" }],
    ]);
    expect(await tell(world, "issues", issue(11, "x".repeat(1_100_000)))).toMatchObject({ status: 413 });
    await world.eventually(async () => expect(await cards(world, "Bug in")).toHaveLength(1));
  });

  test("a flood of forgeries fills no record", async () => {
    await using world = await startWorld({ database: "pglite" });
    for (let i = 0; i < 130; i++)
      expect((await tell(world, "star", {}, { "x-hub-signature-256": "sha256=00" })).status).toBe(401);
    expect((await world.recorded("rejected")).length).toBeLessThan(130);
  });
});

const patient = loadDefinition(
  `
name: be-patient
summary: Wait for what is told of builds
on: { manual: true }
title: wait
steps:
  - { id: heard, wait: { event: { event: build, match: { conclusion: success } } } }
`,
  "be-patient.yaml",
  { tools: [], intents: [], specialists: [], events: ["build"] },
);

test("of what is told, everybody hears who waits for it, however many wait", async () => {
  if (!patient.ok) throw new Error(JSON.stringify(patient.problems));
  await using world = await startWorld({ database: "postgres", extra: { definitions: [patient.definition] } });
  const many = 205;
  await Promise.all(
    Array.from({ length: many }, () => world.ben.post("/api/workflows/create", { name: "be-patient", context: {} })),
  );
  const states = async () =>
    world.steward.db.query<{ state: string; n: number }>(
      "select state, count(*)::int as n from steward.actor where name = 'wait' group by 1",
    );
  await world.eventually(async () => expect(await states()).toEqual([{ state: "waiting", n: many }]));
  // Whoever comes first waits for much else besides.
  await world.owner(
    `insert into steward.expectation (tenant_id, actor_id, id, name, match)
     select tenant_id, min(actor_id::text)::uuid, 'other-' || n, 'event:build', '{"conclusion":"other"}'
     from steward.expectation, generate_series(1, 1500) n group by tenant_id, n`,
  );
  expect((await tell(world, "workflow_run", build(7, "success"))).status).toBe(202);
  await world.eventually(async () => expect(await states()).toEqual([{ state: "completed", n: many }]));
});

test("builds count by their number and try, whatever order they are told in", async () => {
  if (!patient.ok) throw new Error(JSON.stringify(patient.problems));
  await using world = await startWorld({ database: "postgres", extra: { definitions: [patient.definition] } });
  const routed = (outcomes: readonly RegExp[]) =>
    world.eventually(async () =>
      expect(
        (
          await world.steward.db.query<{ outcome: string }>(
            "select coalesce(outcome, '') as outcome from steward.inbox where source = 'github' order by id",
          )
        ).map(({ outcome }) => outcome),
      ).toEqual(outcomes.map((one) => expect.stringMatching(one))),
    );
  const [ignored, heard] = [/^ignored$/, /^run:/];
  // An older one that failed, and is told late, opens nothing over the newer good one.
  await tell(world, "workflow_run", build(91, "success"));
  await routed([ignored]);
  await tell(world, "workflow_run", build(90, "failure"));
  await routed([ignored, ignored]);
  // An older one that was good, and is told late, closes nothing over the newer failure; who waits for any good one has one.
  await tell(world, "workflow_run", build(95, "failure"));
  await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "waiting" }));
  const { body } = await world.ben.post("/api/workflows/create", { name: "be-patient", context: {} });
  await tell(world, "workflow_run", build(94, "success"));
  await routed([ignored, ignored, heard, heard]);
  const patiently = async () => (await world.cara.get(`/api/workflows/status/${body.workflowId}`)).body;
  await world.eventually(async () => expect(await patiently()).toMatchObject({ status: "completed" }));
  const card = await oneCard(world, "Build failed: CI of acme/checkout on main");
  expect(field(card, "Newest")).toContain("build 95: failure");
  // Done again it counts, and its first try told once more does not. A workflow that is made anew begins at 1.
  await tell(world, "workflow_run", build(95, "success", { run_attempt: 2 }));
  await world.eventually(async () =>
    expect(await oneCard(world, "Good again")).toMatchObject({ text: "Build 95 is good again." }),
  );
  await tell(world, "workflow_run", build(95, "timed_out", { run_attempt: 1 }));
  await routed([ignored, ignored, heard, heard, heard, ignored]);
  await tell(world, "workflow_run", build(1, "failure", { workflow_id: 8 }));
  await world.eventually(async () => expect(await cards(world, "Build failed")).toHaveLength(1));
});
