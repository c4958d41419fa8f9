import { describe, expect, test } from "vitest";
import { buttonsOf, wordsOf } from "../../rigs/discord/read.ts";
import { Fault } from "../../src/domain/fault.ts";
import { newId } from "../../src/domain/ids.ts";
import type { View } from "../../src/messages/adapter.ts";
import type { Taken } from "../../src/messages/platform.ts";
import { connect, LocalDiscord, memoryIn, reach, until } from "./discord-world.ts";

async function open() {
  const discord = await LocalDiscord.open();
  const ops = discord.addChannel("ops");
  const ana = discord.addUser("ana");
  const here = { platform: "discord", channel: ops.id, thread: "" } as const;
  const mention = `<@${discord.botId}>`;
  return { discord, ops, ana, here, mention, [Symbol.asyncDispose]: () => discord.close() };
}

function textsOf(connected: Awaited<ReturnType<typeof connect>>): string[] {
  return connected.took.flatMap((parsed) => (parsed.kind === "incoming" ? [parsed.incoming.text] : []));
}

const question: View = {
  text: "Ana asks for approval",
  title: "Restart api?",
  buttons: [
    { label: "Approve", style: "primary", token: "A" },
    { label: "Deny", style: "danger", token: "D" },
  ],
};

describe("the slash command", () => {
  test("is there, is taken, and whoever typed it is told so alone", async () => {
    await using world = await open();
    await using connected = await connect(world.discord);
    await until(() => expect(world.discord.commands.map(({ name }) => name)).toEqual(["steward", "Hand to Steward"]));
    const shown = await world.discord.command(world.ana, world.ops.id, "restart api");
    expect(shown.messages.map((each) => [wordsOf(each), each.onlyFor])).toEqual([
      ["Taken. The answer comes as a message here.", world.ana.id],
    ]);
    expect(connected.took).toMatchObject([{ incoming: { text: "restart api", kind: "command", addressed: true } }]);
  });

  test("is answered with messages that outlive it: they are redrawn when its token is dead", async () => {
    await using world = await open();
    await using connected = await connect(world.discord);
    const { discord, here } = world;
    await discord.command(world.ana, world.ops.id, "restart api");
    const [parsed] = connected.took;
    const place = parsed?.kind === "incoming" ? parsed.incoming.place : null;
    if (place === null) throw new Error("The command has no place");
    const ref = await connected.platform.adapter.post(question, place, newId(), reach());
    discord.outliveInteractions();
    discord.calls.length = 0;
    await connected.platform.adapter.replace(ref, { text: "Ana asks", outcome: "Approved by Ben" }, reach());
    expect(discord.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      expect.stringMatching(new RegExp(`^PATCH /channels/${here.channel}/messages/`)),
    ]);
    expect(wordsOf(world.ops.messages.at(-1) as never)).toMatch(/Approved by Ben/);
  });

  test("completes what was typed from what can be asked", async () => {
    await using world = await open();
    await using _ = await connect(world.discord);
    const shown = await world.discord.types(world.ana, world.ops.id, "Restart  prod");
    expect(shown.choices?.map(({ name }) => name)).toEqual(["Restart prod", "restart checkout in production"]);
    expect((await world.discord.types(world.ana, world.ops.id, "")).choices).toHaveLength(3);
  });

  test("in a thread belongs to that thread, on its own it begins one", async () => {
    await using world = await open();
    await using connected = await connect(world.discord);
    const thread = world.discord.beginThread(world.discord.write(world.ana, world.ops.id, "hm"), "hm");
    await world.discord.command(world.ana, thread.id, "help");
    await world.discord.command(world.ana, world.ops.id, "help");
    const commands = connected.took.flatMap((each) =>
      each.kind === "incoming" && each.incoming.kind === "command" ? [each.incoming] : [],
    );
    expect(commands.map(({ place }) => place)).toEqual([
      { platform: "discord", channel: world.ops.id, thread: thread.id },
      { platform: "discord", channel: world.ops.id, thread: `+${commands[1]?.deliveryKey}` },
    ]);
  });

  test("a message can be handed over, and is asked by whoever hands it over", async () => {
    await using world = await open();
    await using connected = await connect(world.discord);
    const ben = world.discord.addUser("ben");
    const message = world.discord.write(ben, world.ops.id, "restart api in staging");
    await world.discord.handOver(world.ana, message);
    expect(connected.took.at(-1)).toMatchObject({
      by: { userId: world.ana.id },
      incoming: { text: "restart api in staging", addressed: true, place: { thread: message.id } },
    });
  });
});

