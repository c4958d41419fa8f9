import { describe, expect, test, vi } from "vitest";
import { all } from "../../rigs/discord/check.ts";
import type { Message } from "../../rigs/discord/discord.ts";
import { aliveIn, buttonsOf, shown, wordsOf } from "../../rigs/discord/read.ts";
import { newId } from "../../src/domain/ids.ts";
import type { View, ViewButton } from "../../src/messages/adapter.ts";
import { chatAdapterContract, type Seen } from "../contracts/chat-adapter.ts";
import { connect, delivery, LocalDiscord, memoryIn, reach, tenant, until } from "./discord-world.ts";

async function open() {
  const discord = await LocalDiscord.open();
  const ops = discord.addChannel("ops");
  const ana = discord.addUser("ana", { roles: ["7001"] });
  const ben = discord.addUser("ben");
  const here = { platform: "discord", channel: ops.id, thread: "" } as const;
  return { discord, ops, ana, ben, here, [Symbol.asyncDispose]: () => discord.close() };
}

/** The process's own clock, moved on by hand. */
function stoppedClock() {
  let passed = 0;
  const begun = performance.now();
  const spy = vi.spyOn(performance, "now").mockImplementation(() => begun + passed);
  return {
    pass(ms: number) {
      passed += ms;
    },
    async [Symbol.asyncDispose]() {
      spy.mockRestore();
    },
  };
}

/** A view read back from the components that show it. */
function viewIn(message: Message): View {
  const [first] = message.components;
  const card = first?.type === 17 ? (first.components ?? []) : null;
  const parts = (card ?? message.components).filter(({ content = "" }) => !content.startsWith("-# "));
  const texts = parts.filter(({ type }) => type === 10).map(({ content = "" }) => content);
  const split = parts.findIndex(({ type }) => type === 14);
  const outcome = split < 0 ? undefined : shown(parts[split + 1]?.content ?? "");
  const title = texts[0]?.startsWith("### ") ? shown(texts[0]) : undefined;
  const rest = texts.slice(title === undefined ? 0 : 1, outcome === undefined ? undefined : -1);
  const fields = [...(rest[1] ?? "").matchAll(/^\*\*(.*?)(?<!\\)\*\*\s(.*(?:\n> .*)*)/gm)].map(
    ([, label = "", value = ""]) => ({
      label: shown(label),
      value: shown(value),
    }),
  );
  const buttons = buttonsOf(message).flatMap(({ label, style, custom_id = "" }): ViewButton[] => {
    const name = ({ 1: "primary", 4: "danger", 2: "default" } as const)[style ?? 0];
    if (name === undefined) return [];
    return custom_id.startsWith("say:")
      ? [{ label, style: name, say: custom_id.slice(4) }]
      : [{ label, style: name, token: custom_id }];
  });
  return {
    text: shown(rest[0] ?? ""),
    ...(title !== undefined && { title }),
    ...(fields.length > 0 && { fields }),
    ...(buttons.length > 0 && { buttons }),
    ...(outcome !== undefined && { outcome }),
  };
}

