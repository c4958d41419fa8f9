import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aliveIn, linesOf } from "../../rigs/slack/screen.ts";
import { type ModelReply, startModelServer } from "../support/model-server.ts";
import { startSteward } from "../support/steward-process.ts";
import { configFor, type GroupRole, type Name, type Surface } from "../support/surface.ts";
import { openDiscord } from "../support/surfaces/discord.ts";
import { openSlack } from "../support/surfaces/slack.ts";
import { openTeams } from "../support/surfaces/teams.ts";
import { openWeb } from "../support/surfaces/web.ts";
import { startWorld, type World } from "../support/world.ts";

async function begin(people: Parameters<typeof openSlack>[0] = {}, groups: readonly GroupRole[] = []) {
  const slack = await openSlack(people);
  const web = await openWeb();
  const world = await startWorld({ database: "pglite", surfaces: [web, slack], groups });
  return {
    slack,
    web,
    world,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await slack[Symbol.asyncDispose]();
    },
  };
}

function sees(world: World, surface: Surface, viewer: Name, words: RegExp, where?: { readonly in: string }) {
  return world.eventually(async () => {
    const read = await surface.reads(viewer, where);
    const found = read.findLast((each) => words.test(each.words));
    expect(found, `${viewer} reads ${words} on ${surface.platform} among ${JSON.stringify(read)}`).toBeDefined();
    return found as NonNullable<typeof found>;
  });
}

const approvals = { in: "approvals" };
const card = /Approve: restart checkout in production\?/;

test("one gate, two surfaces: a decision on one repaints the other, and the reply goes where it was asked", async () => {
  await using scene = await begin();
  const { slack, web, world } = scene;
  await slack.asks("ana", "restart checkout in production", { in: "ops" });
  await sees(world, slack, "ben", card);
  await sees(world, slack, "ben", card, approvals);
  await sees(world, web, "ben", card, approvals);
  await web.presses("ben", "Approve", approvals);
  for (const [surface, where] of [[slack], [slack, approvals], [web, approvals]] as const)
    expect((await sees(world, surface, "ana", /Approved by Ben/, where)).buttons).toEqual([]);
  await sees(world, slack, "ana", /checkout in production is healthy/);
});

test("what an incident's figures looked like is a picture in its thread on Slack, the one on the run's page", async () => {
  await using scene = await begin();
  const { slack, world } = scene;
  const { messages, files } = slack.rig.workspace;
  const broken = { service: "checkout", environment: "production", fault: "bad-deploy" };
  expect(await world.ana.post("/api/trial/break", broken)).toMatchObject({ status: 200 });
  const message = await world.eventually(async () => {
    const found = messages.find(({ blocks }) => blocks.some(({ type }) => type === "image"));
    if (found === undefined) throw new Error("Nobody sees a picture on Slack");
    return found;
  });
  expect(messages.find(({ ts }) => ts === message.thread_ts)?.text).toMatch(/checkout in production/);
  expect(messages.filter(({ blocks }) => blocks.some(({ type }) => type === "image"))).toHaveLength(1);
  const run = await world.run();
  const { picture } = run.steps.find(({ id }: { id: string }) => id === "chart");
  const image = message.blocks.find(({ type }) => type === "image");
  expect(image?.alt_text).toBe(picture.alt);
  const page = await fetch(new URL(`/api/runs/${run.workflowId}/pictures/${picture.artifact}`, world.url), {
    headers: { "x-steward-person": "cara" },
  });
  const shown = files.all.get(image?.slack_file?.id ?? "")?.bytes;
  expect(shown?.equals(Buffer.from(await page.arrayBuffer()))).toBe(true);
});

test("somebody is one person everywhere: a second vote on another surface does not count", async () => {
  await using scene = await begin();
  const { slack, web, world } = scene;
  await slack.asks("ana", "I need read access to billing for 2 hours", { in: "ops" });
  const asked = /Approve: get read access to billing/;
  await sees(world, slack, "dan", asked, approvals);
  await slack.presses("dan", "Approve", approvals);
  await sees(world, web, "dan", /Votes so far: Dan approved/, approvals);
  expect(await web.presses("dan", "Approve", approvals)).toMatch(/already/);
  expect((await world.cara.get("/api/trial")).body.grants).toEqual([]);
  await web.presses("cara", "Approve", approvals);
  await sees(world, slack, "ana", /Ana has read access to billing until/);
});

