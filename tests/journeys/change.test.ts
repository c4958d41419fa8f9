import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compose } from "../../src/compose.ts";
import { noChat } from "../../src/config/chat-settings.ts";
import type { Fault } from "../../src/domain/fault.ts";
import type { Surface } from "../support/surface.ts";
import { openDiscord } from "../support/surfaces/discord.ts";
import { openSlack } from "../support/surfaces/slack.ts";
import { openTeams } from "../support/surfaces/teams.ts";
import { oneBase, startWorld, type World } from "../support/world.ts";

const request = "I need read access to billing for 2 hours";
const shorter = { values: { "grant.forMs": "1h" } };
const longer = { values: { "grant.forMs": "1d" } };

const what = (forMs: number) => expect.stringContaining(`forMs: ${forMs}`) as string;

/** Every copy of the newest card shows that duration, and how it stands. */
const asks = (world: World, forMs: number, more: object = {}) =>
  world.eventually(async () => {
    const cards = await world.cards();
    expect(cards).toHaveLength(2);
    for (const { message } of cards) {
      expect(message.card?.fields).toContainEqual({ label: "What", value: what(forMs) });
      expect(message.card).toMatchObject(more);
    }
  });
const grants = async (world: World) => (await world.ana.get("/api/trial")).body.grants as { until: string }[];

async function asked(world: World): Promise<void> {
  await world.ana.says(request, { in: "help-needed" });
  await asks(world, 7_200_000);
}

describe.each(oneBase)("what is asked may be changed while it is approved, on %s", (database) => {
  test("a manager shortens access: all votes on the old card are void, the new one has the editor's, and what was approved is done", async () => {
    await using world = await startWorld({ database });
    await asked(world);
    expect(await world.dan.presses("Approve")).toMatchObject({ body: { outcome: "counted" } });
    expect(await world.cara.presses("Change and approve")).toMatchObject({
      status: 200,
      body: {
        outcome: "form",
        fields: [{ name: "grant.forMs", label: "for, such as 90m or 1d", value: "2h", required: true }],
      },
    });
    expect(await world.cara.presses("Change and approve", shorter)).toMatchObject({
      status: 200,
      body: { outcome: "counted", sentence: "Changed. Your approval counts on the new card; it still needs others." },
    });
    await asks(world, 3_600_000);
    await world.eventually(async () => {
      const old = (await world.ana.sees("approvals")).filter((message) => message.card?.outcome !== undefined);
      expect(old.map(({ card }) => card)).toMatchObject([
        {
          buttons: [],
          outcome: expect.stringMatching(/^Changed by Cara at \S+ \(for: 2h → 1h\); a new approval was asked for$/),
        },
      ]);
    });
    expect(await grants(world)).toEqual([]);
    expect(await world.cara.presses("Approve")).toMatchObject({ status: 403, body: { because: "already-voted" } });
    await world.restarts();
    expect(await world.dan.presses("Approve")).toMatchObject({ status: 200, body: { outcome: "approved" } });
    const [given] = await world.eventually(async () => {
      const found = await grants(world);
      expect(found).toHaveLength(1);
      return found;
    });
    const [now] = await world.steward.db.query<{ now: string }>("select steward.now() as now");
    expect(Date.parse(given?.until ?? "") - Date.parse(now?.now ?? "")).toBeLessThanOrEqual(3_600_000);
    await world.passes("61m");
    await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "completed" }));
    expect(await grants(world)).toEqual([]);
    const gates = (await world.run()).gates as { state: string }[];
    expect(gates.map(({ state }) => state)).toEqual(["superseded", "approved"]);
  });

  test("of two who change it at once one counts, and the other is told that there is a newer card", async () => {
    await using world = await startWorld({ database });
    await asked(world);
    const both = await Promise.all([
      world.cara.presses("Change and approve", shorter),
      world.dan.presses("Change and approve", { values: { "grant.forMs": "30m" } }),
    ]);
    expect(both.map(({ body }) => body.outcome ?? body.because).sort()).toEqual(["counted", "superseded"]);
    expect((await world.run()).gates).toMatchObject([{ state: "superseded" }, { state: "open" }]);
    expect(await world.steward.db.query("select 1 from steward.vote")).toHaveLength(1);
  });
});