describe("a press", () => {
  async function asked() {
    const world = await open();
    const connected = await connect(world.discord);
    await connected.platform.adapter.post(question, world.here, newId(), reach());
    const [card] = world.ops.messages;
    if (card === undefined) throw new Error("There is no card");
    return {
      ...world,
      connected,
      card,
      async [Symbol.asyncDispose]() {
        await connected[Symbol.asyncDispose]();
        await world[Symbol.asyncDispose]();
      },
    };
  }
  const words = (shown: { messages: readonly Parameters<typeof wordsOf>[0][] }) => shown.messages.map(wordsOf);

  test.each<[string, Taken, string]>([
    ["that counts", { kind: "decided", sentence: "Approved." }, "Approved."],
    [
      "that is refused",
      { kind: "refused", because: "own", sentence: "You asked for this yourself." },
      "You asked for this yourself.",
    ],
    ["of a stranger", { kind: "stranger", sentence: "I do not know you yet." }, "I do not know you yet."],
    [
      "on no card of ours",
      { kind: "missing", sentence: "This button is no card of mine." },
      "This button is no card of mine.",
    ],
    ["that is forged", { kind: "forged", because: "a copied card, internally" }, "No."],
  ])("%s is answered to whoever pressed, alone", async (_, taken, sentence) => {
    await using world = await asked();
    world.connected.taken = () => taken;
    const shown = await world.discord.press(world.ana, world.card, "Approve");
    expect(words(shown)).toEqual([sentence]);
    expect(shown.messages[0]?.onlyFor).toBe(world.ana.id);
  });

  test("that needs a reason opens a form at once, and the form decides", async () => {
    await using world = await asked();
    world.connected.taken = (parsed) =>
      parsed.kind === "press" && parsed.press.values["reason"] === undefined
        ? {
            kind: "form",
            form: {
              title: "Deny",
              token: parsed.press.token,
              fields: [{ name: "reason", label: "Why not?", required: true, longest: 1000 }],
            },
          }
        : { kind: "decided", sentence: "Denied." };
    const { kind, modal } = await world.discord.press(world.ana, world.card, "Deny");
    expect(kind).toBe("modal");
    if (modal === undefined) throw new Error("There is no form");
    expect(words(await world.discord.submit(world.ana, world.ops.id, modal, { reason: "month end" }))).toEqual([
      "Denied.",
    ]);
    expect(world.connected.took.at(-1)).toMatchObject({ press: { token: "D", values: { reason: "month end" } } });
  });

  test("that takes long is told so before Discord gives up, and a form then waits behind a button", async () => {
    await using world = await asked();
    const thinking = () => world.discord.calls.some(({ path }) => path.endsWith("/callback"));
    const form = {
      title: "Deny",
      token: "D",
      fields: [{ name: "reason", label: "Why not?", required: true, longest: 1000 }],
    };
    world.connected.taken = async () => {
      await until(() => expect(thinking()).toBe(true));
      return { kind: "form", form };
    };
    const shown = await world.discord.press(world.ana, world.card, "Deny");
    expect(words(shown)).toEqual(["One thing is needed first."]);
    world.connected.taken = () => ({ kind: "form", form });
    const [waiting] = shown.messages;
    if (waiting === undefined) throw new Error("Nothing is shown");
    expect((await world.discord.press(world.ana, waiting, "Deny")).modal?.custom_id).toBe("D");
  });

  test("that could not be kept is said to have done nothing", async () => {
    await using world = await asked();
    world.connected.taken = () =>
      Promise.reject(new Fault("store-unavailable", "The database is away", { retryAfterMs: 1000 }));
    expect(words(await world.discord.press(world.ana, world.card, "Approve"))).toEqual([
      "This could not be recorded, so nothing was done. Try it again.",
    ]);
    await until(() => expect(world.connected.errors.map(({ message }) => message)).toEqual(["The database is away"]));
  });
});