test("while a platform is away the run goes on, is decided elsewhere, and what waited arrives in order, once", async () => {
  await using scene = await begin();
  const { slack, web, world } = scene;
  await slack.asks("ana", "restart checkout in production", { in: "ops" });
  await sees(world, slack, "ben", card);
  slack.rig.trouble({ times: Number.POSITIVE_INFINITY, answer: { kind: "status", status: 503 } });
  await sees(world, web, "ben", card, approvals);
  await web.presses("ben", "Approve", approvals);
  await world.eventually(async () => expect((await world.run()).status).toBe("completed"));
  expect((await sees(world, slack, "ana", card)).buttons).toEqual(["Approve", "Deny"]);
  expect((await world.ana.get("/api/health")).body).toMatchObject({
    status: "degraded",
    components: { storage: "healthy" },
  });
  slack.rig.endTroubles();
  expect((await sees(world, slack, "ana", /Approved by Ben/)).buttons).toEqual([]);
  await sees(world, slack, "ana", /checkout in production is healthy/);
  const words = (await slack.reads("ana")).map((each) => each.words);
  for (const once of [card, /checkout in production is healthy/, /Ana asked to restart/])
    expect(words.filter((each) => once.test(each))).toHaveLength(1);
});

test("a stranger is told so, links the account with a code that both sides confirm, and is then one person", async () => {
  await using scene = await begin({ strangers: ["dan"] });
  const { slack, web, world } = scene;
  await slack.asks("ana", "I need read access to billing for 2 hours", { in: "ops" });
  await sees(world, slack, "dan", /Approve: get read access/);
  expect(await slack.presses("dan", "Approve")).toMatch(/^I do not know you yet, so I did nothing/);

  await web.asks("dan", "link", { in: "general" });
  const { words } = await sees(world, web, "dan", /link [A-Z0-9]{4}-[A-Z0-9]{4}/);
  const code = /link [A-Z0-9]{4}-[A-Z0-9]{4}/.exec(words)?.[0] ?? "";
  await slack.asks("dan", "link AAAA-AAAA", { in: "ops" });
  await sees(world, slack, "dan", /not known, or older/, { in: "ops" });
  await slack.asks("dan", code, { in: "ops" });
  const question = await sees(world, web, "dan", /Is this you\?/);
  expect(question.buttons).toEqual(["Yes, that is me", "No"]);
  expect((await web.reads("ana")).map((each) => each.words).join()).not.toMatch(/Is this you/);
  await web.presses("dan", "Yes, that is me");
  await sees(world, web, "dan", /is you from now on/);
  expect(await world.recorded("identity.linked")).toHaveLength(1);

  await slack.presses("dan", "Approve", approvals);
  await sees(world, web, "dan", /Votes so far: Dan approved/, approvals);
});

test.each([
  ["Yes, that is me", /is you from now on/, "identity.linked", 1],
  ["No", /was not linked/, "identity.refused", 0],
] as const)(
  "“%s” to a link is answered where it was asked, on a platform that cannot redraw the question",
  async (label, answer, kind, linked) => {
    await using slack = await openSlack();
    await using discord = await openDiscord({ strangers: ["dan"] });
    await using world = await startWorld({ database: "pglite", surfaces: [slack, discord] });
    await slack.asks("dan", "link", { in: "ops" });
    const { words } = await sees(world, slack, "dan", /link [A-Z0-9]{4}-[A-Z0-9]{4}/);
    await discord.asks("dan", /link [A-Z0-9]{4}-[A-Z0-9]{4}/.exec(words)?.[0] ?? "", { in: "ops" });
    await sees(world, slack, "dan", /Is this you\?/);
    await slack.presses("dan", label);
    await sees(world, slack, "dan", answer);
    expect(await world.recorded(kind)).toHaveLength(1);
    expect(
      await world.steward.db.query("select person_id, platform from steward.identity where source = 'linked'"),
    ).toEqual(Array.from({ length: linked }, () => ({ person_id: "dan", platform: "discord" })));
    // Asked once more it says how it is, and changes nothing.
    await slack.presses("dan", "No");
    await sees(world, slack, "dan", linked ? /linked to you already, and stays so/ : /no such question any more/);
    expect(await world.recorded(kind)).toHaveLength(1);
    expect((await slack.reads("ana")).map((each) => each.words).join()).not.toMatch(/Is this you|linked/);
  },
);