test("fewer than were asked for, but more than there are, is less; fewer than there are is another wish, and its card says so", async () => {
  await using world = await startWorld({ database: "pglite" });
  await world.ana.says("scale checkout in production to 6", { in: "ops" });
  const to = (instances: string) =>
    world.ben.presses("Change and approve", { values: { "scale.instances": instances } });
  await world.eventually(async () => expect(await to("1")).toMatchObject({ body: { outcome: "changed" } }));
  await world.eventually(async () => {
    const [, now] = (await world.run()).gates as { state: string; title: string }[];
    expect(now).toMatchObject({
      state: "open",
      title: "run checkout in production on 6 instances, changed by Ben (instances: 6 → 1)",
    });
  });
  expect(await world.ben.presses("Approve")).toMatchObject({ status: 403, body: { because: "own-request" } });
  await world.ana.says("scale search in production to 6", { in: "ops" });
  await world.eventually(async () =>
    expect(await to("5")).toMatchObject({
      body: { sentence: expect.stringMatching(/your approval is not on it yet/) },
    }),
  );
  await world.eventually(async () =>
    expect(await world.ben.presses("Approve")).toMatchObject({ status: 200, body: { outcome: "approved" } }),
  );
});

test("whoever asked, and whoever could not approve, changes nothing", async () => {
  await using world = await startWorld({ database: "pglite" });
  await asked(world);
  for (const [who, because] of [
    ["ana", "own-request"],
    ["ben", "not-an-approver"],
    ["eve", "guest"],
  ] as const)
    expect(await world[who].presses("Change and approve", shorter)).toMatchObject({ status: 403, body: { because } });
  expect((await world.run()).gates).toMatchObject([{ state: "open" }]);
});

test("who makes it longer has made a request of their own: their approval does not count, here or on a later card", async () => {
  await using world = await startWorld({ database: "pglite" });
  await asked(world);
  expect(await world.cara.presses("Change and approve", longer)).toMatchObject({
    status: 200,
    body: { outcome: "changed", sentence: expect.stringMatching(/somebody other than you has to approve it/) },
  });
  await asks(world, 86_400_000);
  expect(await world.steward.db.query("select 1 from steward.vote")).toEqual([]);
  expect(await world.cara.presses("Approve")).toMatchObject({ status: 403, body: { because: "own-request" } });
  expect(await world.cara.presses("Change and approve", shorter)).toMatchObject({
    status: 403,
    body: { because: "own-request" },
  });
  expect(await world.dan.presses("Change and approve", shorter)).toMatchObject({ body: { outcome: "counted" } });
  await asks(world, 3_600_000);
  expect(await world.cara.presses("Approve")).toMatchObject({ status: 403, body: { because: "own-request" } });
  await expect(
    world.owner(`insert into steward.vote (tenant_id, gate_id, person_id, decision, roles, surface, subject_hash, at)
      select tenant_id, id, 'cara', 'approve', '{manager}', 'web', subject_hash, steward.now() from steward.gate where state = 'open'`),
  ).rejects.toThrow(/barred/);
  expect(await grants(world)).toEqual([]);
});

test("what the tool would not take, what is no duration, and what changes nothing are refused in a sentence", async () => {
  await using world = await startWorld({ database: "pglite" });
  await asked(world);
  for (const [value, sentence] of [
    ["soon", /^for: “soon” is not a duration: write for example 90m, 2h or 1d\. Nothing was changed\.$/],
    ["0s", /^directory\.grant cannot take that \(forMs: .*\)\. Nothing was changed\.$/],
    ["120m", /^That is what it says already/],
  ] as const)
    expect(
      await world.cara.presses("Change and approve", { values: { "grant.forMs": value, "grant.person": "cara" } }),
    ).toMatchObject({
      status: 403,
      body: { because: "invalid", detail: expect.stringMatching(sentence) },
    });
  // On a platform whose forms have the other buttons too, Approve comes with what was typed.
  expect(await world.cara.presses("Approve", shorter)).toMatchObject({
    status: 403,
    body: { because: "invalid", detail: expect.stringMatching(/^You changed something and pressed Approve/) },
  });
  expect((await world.run()).gates).toMatchObject([{ state: "open" }]);
  expect(await world.cara.presses("Approve", { values: { "grant.forMs": "2h" } })).toMatchObject({
    body: { outcome: "counted" },
  });
});

test("a paused run asks again when it is resumed, with the editor's vote", async () => {
  await using world = await startWorld({ database: "pglite" });
  await asked(world);
  const control = async (act: string) => world.ana.post(`/api/runs/${(await world.run()).workflowId}/control`, { act });
  await control("pause");
  expect(await world.cara.presses("Change and approve", shorter)).toMatchObject({ body: { outcome: "changed" } });
  expect((await world.run()).gates).toMatchObject([{ state: "superseded" }]);
  await control("resume");
  await asks(world, 3_600_000);
  expect(await world.dan.presses("Approve")).toMatchObject({ body: { outcome: "approved" } });
  await world.eventually(async () => expect(await grants(world)).toHaveLength(1));
});

