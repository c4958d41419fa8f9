import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aliveIn as aliveOnDiscord, buttonsOf, wordsOf as wordsOnDiscord } from "../../rigs/discord/read.ts";
import { aliveIn as aliveOnTeams } from "../../rigs/teams/alive.ts";
import { cardOf, wordsOf } from "../../rigs/teams/client.ts";
import type { Loose } from "../../rigs/teams/rooms.ts";
import { loadDefinition } from "../../src/workflow/index.ts";
import type { Name } from "../support/surface.ts";
import { openDiscord } from "../support/surfaces/discord.ts";
import { openTeams } from "../support/surfaces/teams.ts";
import { startWorld, type World } from "../support/world.ts";

/*
 * Signatures, and what is too old or from the future, are tried where they are proven: “a request with …” in
 * adapters/teams.test.ts, “one from long ago” and “from the future” in adapters/discord-parse.test.ts, which also have
 * 40,001 characters, messages of bots, and every shape that is not known.
 */
const question = /Approve: restart checkout in production/;

/** What people with bad intentions or bad luck do on one platform; each answers with what they were told, or "". */
interface Rogue {
  anotherApp(): Promise<string>;
  twoActions(): Promise<string>;
  noCardOfOurs(): Promise<string>;
  copiedCard(): Promise<string>;
  stranger(): Promise<string>;
  editedMessage(): Promise<string>;
  emptyMention(): Promise<string>;
  longest(): Promise<string>;
  turnedRound(): Promise<string>;
  pings(): Promise<string>;
  /** Whom anything that stands there would ping, and links that hide where they lead. */
  alive(): readonly string[];
}

/** What it asks for is known only when it has looked. */
const scaleByVersion = loadDefinition(
  `
name: scale-by-version
summary: Take a version for a number
on: { manual: true }
steps:
  - { id: look, tool: { name: services.deploys, args: { service: checkout, environment: production } } }
  - { id: approval, dependsOn: look, approve: { covers: [scale] } }
  - id: scale
    dependsOn: look
    tool:
      name: services.scale
      args: { service: checkout, environment: production, instances: "\${{ steps.look.output.version }}" }
`,
  "scale-by-version",
  { tools: [{ name: "services.deploys" }, { name: "services.scale" }], intents: [], specialists: [] },
);

let world: World;
let teams: Awaited<ReturnType<typeof openTeams>>;
let discord: Awaited<ReturnType<typeof openDiscord>>;
const rogues: Record<string, Rogue> = {};

beforeAll(async () => {
  teams = await openTeams({ strangers: ["dan"] });
  discord = await openDiscord({ strangers: ["dan"] });
  if (!scaleByVersion.ok) throw new Error(JSON.stringify(scaleByVersion.problems));
  const extra = { definitions: [scaleByVersion.definition] };
  world = await startWorld({ database: "postgres", surfaces: [teams, discord], extra });
  // Teams says where its conversations are only when somebody there has spoken.
  await teams.asks("ben", "help", { in: "approvals" });
  await discord.asks("ana", "restart checkout in production", { in: "ops" });
  rogues["Teams"] = await onTeams();
  rogues["Discord"] = await onDiscord();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await Promise.all([teams[Symbol.asyncDispose](), discord[Symbol.asyncDispose]()]);
});

/** What there is, once there is something. */
function once<T>(all: () => readonly T[], words: (one: T) => string): Promise<string> {
  return world.eventually(async () => {
    const found = all().map(words).join("\n");
    expect(found).not.toBe("");
    return found;
  });
}