chatAdapterContract("discord", async () => {
  const world = await open();
  const { discord, ops, ana, ben, here } = world;
  const connected = await connect(discord);
  const { adapter } = connected.platform;
  const self = { applicationId: discord.applicationId, userId: discord.botId };
  const root = discord.write(ana, ops.id, "shall we?");
  const thread = discord.beginThread(root, "shall we?").id;
  const channel = { type: 0, parentId: null };
  const message = (content: string, more = {}) => ({
    t: "MESSAGE_CREATE",
    d: { ...discord.event(discord.write(ana, ops.id, content)), ...more },
    self,
    channel,
  });
  const interaction = (more: object) => ({ t: "INTERACTION_CREATE", d: discord.interaction(ana, ops.id, more), self });
  const card = { id: discord.snowflake(), author: { id: discord.botId, bot: true, username: "steward" } };
  const pressed = { type: 3, data: { component_type: 2, custom_id: "T" }, message: card };
  const filled = { type: 18, id: 1, component: { type: 4, id: 2, custom_id: "reason", value: "busy" } };
  const command = { id: "1", type: 1, name: "steward", options: [{ name: "request", type: 3, value: "restart api" }] };
  return {
    adapter,
    tenant,
    place: here,
    ana: ana.id,
    ben: ben.id,
    thread,
    async look(viewer) {
      const user = discord.users.get(viewer);
      if (user === undefined) throw new Error(`Nobody is called ${viewer}`);
      return [...discord.channels.values()].flatMap((each) =>
        discord
          .seen(user, each.id)
          .filter(({ author }) => author.id === discord.botId)
          .map((one): Seen => {
            const [first] = all(one.components).filter(({ id = 0 }) => id > 1000);
            const where =
              each.type === 11 ? `${each.parent_id}/${each.id}` : `${each.type === 1 ? "@" : ""}${each.id}/`;
            const ref = `${where}/${one.id}/${first?.id}`;
            const [item] = all(one.components).flatMap(({ items = [] }) => items);
            const file = one.attachments.find(({ filename }) => item?.media.url === `attachment://${filename}`);
            const picture = item && { alt: item.description ?? "", png: file?.bytes ?? null };
            const thread = each.type === 11 ? each.id : null;
            return { ref, thread, view: viewIn(one), ...(picture && { picture }) };
          }),
      );
    },
    async alive(ref) {
      const [channelId, threadId, id] = ref.replace("@", "").split("/");
      const found = discord.channels.get(threadId || channelId || "")?.messages.find((one) => one.id === id);
      const contents = all(found?.components ?? []).flatMap(({ content }) => content ?? []);
      const alive = contents.map(aliveIn);
      return { pings: alive.flatMap(({ pings }) => pings), links: alive.flatMap(({ links }) => links) };
    },
    trouble: {
      limit: () => discord.limit(),
      away: (is) => {
        discord.away = is;
      },
    },
    refusePictures: () => {
      // All but Attach Files.
      discord.permissions = "309237713984";
    },
    deliveries: {
      message: delivery(message("restart api")),
      command: delivery(interaction({ type: 2, data: command })),
      reply: delivery({
        t: "MESSAGE_CREATE",
        d: discord.event(discord.write(ana, thread, "yes")),
        self,
        channel: { type: 11, parentId: ops.id },
      }),
      press: delivery(interaction(pressed)),
      form: delivery(interaction({ type: 5, data: { custom_id: "T", components: [filled] } })),
      picture: delivery(message("", { attachments: [{ id: "1", filename: "cat.png" }] })),
      unsupported: delivery({ ...message("restart api"), t: "MESSAGE_UPDATE" }),
      forged: delivery({ ...interaction(pressed), self: { ...self, applicationId: discord.snowflake() } }),
    },
    async [Symbol.asyncDispose]() {
      await connected[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
});

describe("threads", () => {
  test("the answer to a message begins a thread from it, named after it, once", async () => {
    await using world = await open();
    await using connected = await connect(world.discord);
    const { adapter } = connected.platform;
    const asked = world.discord.write(world.ana, world.ops.id, `<@${world.discord.botId}> **restart** api, please`);
    const place = { ...world.here, thread: asked.id };
    await adapter.post({ text: "One", mark: "taken" }, place, newId(), reach());
    await adapter.post({ text: "Two", mark: "done" }, place, newId(), reach());
    const thread = world.discord.channels.get(asked.id);
    expect(thread).toMatchObject({ name: "restart api, please", parent_id: world.ops.id });
    expect(thread?.messages.map(wordsOf)).toEqual(["One", "Two"]);
    expect([...asked.reactions]).toEqual(["✅"]);
  });

  test("where the message was deleted meanwhile, the answer is given in the channel, and found there", async () => {
    await using world = await open();
    await using connected = await connect(world.discord);
    const { adapter } = connected.platform;
    const place = { ...world.here, thread: world.discord.snowflake() };
    const marker = newId();
    const ref = await adapter.post({ text: "Done" }, place, marker, reach());
    expect(world.ops.messages.map(wordsOf)).toEqual(["Done"]);
    expect(await adapter.find(marker, place, reach())).toBe(ref);
  });

  test("a card in a thread that Discord has put away is redrawn all the same", async () => {
    await using world = await open();
    await using connected = await connect(world.discord);
    const { adapter } = connected.platform;
    const asked = world.discord.write(world.ana, world.ops.id, "restart api");
    const ref = await adapter.post({ text: "Asked" }, { ...world.here, thread: asked.id }, newId(), reach());
    const thread = world.discord.channels.get(asked.id);
    if (thread === undefined) throw new Error("There is no thread");
    thread.archived = true;
    await adapter.replace(ref, { text: "Answered" }, reach());
    expect(thread.messages.map(wordsOf)).toEqual(["Answered"]);
  });

  test("in a direct message there are no threads: the answer is a reply, and a reply to it goes on", async () => {
    await using world = await open();
    await using connected = await connect(world.discord);
    const direct = world.discord.direct(world.ana);
    const asked = world.discord.write(world.ana, direct.id, "restart api");
    const [first] = await until(() => {
      expect(connected.took).toHaveLength(1);
      return connected.took;
    });
    const place = { platform: "discord", channel: `@${direct.id}`, thread: asked.id } as const;
    expect(first).toMatchObject({
      incoming: { text: "restart api", addressed: true, place },
      by: { workspace: world.discord.guildId, userId: world.ana.id },
    });
    await connected.platform.adapter.post({ text: "In production?" }, place, newId(), reach());
    const answer = direct.messages[1];
    expect(answer?.message_reference).toEqual({ message_id: asked.id });
    world.discord.write(world.ana, direct.id, "yes", { replyTo: answer?.id ?? "" });
    await until(() => expect(connected.took[1]).toMatchObject({ incoming: { text: "yes", place } }));
  });
});

test("nothing is posted once the courier has stopped waiting", async () => {
  await using world = await open();
  await using connected = await connect(world.discord);
  const stop = new AbortController();
  world.discord.before = ({ method }) => {
    if (method === "GET") stop.abort();
  };
  const place = { ...world.here, thread: world.discord.write(world.ana, world.ops.id, "hello").id };
  const posting = connected.platform.adapter.post({ text: "Late" }, place, newId(), reach(null, stop.signal));
  await expect(posting).rejects.toMatchObject({ code: "platform-busy" });
  expect(world.discord.channels.get(place.thread)).toBeUndefined();
});

test("a limit says that nothing was posted, unless it comes at the mark, when the answer is there already", async () => {
  await using world = await open();
  await using connected = await connect(world.discord);
  const place = { ...world.here, thread: world.discord.write(world.ana, world.ops.id, "hello").id };
  const post = () => connected.platform.adapter.post({ text: "Done", mark: "taken" }, place, newId(), reach());
  world.discord.limit();
  await expect(post()).rejects.toMatchObject({ code: "platform-busy", undone: true });
  world.discord.before = ({ path }) => {
    if (path.includes("/reactions/")) world.discord.limit();
  };
  await expect(post()).rejects.toMatchObject({ code: "platform-busy", undone: false });
  expect(world.discord.channels.get(place.thread)?.messages.map(wordsOf)).toEqual(["Done"]);
});

test("a message redrawn after it was found can be found again", async () => {
  await using world = await open();
  await using connected = await connect(world.discord);
  const { adapter } = connected.platform;
  const marker = newId();
  const ref = await adapter.post({ text: "One" }, world.here, marker, reach());
  await adapter.replace(ref, { text: "Two", title: "Now a card" }, reach());
  expect(await adapter.find(marker, world.here, reach())).toBe(ref);
});

test("posting the same marker again within minutes is the same message: Discord checks the nonce", async () => {
  await using world = await open();
  await using connected = await connect(world.discord);
  const marker = newId();
  const once = await connected.platform.adapter.post({ text: "One" }, world.here, marker, reach());
  expect(await connected.platform.adapter.post({ text: "One" }, world.here, marker, reach())).toBe(once);
  expect(world.ops.messages).toHaveLength(1);
});

test("a private notice says which channel it is about; whoever takes no direct messages cannot get one", async () => {
  await using world = await open();
  await using connected = await connect(world.discord);
  const { adapter } = connected.platform;
  await adapter.post({ text: "Not yours" }, world.here, newId(), reach(world.ana.id));
  expect(world.discord.direct(world.ana).messages.map(wordsOf)).toEqual([
    `For you alone, about <#${world.ops.id}>\nNot yours`,
  ]);
  world.ben.takesDirects = false;
  await expect(adapter.post({ text: "Not yours" }, world.here, newId(), reach(world.ben.id))).rejects.toMatchObject({
    code: "platform-refused",
    retryAfterMs: null,
  });
});

test("a button whose text is too long for an id says it all the same", async () => {
  await using world = await open();
  await using connected = await connect(world.discord);
  const say = `restart ${"x".repeat(150)} in production`;
  const view: View = { text: "Did you mean", buttons: [{ label: "That", style: "default", say }] };
  await connected.platform.adapter.post(view, world.here, newId(), reach());
  const [card] = world.ops.messages;
  if (card === undefined) throw new Error("There is no card");
  expect(await world.discord.press(world.ana, card, "That")).toMatchObject({ kind: "nothing" });
  expect(connected.took).toMatchObject([
    { incoming: { text: say, addressed: true, place: { channel: world.ops.id, thread: card.id } } },
  ]);
});

describe("who somebody is", () => {
  test("roles are read at that moment", async () => {
    await using world = await open();
    await using connected = await connect(world.discord, memoryIn(), { wait: false });
    const who = { platform: "discord", workspace: world.discord.guildId, userId: world.ana.id } as const;
    expect(await connected.platform.standing(who)).toEqual({ kind: "member", groups: ["7001"] });
    world.ana.member = { roles: [] };
    expect(await connected.platform.standing(who)).toEqual({ kind: "member", groups: [] });
    world.ana.member = { roles: ["7001"], pending: true };
    expect(await connected.platform.standing(who)).toMatchObject({ kind: "guest" });
    world.ana.member = null;
    expect(await connected.platform.standing(who)).toEqual({ kind: "outsider", groups: [] });
    expect(await connected.platform.standing({ ...who, userId: world.discord.botId })).toMatchObject({ kind: "bot" });
  });

  test("a Discord that cannot be asked vouches for nobody, for now", async () => {
    await using world = await open();
    await using connected = await connect(world.discord, memoryIn(), { wait: false });
    const who = { platform: "discord", workspace: world.discord.guildId, userId: world.ana.id } as const;
    const busy = { code: "platform-busy", retryAfterMs: expect.any(Number) };
    world.discord.away = true;
    await expect(connected.platform.standing(who)).rejects.toMatchObject(busy);
    world.discord.away = false;
    const elsewhere = { ...who, workspace: world.discord.snowflake() };
    await expect(connected.platform.standing(elsewhere)).rejects.toMatchObject(busy);
  });
});

describe("who vouches for somebody in a direct message", () => {
  async function writes() {
    const world = await open();
    const { discord, ana } = world;
    const connected = await connect(discord);
    const direct = discord.direct(ana);
    let written = 0;
    const lookups = () => discord.calls.filter(({ path }) => /\/guilds|members/.test(path)).length;
    return {
      ...world,
      connected,
      direct,
      lookups,
      /** The server of the next thing taken, after doing this. */
      async vouched(act: () => unknown): Promise<string | undefined> {
        written++;
        act();
        await until(() => expect(connected.took).toHaveLength(written));
        const parsed = connected.took.at(-1);
        return parsed?.kind === "incoming" ? parsed.by.workspace : undefined;
      },
      async [Symbol.asyncDispose]() {
        await connected[Symbol.asyncDispose]();
        await discord.close();
      },
    };
  }

  test("is found out once a minute, also that nobody does", async () => {
    await using world = await writes();
    const { discord, ana, direct, vouched, lookups } = world;
    expect(await vouched(() => discord.write(ana, direct.id, "help"))).toBe(discord.guildId);
    expect(lookups()).toBe(2);
    expect(await vouched(() => discord.write(ana, direct.id, "help"))).toBe(discord.guildId);
    const far = discord.addUser("far", { outside: true });
    const theirs = discord.direct(far);
    for (let times = 0; times < 3; times++)
      expect(await vouched(() => discord.write(far, theirs.id, "let me in"))).toBe("");
    expect(lookups()).toBe(3);
    await using clock = stoppedClock();
    clock.pass(59_000);
    far.member = { roles: [] };
    expect(await vouched(() => discord.write(far, theirs.id, "let me in"))).toBe("");
    clock.pass(2_000);
    expect(await vouched(() => discord.write(far, theirs.id, "let me in"))).toBe(discord.guildId);
  });

  test("of many servers ten are asked", async () => {
    await using world = await writes();
    const { discord, direct, vouched, lookups } = world;
    const far = discord.addUser("far", { outside: true });
    for (let n = 0; n < 30; n++) discord.addServer(`server ${n}`, []);
    expect(await vouched(() => discord.write(far, discord.direct(far).id, "help"))).toBe("");
    expect(lookups()).toBe(11);
    expect(direct.messages).toEqual([]);
  });

  test("is the server of the channel that a notice is about, when it is pressed or replied to", async () => {
    await using world = await writes();
    const { discord, ana, direct, connected, vouched } = world;
    const other = discord.addServer("other", [ana]);
    const there = discord.addChannel("there", undefined, other);
    const { adapter } = connected.platform;
    const notice = (channel: string) =>
      adapter.post(
        { text: "Not yours", title: "Is this you?", buttons: [{ label: "help", style: "default", say: "help" }] },
        { platform: "discord", channel, thread: "" },
        newId(),
        reach(ana.id),
      );
    await notice(there.id);
    const [about] = direct.messages;
    if (about === undefined) throw new Error("There is no notice");
    expect(await vouched(() => discord.press(ana, about, "help"))).toBe(other.id);
    expect(await vouched(() => discord.write(ana, direct.id, "why?", { replyTo: about.id }))).toBe(other.id);
    expect(await vouched(() => discord.write(ana, direct.id, "help"))).toBe(discord.guildId);
    // Whoever is no member there is vouched for by another server of ours.
    other.members.clear();
    const gone = discord.addChannel("gone", undefined, other);
    await notice(gone.id);
    expect(
      await vouched(() => discord.write(ana, direct.id, "hm", { replyTo: direct.messages.at(-1)?.id ?? "" })),
    ).toBe(discord.guildId);
  });

  test("takes as long as it takes: a command is told to wait before Discord gives up", async () => {
    await using world = await writes();
    const { discord, ana, direct, connected } = world;
    const isTold = () => discord.calls.some(({ path }) => path.endsWith("/callback"));
    discord.before = ({ path }) =>
      path === "/users/@me/guilds" ? until(() => expect(isTold()).toBe(true)) : undefined;
    const shown = await discord.command(ana, direct.id, "help");
    expect(shown.messages.map(wordsOf)).toEqual(["Taken. The answer comes as a message here."]);
    expect(connected.took).toMatchObject([{ by: { workspace: discord.guildId } }]);
  });
});

describe("what is missing is said, with what to do", () => {
  test("nothing, when all is well", async () => {
    await using world = await open();
    await using connected = await connect(world.discord);
    expect(await connected.platform.examine()).toEqual([]);
  });

  test("the intent and the permissions", async () => {
    await using world = await open();
    world.discord.readsContent = false;
    world.discord.permissions = "3072";
    await using connected = await connect(world.discord, memoryIn(), { wait: false });
    expect(await connected.platform.examine()).toEqual([
      expect.stringContaining("switch on Message Content Intent"),
      expect.stringContaining(
        "lacks Read Message History, Add Reactions, Create Public Threads, Send Messages in Threads, Attach Files",
      ),
    ]);
    await until(() => expect(connected.errors.map(String).join()).toContain("Message Content Intent"));
    expect(connected.platform.connection()).toBe("unhealthy");
  });

  test("the token", async () => {
    await using world = await open();
    await using connected = await connect(world.discord, memoryIn(), { token: "wrong", wait: false });
    expect(await connected.platform.examine()).toEqual([expect.stringContaining("check DISCORD_TOKEN")]);
  });
});