test("who is a guest over there decides nothing; while nobody can say who is one, nobody decides there", async () => {
  await using scene = await begin();
  const { slack, world } = scene;
  await slack.asks("ana", "restart checkout in production", { in: "ops" });
  await sees(world, slack, "ben", card);
  slack.rig.trouble({ method: "users.info", times: 1, answer: { kind: "status", status: 503 } });
  expect(await slack.presses("ben", "Approve")).toMatch(/cannot say just now who you are/);
  slack.rig.workspace.users.set("U0BEN", { ...slack.rig.somebody("ben").user, is_restricted: true });
  expect(await slack.presses("ben", "Approve")).toMatch(/Only full members may decide/);
  expect((await world.run()).status).toBe("waiting");
  expect((await world.recorded("rejected")).map((entry) => (entry["data"] as { because: string }).because)).toEqual([
    "standing-unknown",
    "guest",
  ]);
});

test("a group over there brings a role; who has left it when the work begins has approved nothing", async () => {
  const group = "S0SECURITY";
  await using scene = await begin({}, [{ platform: "slack", group, role: "security" }]);
  const { slack, world } = scene;
  const { groups, teamId } = slack.rig.workspace;
  const asked = /Approve: get read access to billing/;
  await slack.asks("ana", "I need read access to billing for 2 hours", { in: "ops" });
  await sees(world, slack, "dan", asked);
  expect(await slack.presses("dan", "Approve")).toMatch(/need|may not|security/i);
  groups.set(group, new Set(["U0DAN"]));
  const platform = world.steward.platforms.find((each) => each.platform.adapter.platform === "slack")?.platform;
  const groupsOf = async () =>
    (await platform?.standing({ platform: "slack", workspace: teamId, userId: "U0DAN" }))?.groups;
  await world.eventually(async () => expect(await groupsOf()).toEqual([group]));
  await slack.presses("dan", "Approve");
  await sees(world, slack, "dan", /Votes so far: Dan approved/);

  groups.set(group, new Set());
  await world.eventually(async () => expect(await groupsOf()).toEqual([]));
  await slack.presses("cara", "Approve");
  await world.eventually(async () => expect((await world.run()).status).toBe("failed"));
  await sees(world, slack, "ana", /Failed to get read access to billing/);
  expect((await world.cara.get("/api/trial")).body.grants).toEqual([]);
});

test("a role from a group over there does not outlive the group, wherever its holder presses", async () => {
  const group = "S0ONCALL";
  await using scene = await begin({}, [{ platform: "slack", group, role: "on-call" }]);
  const { slack, web, world } = scene;
  const { groups, teamId } = slack.rig.workspace;
  groups.set(group, new Set(["U0BEN"]));
  await slack.asks("ana", "restart checkout in staging", { in: "ops" });
  await sees(world, slack, "ana", /checkout in staging is healthy/);
  await slack.asks("ana", "restart checkout in production", { in: "ops" });
  await sees(world, web, "ben", card, approvals);
  // Seen once while ben is in the group: the role is on record.
  await world.steward.freshenRoles("ben");
  expect((await world.steward.person("ben"))?.roles).toContain("on-call");
  groups.set(group, new Set());
  const platform = world.steward.platforms.find((each) => each.platform.adapter.platform === "slack")?.platform;
  await world.eventually(async () =>
    expect(await platform?.standing({ platform: "slack", workspace: teamId, userId: "U0BEN" })).toMatchObject({
      groups: [],
    }),
  );
  expect(await web.presses("ben", "Approve", approvals)).toMatch(/on-call/);
  expect((await world.steward.person("ben"))?.roles).not.toContain("on-call");
  expect((await world.run()).status).toBe("waiting");
});

test("a card that was copied to another place decides nothing, on Slack and on Teams, and is on record", async () => {
  const [slack, teams] = [await openSlack(), await openTeams()];
  const world = await startWorld({ database: "pglite", surfaces: [slack, teams] });
  // Teams says where its conversations are only when somebody there has spoken.
  await teams.asks("ben", "help", approvals);
  await slack.asks("ana", "restart checkout in production", { in: "ops" });
  await sees(world, slack, "ben", card);
  const button = slack.rig
    .somebody("ben")
    .buttons("C0OPS")
    .find(({ label }) => label === "Approve");
  const { message } = await slack.rig.somebody("ben").says("look at this", { in: "C0OPS" });
  if (!button) throw new Error("there is no card");
  await slack.rig.somebody("ben").presses({ ...button, on: message });
  await sees(world, slack, "ben", /copy of a card/, { in: "ops" });

  await sees(world, teams, "ben", card, approvals);
  const { rig, users } = teams;
  const shown = rig.rooms.seenBy(users.ben).findLast((each) => card.test(JSON.stringify(each.activity)));
  if (!shown) throw new Error("there is no card in Teams");
  const elsewhere = rig.rooms.add(rig.rooms.room("channel", rig.rooms.users), null, users.ben, shown.activity);
  const { sentence } = await rig.client.press(users.ben, elsewhere, "Approve");
  expect(sentence).toMatch(/copy of a card/);

  expect((await world.run()).status).toBe("waiting");
  const whys = (await world.recorded("rejected")).map((entry) => (entry["data"] as { because: string }).because);
  expect(whys).toEqual(["copied-card", "copied-card"]);
  await world[Symbol.asyncDispose]();
  await Promise.all([slack, teams].map((each) => each[Symbol.asyncDispose]()));
});