async function onTeams(): Promise<Rogue> {
  const { rig, users, channels } = teams;
  const { client, rooms } = rig;
  const card = await world.eventually(async () => {
    const found = rooms.shown.findLast(({ activity }) => question.test(JSON.stringify(activity)));
    if (found === undefined) throw new Error("There is no card in Teams");
    return found;
  });
  const approve: Loose = cardOf(card, users.eve).actions.find(({ title }: Loose) => title === "Approve");
  const ops = [...rooms.rooms.values()].find(({ id }) => id === channels["ops"]) ?? card.room;
  const press = (data: object, more: object = {}) =>
    client.deliver({
      ...client.activity("invoke", users.ben, card),
      name: "adaptiveCard/action",
      replyToId: card.id,
      value: { action: { type: "Action.Execute", verb: "decide", data }, trigger: "manual" },
      ...more,
    });
  const said = (activity: Loose) => wordsOf(activity.attachments?.[0]?.content).join("\n");
  const fromUs = () => rooms.shown.filter(({ from }) => from === "bot");
  const says = async (name: Name, text: string) => {
    const personal = rooms.chatWith(users[name]);
    const before = fromUs().length;
    const { id } = await client.say(users[name], ops, text);
    const answers = () => [
      ...fromUs().filter(({ thread }) => thread === id),
      ...fromUs()
        .slice(before)
        .filter(({ room }) => room === personal),
    ];
    return once(answers, ({ activity }) => said(activity));
  };
  return {
    anotherApp: async () => (await press(approve.data, { channelId: "directline" })).body.detail,
    twoActions: async () => (await press({ ...approve.data, say: "restart billing in production" })).body.detail,
    noCardOfOurs: async () => (await press({ token: "AAAAAAAAAAAAAAAAAAAAAA" })).body.value,
    async copiedCard() {
      const copy = rooms.add(rooms.room("channel", rooms.users), null, users.ben, card.activity);
      return (await client.press(users.ben, copy, "Approve")).sentence ?? "";
    },
    stranger: () => says("dan", "restart billing in production"),
    async editedMessage() {
      const shown = rooms.add(ops, null, users.ana, {});
      const message = client.message(users.ana, shown, "restart billing in production", true);
      return (await client.deliver({ ...message, type: "messageUpdate" })).body.text ?? "";
    },
    emptyMention: () => says("ana", ""),
    longest: () => says("ana", "x".repeat(40_000)),
    turnedRound: () => says("ana", "\u202ehe\u200blp\u202c"),
    pings: () => says("ana", "why is [this](https://evil.example) <at>everyone</at> <!channel> @everyone broken?"),
    alive: () =>
      fromUs()
        .map(({ activity }) => aliveOnTeams(activity))
        .flatMap(({ pings, links }) => [...pings, ...links]),
  };
}

async function onDiscord(): Promise<Rogue> {
  const { discord: rig, users, channels } = discord;
  const ops = channels["ops"] ?? "";
  const all = () => [...rig.channels.values()].flatMap(({ messages }) => messages);
  const fromUs = () => all().filter(({ author, onlyFor }) => author.id === rig.botId && onlyFor === undefined);
  const card = await world.eventually(async () => {
    const found = fromUs().find((each) => question.test(wordsOnDiscord(each)));
    if (found === undefined) throw new Error("There is no card on Discord");
    return found;
  });
  const custom_id = buttonsOf(card).find(({ label }) => label === "Approve")?.custom_id ?? "";
  const press = async (data: object, more: object = {}) => {
    const message = { id: card.id, author: card.author, components: card.components };
    const shown = await rig.interact(users.ben, card.channel_id, { type: 3, data, message, ...more });
    return shown.messages.map(wordsOnDiscord).join("\n");
  };
  const pressed = { component_type: 2, custom_id };
  const says = async (name: Name, text: string) => {
    const personal = rig.direct(users[name]).id;
    const before = new Set(fromUs().map((message) => message.id));
    const { id } = rig.write(users[name], ops, `<@${rig.botId}> ${text}`);
    const answers = () => [
      ...fromUs().filter(({ channel_id }) => channel_id === id),
      ...fromUs().filter((message) => message.channel_id === personal && !before.has(message.id)),
    ];
    return once(answers, wordsOnDiscord);
  };
  return {
    anotherApp: () => press(pressed, { application_id: rig.snowflake() }),
    twoActions: () => press([pressed, { component_type: 2, custom_id: "say:restart billing in production" }]),
    noCardOfOurs: () => press({ component_type: 2, custom_id: "AAAAAAAAAAAAAAAAAAAAAA" }),
    // Discord forwards no buttons; what can be copied is in a message that somebody else wrote.
    copiedCard: () =>
      press(pressed, {
        message: { id: rig.snowflake(), author: { id: users.eve.id, username: "eve", bot: false }, components: [] },
      }),
    stranger: () => says("dan", "restart billing in production"),
    async editedMessage() {
      const message = rig.write(users.ana, ops, "good morning");
      rig.gateway.dispatch("MESSAGE_UPDATE", {
        ...rig.event(message),
        content: `<@${rig.botId}> restart billing in production`,
        edited_timestamp: new Date().toISOString(),
      });
      return "";
    },
    emptyMention: () => says("ana", ""),
    longest: () => says("ana", "x".repeat(40_000)),
    turnedRound: () => says("ana", "\u202ehe\u200blp\u202c"),
    pings: () => says("ana", "why is [this](https://evil.example) <@&1234> <#5678> @everyone @here broken?"),
    alive: () =>
      fromUs()
        .flatMap(({ components }) => JSON.stringify(components).match(/"content":"(?:[^"\\]|\\.)*"/g) ?? [])
        .map((content) => aliveOnDiscord(JSON.parse(`{${content}}`).content))
        // A plain address stays a link, which shows where it leads.
        .flatMap(({ pings, links }) => [...pings, ...links.filter((link) => !link.startsWith("http"))]),
  };
}