test.each([
  ["Slack", openSlack],
  ["Teams", openTeams],
  ["Discord", openDiscord],
] as const)("on %s a form asks for it", async (_, open) => {
  await using surface: Surface = await open();
  await using world = await startWorld({ database: "pglite", surfaces: [surface] });
  await surface.asks("ana", request, { in: "ops" });
  const card = (words: RegExp) =>
    world.eventually(async () => {
      const read = await surface.reads("dan");
      const found = read.findLast((each) => words.test(each.words));
      expect(found, JSON.stringify(read)).toBeDefined();
      return found;
    });
  expect((await card(/Approve: get read access/))?.buttons).toEqual(["Approve", "Change and approve", "Deny"]);
  expect(await surface.presses("cara", "Change and approve", shorter)).toMatch(
    /Changed\. Your approval counts on the new card/,
  );
  await card(/Changed by Cara .*for: 2h → 1h/s);
  await card(/forMs: 3600000.*Votes so far.*Cara approved/s);
  expect(await surface.presses("dan", "Approve")).toMatch(/You approved it/);
  await world.eventually(async () => expect(await grants(world)).toHaveLength(1));
});

test.each([
  ["editable: [forMs]", "editable: [hours]", "editable[0]: there is no such argument: directory.grant has "],
  ["editable: [forMs]", "editable: forMs", "editable: Invalid input: expected array"],
])(
  "a policy that says %s as %s is refused at the start, with its line and what would be right",
  async (right, wrong, sentence) => {
    const shipped = readFileSync(new URL("../../steward.yaml", import.meta.url), "utf8");
    const at = shipped.indexOf(right);
    const folder = await mkdtemp(join(tmpdir(), "steward-policies-"));
    const file = join(folder, "ours.yaml");
    const knowledge = new URL("../../knowledge", import.meta.url).pathname;
    await writeFile(file, shipped.replace(right, wrong).replace(/^knowledge: .*$/m, `knowledge: ${knowledge}`));
    const line = shipped.slice(0, at).split("\n").length;
    try {
      const place = { port: 0, host: "127.0.0.1", databaseUrl: null, dataDir: join(folder, "data"), configFile: file };
      const refused = await compose({ ...place, mode: "trial", model: null, ...noChat }, console.error).catch(
        (error: unknown) => error as Fault,
      );
      expect(refused).toMatchObject({ code: "bad-config" });
      expect((refused as Fault).message).toMatch(new RegExp(`^ours\\.yaml, line ${line}, policies\\[3\\]\\.`));
      expect((refused as Fault).message).toContain(sentence);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);

test("what no person named is asked about even where the policy lets it pass, and a stopped incident's card says so", async () => {
  await using world = await startWorld({ database: "postgres" });
  await world.ana.post("/api/trial/break", { service: "checkout", environment: "staging", fault: "hung" });
  const asked = await world.eventually(async () => {
    const found = (await world.ben.sees("approvals")).find((message) => message.card?.buttons.length);
    expect(found).toBeDefined();
    return found as NonNullable<typeof found>;
  });
  const fields = Object.fromEntries((asked.card?.fields ?? []).map(({ label, value }) => [label, value]));
  expect(fields).toMatchObject({
    What: expect.stringContaining("services.restart("),
    "Who may approve": expect.stringContaining("1 on-call (Ben)"),
    "Why it is asked": expect.stringMatching(
      /^Asked because environment and service came from what the specialist analysis made of the alert “\w+” of Alertmanager: nobody here named them\.$/,
    ),
  });
  const { id } = await world.run();
  const run = (await world.cara.get("/api/runs?limit=1")).body.runs[0].id;
  expect(await world.cara.post(`/api/runs/${run}/control`, { act: "cancel" })).toMatchObject({ status: 200 });
  await world.eventually(async () => {
    const cards = (await world.ben.sees("ops")).filter((message) =>
      message.card?.fields.some((one) => one.value === id),
    );
    expect(cards.map(({ card }) => card)).toMatchObject([{ buttons: [], outcome: "Stopped: Cara cancelled it" }]);
    const question = (await world.ben.sees("approvals")).find((message) => message.id === asked.id);
    expect(question?.card).toMatchObject({ buttons: [], outcome: "Withdrawn: Cara cancelled it" });
  });
});