test("what is for one person alone goes to the account that asked, and “unlink” takes an account off again, on record", async () => {
  await using scene = await begin({ strangers: ["eve"] });
  const { slack, web, world } = scene;
  const other = slack.rig.somebody("eve").user.id;
  const { teamId } = slack.rig.workspace;
  // A second account of Ana's, which sorts after her first.
  expect(other > slack.rig.somebody("ana").user.id).toBe(true);
  await world.owner(`insert into steward.identity (tenant_id, platform, workspace, user_id, person_id, source)
    values ('default', 'slack', '${teamId}', '${other}', 'ana', 'linked')`);
  await slack.asks("eve", "unlink", { in: "ops" });
  const listed = await sees(world, slack, "eve", /Which one is not to be you any more/);
  expect(listed.words).toContain("from steward.yaml");
  expect(listed.buttons).toEqual([`Take off slack user ${other}`]);
  expect((await slack.reads("ana")).map(({ words }) => words).join()).not.toMatch(/Which one/);

  await web.asks("ana", `unlink slack ${slack.rig.somebody("ana").user.id}`, { in: "general" });
  await sees(world, web, "ana", /yours by steward\.yaml/);
  await web.asks("ben", `unlink slack ${other}`, { in: "general" });
  await sees(world, web, "ben", /no account of yours/);
  await slack.presses("eve", `Take off slack user ${other}`);
  await sees(world, slack, "ana", new RegExp(`slack user ${other} is not you any more`));
  expect(await world.recorded("identity.unlinked")).toMatchObject([
    { by: "ana", data: { person: "ana", platform: "slack", workspace: teamId, user: other } },
  ]);
  await slack.asks("eve", "help", { in: "ops" });
  await sees(world, slack, "eve", /I do not know you yet/, { in: "ops" });
});

test("whoever took a request is told what the asker adds in its thread elsewhere, and named commands are answered where they are written", async () => {
  await using scene = await begin();
  const { slack, web, world } = scene;
  await slack.asks("ana", "ask a person about my chair", { in: "ops" });
  const card = await sees(world, web, "ben", /Ana needs help/, { in: "help-needed" });
  const name = /R-\w{6}/.exec(card.words)?.[0] ?? "";
  await slack.replies("ana", "it is the blue one");
  await web.asks("ben", `take ${name}`, { in: "general" });
  await sees(world, web, "ben", new RegExp(`^${name}: .*Ben has it\\.`));
  expect((await web.reads("ana")).map(({ words }) => words).join()).not.toContain("has it");
  await slack.replies("ana", "and it squeaks <!channel>");
  const told = { in: "general" } as const;
  await sees(world, web, "ben", new RegExp(`^Ana adds to ${name}: “and it squeaks`), told);
  expect((await web.reads("cara", told)).map(({ words }) => words).join()).not.toContain("squeaks");
  await slack.replies("ben", "have you tried oil?");
  await slack.asks("ben", `solved ${name}`, { in: "ops" });
  await sees(world, slack, "ben", new RegExp(`^${name}: Solved after`));
  expect((await web.reads("ben", told)).map(({ words }) => words).join()).not.toMatch(/blue one|oil/);
});

test("on Slack whoever took a request is told directly", async () => {
  await using scene = await begin();
  const { slack, web, world } = scene;
  await web.asks("ana", "ask a person about my chair", { in: "general" });
  await sees(world, slack, "ben", /Ana needs help/, { in: "help-needed" });
  await slack.presses("ben", "I'll take it", { in: "help-needed" });
  await sees(world, web, "ana", /Ben has it/);
  await web.replies("ana", "it squeaks");
  await sees(world, web, "ana", /They are told what you write here/);
  await world.eventually(async () => {
    const ben = slack.rig.somebody("ben");
    const read = slack.rig.workspace.seenBy(ben.user.id, ben.direct).map(({ text }) => text);
    expect(read.join()).toMatch(/Ana adds to R-\w{6}: “it squeaks”/);
  });
});