/** What is tried, what whoever tried it is told, and the reason the record gives ("" where nothing was turned away). */
const table: readonly (readonly [what: string, act: Exclude<keyof Rogue, "alive">, told: RegExp, because: string])[] = [
  ["another app's payload", "anotherApp", /^No\.$/, "forged"],
  ["two actions in one press", "twoActions", /^No\.$/, "forged"],
  [
    "a button of no card of ours",
    "noCardOfOurs",
    /^This button is no card of mine, so nothing was decided/,
    "unknown-button",
  ],
  ["a copied card", "copiedCard", /^(This is a copy of a card|No\.$)/, "copied-card|forged"],
  ["a stranger", "stranger", /^I do not know you yet, so I did nothing/, "stranger"],
  ["an edited message", "editedMessage", /^$/, ""],
  ["an empty mention", "emptyMention", /What you can ask/, ""],
  ["40,000 characters", "longest", /I cannot do that myself, so nothing was done\. Shall I put it to people/, ""],
  ["text that is turned round", "turnedRound", /What you can ask/, ""],
  ["pings and false links", "pings", /\w/, ""],
];

describe.each(["Teams", "Discord"])("on %s", (platform) => {
  test.each(table)("%s is refused or does no harm, in a sentence, on record", async (_what, act, told, because) => {
    const before = (await world.recorded("rejected")).map((entry) => JSON.stringify(entry));
    expect(await rogues[platform]?.[act]()).toMatch(told);
    const reasons = (await world.recorded("rejected")).flatMap((entry) =>
      before.includes(JSON.stringify(entry)) ? [] : [(entry["data"] as { because: string }).because],
    );
    if (because === "") expect(reasons).toEqual([]);
    else expect(reasons).toEqual([expect.stringMatching(new RegExp(`^(${because})$`))]);
  });
});

test("after all of it nothing was decided, nothing else began, and nothing that was written is alive", async () => {
  const { runs } = (await world.cara.get("/api/runs")).body as { runs: { title: string; state: string }[] };
  expect(runs.filter(({ title }) => /restart/.test(title))).toMatchObject([
    { title: expect.stringMatching(/checkout/) },
  ]);
  expect(await world.steward.db.query("select gate_id from steward.vote")).toEqual([]);
  for (const rogue of Object.values(rogues)) expect(rogue.alive()).toEqual([]);
});

test("the button of another gate, put on a card, decides the gate it was made for and no other", async () => {
  const { rig, users } = teams;
  const cardFor = (words: RegExp) =>
    world.eventually(async () => {
      const found = rig.rooms.shown.findLast(
        ({ from, activity }) => from === "bot" && words.test(JSON.stringify(activity)),
      );
      if (found === undefined) throw new Error(`There is no card with ${words}`);
      return found;
    });
  await discord.asks("ana", "restart billing in production", { in: "ops" });
  const [mine, other] = [await cardFor(question), await cardFor(/Approve: restart billing in production/)];
  const { data } = cardOf(other, users.eve).actions.find(({ title }: Loose) => title === "Approve");
  const { body } = await rig.client.deliver({
    ...rig.client.activity("invoke", users.ben, mine),
    name: "adaptiveCard/action",
    replyToId: mine.id,
    value: { action: { type: "Action.Execute", verb: "decide", data }, trigger: "manual" },
  });
  expect(body.value).toMatch(/^You approved it/);
  await world.eventually(async () => expect((await cardFor(/Approved by Ben/)).id).toBe(other.id));
  const { gates } = (await world.ben.get("/api/gates")).body as { gates: { title: string }[] };
  expect(gates.map(({ title }) => title)).toEqual([expect.stringMatching(/checkout/)]);
});

test("nobody is asked to approve a call that can never run: its step fails at once, and says why", async () => {
  const open = async () => ((await world.ben.get("/api/gates")).body as { gates: unknown[] }).gates.length;
  const before = await open();
  await world.ana.post("/api/workflows/create", { name: "scale-by-version" });
  await world.eventually(async () => {
    const run = await world.run();
    expect(run).toMatchObject({ name: "scale-by-version", state: "failed", gates: [] });
    expect(run.error).toMatch(
      /services\.scale cannot take these arguments: “instances” must be a whole number from 1 to 20, not "1\./,
    );
  });
  expect(await open()).toBe(before);
});