test("a card too long to be shown has no button that decides before everything was shown", async () => {
  await using world = await open();
  await using connected = await connect(world.discord);
  const long: View = {
    ...question,
    fields: [{ label: "Script", value: "rm -rf /tmp/x\n".repeat(600) }],
    link: "/gates/1",
  };
  connected.card = { ...long, buttons: [] };
  await connected.platform.adapter.post(long, world.here, newId(), reach());
  const [card] = world.ops.messages;
  if (card === undefined) throw new Error("There is no card");
  expect(buttonsOf(card).map(({ label }) => label)).toEqual(["Approve…", "Deny…", "Open in Steward"]);
  await world.discord.press(world.ana, card, "Approve…");
  await until(() => {
    const pages = world.discord.seen(world.ana, world.ops.id).filter(({ onlyFor }) => onlyFor !== undefined);
    expect(
      pages
        .map(wordsOf)
        .join("")
        .match(/rm -rf/g),
    ).toHaveLength(600);
    expect(pages.flatMap(buttonsOf).map(({ custom_id, label }) => [custom_id, label])).toEqual([["A", "Approve"]]);
  });
  expect(connected.took).toEqual([]);
  const ref = await connected.platform.adapter.find("nothing", world.here, reach());
  expect(ref).toBeNull();
});

describe("a stranger", () => {
  test("is told once, in a direct message", async () => {
    await using world = await open();
    await using connected = await connect(world.discord);
    connected.taken = () => ({ kind: "stranger", sentence: "I do not know you yet." });
    world.discord.write(world.ana, world.ops.id, `${world.mention} help`);
    world.discord.write(world.ana, world.ops.id, `${world.mention} help!`);
    await until(() => expect(connected.took).toHaveLength(2));
    await until(() =>
      expect(world.discord.direct(world.ana).messages.map(wordsOf)).toEqual(["I do not know you yet."]),
    );
  });
});