test("what somebody thinks of an answer is asked below the answer, and kept for it", async () => {
  await using scene = await begin();
  const { slack, world } = scene;
  const { workspace } = slack.rig;
  const ana = slack.rig.somebody("ana");
  await ana.says("how is checkout?", { in: ana.direct });
  const asking = await world.eventually(async () => {
    const found = workspace
      .seenBy(ana.user.id, ana.direct)
      .filter(({ blocks }) => JSON.stringify(blocks).includes("feedback_buttons"));
    expect(found.map(({ text }) => text)).toEqual([expect.stringMatching(/^checkout in production is healthy/)]);
    return found[0] as (typeof found)[number];
  });
  await ana.thinks(asking, true);
  await world.eventually(async () =>
    expect(
      await world.steward.db.query(
        `select f.person_id, f.liked, m.key from steward.feedback f
         join steward.message m on m.tenant_id = f.tenant_id and m.ref = f.ref`,
      ),
    ).toEqual([{ person_id: "ana", liked: true, key: "reply" }]),
  );
});

test("what a model says is streamed in a direct message; killed in the middle of it, Steward leaves one message with all of it", async () => {
  await using slack = await openSlack();
  const { rig } = slack;
  const { workspace } = rig;
  const ana = rig.somebody("ana");
  const dataDir = await mkdtemp(join(tmpdir(), "steward-stream-"));
  const held = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const plan = {
    title: "tell #general",
    steps: [{ id: "tell", notify: { to: "#general", text: "hello" } }],
    reply: "They know.",
  };
  const says = (text: string, n: number, name: string, input: unknown): ModelReply => ({
    content: [
      { type: "text", text },
      { type: "tool_use", id: `t${n}`, name, input },
    ],
    halfFirst: true,
    ...(held[n] && { after: held[n].promise }),
  });
  // Asked once more after the end of the first process, it says the same.
  await using model = await startModelServer(({ n }) =>
    n < 2
      ? says("First I look at what there is to do it with.", n, "plans_catalog", {})
      : n === 2
        ? says("Then I see whether <!channel> it works out.", n, "plans_check", { plan })
        : says("", n, "report", { summary: "Tells #general.", plan }),
  );
  const home = {
    STEWARD_DATA_DIR: dataDir,
    STEWARD_CONFIG: await configFor([slack], join(dataDir, "steward.yaml")),
    SLACK_BOT_TOKEN: rig.botToken,
    SLACK_APP_TOKEN: rig.appToken,
    SLACK_API_URL: rig.apiUrl,
    ANTHROPIC_API_KEY: "test-key",
    ANTHROPIC_BASE_URL: model.url,
  };
  const thread = () => workspace.messages.filter((each) => each.thread_ts !== undefined && each.onlyFor === null);
  const aloud = () => thread().filter(({ text }) => text.startsWith("planner thinks aloud: "));
  const read = () => aloud().map(({ blocks }) => linesOf(blocks).join(" "));
  try {
    const first = await startSteward(home);
    await workspace.until("the socket", () => rig.deliveries.sockets.size > 0);
    await ana.says("make a plan to tell #general hello", { in: ana.direct });
    await workspace.until("a stream", () => aloud()[0]?.streaming);
    expect(read()).toEqual(["(Writing…) planner thinks aloud: First I look at what t"]);
    expect(workspace.statuses.get(ana.direct)).toBeUndefined();
    await first.end("SIGKILL");
    const second = await startSteward(home);
    held[1]?.resolve();
    await workspace.until("all of it", () => read()[0]?.endsWith("do it with."), 30_000);
    await workspace.until("the next words", () => aloud()[1]?.streaming, 30_000);
    held[2]?.resolve();
    await workspace.until("the plan", () =>
      thread().some(({ blocks }) => linesOf(blocks).join().includes("A plan to")),
    );
    expect(read()).toEqual([
      "planner thinks aloud: First I look at what there is to do it with.",
      "planner thinks aloud: Then I see whether <!channel> it works out.",
    ]);
    expect(thread().filter(({ streaming }) => streaming)).toEqual([]);
    expect(thread().flatMap((message) => aliveIn(message).pings)).toEqual([]);
    expect(workspace.statuses.get(ana.direct)).toBeUndefined();
    expect(model.requests).toHaveLength(4);
    await second.end("SIGTERM");
  } finally {
    for (const each of held) each.resolve();
    await rm(dataDir, { recursive: true, force: true });
  }
});