describe("nothing is lost", () => {
  test("when the connection drops, Discord sends what was missed", async () => {
    await using world = await open();
    await using connected = await connect(world.discord);
    world.discord.gateway.drop();
    world.discord.write(world.ana, world.ops.id, "while you were away");
    await until(() => expect(textsOf(connected)).toEqual(["while you were away"]));
    expect(world.discord.gateway.seen).toEqual({ identified: 1, resumed: 1 });
    expect(connected.platform.connection()).toBe("healthy");
  });

  test("when nothing can be kept just now, the message is taken later", async () => {
    await using world = await open();
    await using connected = await connect(world.discord);
    let tries = 0;
    connected.taken = () => {
      if (++tries < 3) throw new Fault("store-unavailable", "The database is away", { retryAfterMs: 1000 });
      return { kind: "stored", duplicate: false };
    };
    world.discord.write(world.ana, world.ops.id, "restart api");
    await until(() => expect(textsOf(connected)).toEqual(["restart api"]));
    expect(tries).toBe(3);
  });

  test("when a process dies with a message in its hands, the next one gets that message again", async () => {
    await using world = await open();
    const memory = memoryIn();
    {
      await using first = await connect(world.discord, memory);
      world.discord.write(world.ana, world.ops.id, "kept");
      await until(() => expect(textsOf(first)).toEqual(["kept"]));
      first.taken = () => Promise.reject(new Error("dying"));
      world.discord.write(world.ana, world.ops.id, "not kept");
      await until(() => expect(first.errors).not.toEqual([]));
    }
    await using second = await connect(world.discord, memory);
    await until(() => expect(textsOf(second)).toContain("not kept"));
    expect(world.discord.gateway.seen).toEqual({ identified: 1, resumed: 1 });
  });

  test("when Discord has forgotten the session, what was written meanwhile is read from channels, threads and direct messages", async () => {
    await using world = await open();
    const memory = memoryIn();
    const { discord, ana, ops } = world;
    const thread = discord.beginThread(discord.write(ana, ops.id, "hm"), "hm");
    const direct = discord.direct(ana);
    {
      await using first = await connect(discord, memory);
      discord.write(ana, ops.id, "before");
      discord.write(ana, direct.id, "before, in private");
      await until(() => expect(textsOf(first)).toEqual(["before", "before, in private"]));
    }
    discord.gateway.forget();
    for (let n = 0; n < 130; n++) discord.write(ana, ops.id, `in the channel ${n}`);
    discord.write(ana, thread.id, "in the thread");
    discord.write(ana, direct.id, "in private");
    await using second = await connect(discord, memory);
    await until(() => {
      const texts = textsOf(second);
      expect(texts).toEqual(
        expect.arrayContaining(["in the channel 0", "in the channel 129", "in the thread", "in private"]),
      );
      expect(texts.filter((text) => text.startsWith("in the channel"))).toHaveLength(130);
    });
    expect(second.took).toContainEqual(
      expect.objectContaining({
        incoming: expect.objectContaining({
          text: "in the thread",
          place: { platform: "discord", channel: ops.id, thread: thread.id },
        }),
      }),
    );
    expect(textsOf(second)).not.toContain("before");
  });

  test("a first start reads nothing of what was there before", async () => {
    await using world = await open();
    world.discord.write(world.ana, world.ops.id, "long ago");
    await using connected = await connect(world.discord);
    world.discord.write(world.ana, world.ops.id, "now");
    await until(() => expect(textsOf(connected)).toEqual(["now"]));
  });
});

test("while Discord is away it says so and tries, and it comes back when Discord does", async () => {
  await using world = await open();
  world.discord.away = true;
  await using connected = await connect(world.discord, memoryIn(), { wait: false });
  await until(() => expect(connected.errors.map(String).join()).toContain("Discord's gateway"));
  expect(connected.platform.connection()).toBe("unhealthy");
  world.discord.away = false;
  await until(() => expect(connected.platform.connection()).toBe("healthy"), 15_000);
});

test("what was missed in one server is read although another was heard of first", async () => {
  const discord = await LocalDiscord.open();
  const ops = discord.addChannel("ops");
  const ana = discord.addUser("ana");
  const memory = memoryIn();
  const heard = (one: Awaited<ReturnType<typeof connect>>) =>
    one.took.flatMap((parsed) => (parsed.kind === "incoming" ? [parsed.incoming.text] : []));
  {
    await using first = await connect(discord, memory);
    discord.write(ana, ops.id, "before");
    await until(() => expect(heard(first)).toEqual(["before"]));
  }
  discord.gateway.forget();
  const id = discord.snowflake();
  await using second = await connect(discord, memory);
  const elsewhere = discord.addChannel("elsewhere");
  const live = discord.write(ana, ops.id, "live");
  elsewhere.messages.push({ ...live, id, channel_id: elsewhere.id, content: "missed", reactions: new Set() } as never);
  await until(() => expect(heard(second)).toContain("live"));
  const channels = [{ id: elsewhere.id, type: 0, last_message_id: id }];
  discord.gateway.dispatch("GUILD_CREATE", { id: discord.snowflake(), channels });
  await until(() => expect(heard(second)).toContain("missed"));
  await second[Symbol.asyncDispose]();
  await discord.close();
});
