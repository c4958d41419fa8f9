import fc from "fast-check";
import { expect, test } from "vitest";
import { aliveIn, linesOf } from "../../rigs/slack/screen.ts";
import { readMarkdown } from "../../rigs/slack/streams.ts";
import { createSlack } from "../../src/adapters/slack/connect.ts";
import { asStreamed } from "../../src/adapters/slack/text.ts";
import { newId } from "../../src/domain/ids.ts";
import type { ChatAdapter, View } from "../../src/messages/adapter.ts";
import { openSlack, type SlackWorld, tenant } from "./slack-world.ts";

/** Ana has asked something directly; `adapter` answers there, under one marker. */
async function asked(world: SlackWorld, where?: string) {
  const { rig, platform } = world;
  const ana = rig.somebody("ana");
  const { message } = await ana.says("@steward what is wrong with checkout?", { in: where ?? ana.direct });
  const place = { platform: "slack", channel: where ?? ana.direct, thread: message.ts } as const;
  const marker = newId();
  const answers = () => rig.workspace.messages.filter((each) => each.bot_id !== undefined && each.onlyFor === null);
  return {
    post: (view: View) => platform.adapter.post(view, place, marker, world.reach()),
    replace: (ref: string, view: View, by: ChatAdapter = platform.adapter) => by.replace(ref, view, world.reach()),
    find: (by: ChatAdapter = platform.adapter) => by.find(marker, place, world.reach()),
    /** Our messages there, as ana reads them. */
    read: () => answers().map((each) => linesOf(each.blocks).join("\n")),
    /** The only message of ours. */
    message() {
      const [only, ...more] = answers();
      if (!only || more.length > 0) throw new Error(`Steward wrote ${more.length + (only ? 1 : 0)} messages`);
      return only;
    },
    streamed: () => rig.calls.flatMap(({ method }) => (/Stream$/.test(method) ? [method] : [])),
  };
}

const half = { text: "Looking at *the* <!channel>", writing: true } as const;
const more = { text: `${half.text} and [here](http://evil.example)\n# Now\n- a | b`, writing: true } as const;
const whole = { text: `${more.text}\nAll is well.` } as const;

test("a text is streamed to whoever waits for it alone, and ends as a message like any other", async () => {
  await using world = await openSlack();
  const { post, replace, find, read, message, streamed } = await asked(world);
  const ref = await post(half);
  expect(message().streaming).toBe(true);
  expect(read()).toEqual([`(Writing…)\n${half.text}`]);
  await replace(ref, more);
  expect(read()).toEqual([`(Writing…)\n${more.text}`]);
  expect(aliveIn(message())).toEqual({ pings: [], links: [] });
  expect(String(message().blocks.at(-1)?.text)).toContain("\\[here\\](http://evil.example)\n\\# Now\n\\- a \\| b");
  await replace(ref, more);
  expect(streamed()).toEqual(["chat.startStream", "chat.appendStream"]);
  await replace(ref, whole);
  expect(streamed()).toHaveLength(3);
  expect(message().streaming).toBe(false);
  expect(message().blocks.map(({ type }) => type)).toEqual(["section"]);
  expect(read()).toEqual([whole.text]);
  expect(await find()).toBe(ref);
});

test("a text that became another one is changed whole, and goes on as a message that changes", async () => {
  await using world = await openSlack();
  const { post, replace, read, message, streamed } = await asked(world);
  const ref = await post(half);
  await replace(ref, { text: "Once more: the pool", writing: true });
  expect(message().streaming).toBe(false);
  await replace(ref, { text: "Once more: the pool is empty", writing: true });
  await replace(ref, { text: "Once more: the pool is empty." });
  expect(read()).toEqual(["Once more: the pool is empty."]);
  expect(streamed()).toEqual(["chat.startStream", "chat.stopStream"]);
});

test("in a channel, where only one reader would see it grow, it is a message that changes", async () => {
  await using world = await openSlack();
  const { post, replace, read, streamed } = await asked(world, "C0OPS");
  const ref = await post(half);
  await replace(ref, more);
  expect(read()).toEqual([more.text]);
  expect(streamed()).toEqual([]);
});

test("where Slack begins no stream, a message is posted in its place at once", async () => {
  for (const answer of [
    { kind: "error", error: "channel_type_not_supported" },
    { kind: "limited", retryAfterS: 30 },
  ] as const) {
    await using world = await openSlack();
    world.rig.trouble({ method: "chat.startStream", times: 9, answer });
    const { post, replace, read, message, find } = await asked(world);
    const ref = await post(half);
    await replace(ref, more);
    expect(message().streaming).toBeUndefined();
    expect(read()).toEqual([more.text]);
    expect(await find()).toBe(ref);
  }
});

test("a stream that Slack ended by itself is changed whole, and keeps its marker", async () => {
  await using world = await openSlack();
  const { post, replace, read, message, find } = await asked(world);
  const ref = await post(half);
  message().streaming = false;
  await replace(ref, more);
  expect(read()).toEqual([more.text]);
  await replace(ref, whole);
  expect(read()).toEqual([whole.text]);
  expect(await find()).toBe(ref);
});

test("a beginning whose answer was lost is found again, however often the next answer is lost too", async () => {
  await using world = await openSlack();
  const { rig } = world;
  const { post, replace, find, read } = await asked(world);
  rig.trouble({ method: "chat.startStream", times: 1, answer: { kind: "lost" } });
  await expect(post(half)).rejects.toMatchObject({ code: "platform-busy", undone: false });
  for (const method of ["chat.stopStream", "chat.update"]) {
    const ref = await find();
    rig.trouble({ method, times: 1, answer: { kind: "lost" } });
    await expect(replace(ref ?? "", more)).rejects.toMatchObject({ code: "platform-busy" });
    expect(await find()).toBe(ref);
  }
  await replace((await find()) ?? "", more);
  expect(read()).toEqual([more.text]);
});

test("words whose way was lost are neither missing nor there twice, and a limit costs nothing", async () => {
  await using world = await openSlack();
  const { rig } = world;
  const { post, replace, read, message } = await asked(world);
  const ref = await post(half);
  rig.trouble({ method: "chat.appendStream", times: 1, answer: { kind: "limited", retryAfterS: 2 } });
  await expect(replace(ref, more)).rejects.toMatchObject({ code: "platform-busy", retryAfterMs: 2000 });
  await replace(ref, more);
  expect(message().streaming).toBe(true);
  expect(read()).toEqual([`(Writing…)\n${more.text}`]);
  rig.trouble({ method: "chat.appendStream", times: 1, answer: { kind: "lost" } });
  await expect(replace(ref, { ...whole, writing: true })).rejects.toMatchObject({ code: "platform-busy" });
  await replace(ref, { ...whole, writing: true });
  expect(read()).toEqual([whole.text]);
});

test("another Steward ends a stream it did not begin, and it is one message with the whole text", async () => {
  await using world = await openSlack();
  const { rig } = world;
  const { post, replace, find, read } = await asked(world);
  const ref = await post(half);
  const parts = {
    tenant,
    memory: { keep: async () => undefined, recall: async () => null },
    leader: { lead: async () => undefined },
    address: (path: string) => path,
    examples: [],
    onError: (error: Error) => void world.errors.push(error),
  };
  const settings = { botToken: rig.botToken, appToken: null, signingSecret: rig.signingSecret, apiUrl: rig.apiUrl };
  const other = createSlack(settings, parts);
  await other.start({} as never);
  expect(await find(other.adapter)).toBe(ref);
  await replace(ref, more, other.adapter);
  expect(read()).toEqual([more.text]);
  await replace(ref, { ...whole, writing: true });
  await replace(ref, whole, other.adapter);
  expect(read()).toEqual([whole.text]);
  await other.stop();
});

test("a status that comes after the answer is taken away again", async () => {
  await using world = await openSlack();
  const { rig, platform } = world;
  const ana = rig.somebody("ana");
  const status = () => rig.workspace.statuses.get(ana.direct);
  const before = rig.calls.length;
  // The answer is on its way while Slack is still told of the status.
  let posted: Promise<unknown> | null = null;
  rig.workspace.watch(() => {
    if (status() === undefined || posted !== null) return;
    const root = rig.workspace.messages.findLast((each) => each.user === ana.user.id)?.ts ?? "";
    posted = platform.adapter.post(
      { text: "It is well." },
      { platform: "slack", channel: ana.direct, thread: root },
      newId(),
      world.reach(),
    );
  });
  await ana.says("how is checkout?", { in: ana.direct });
  await rig.workspace.until("the answer", () => rig.workspace.messages.some(({ text }) => text === "It is well."));
  await posted;
  const told = () => rig.calls.slice(before).filter(({ method }) => method === "assistant.threads.setStatus");
  await rig.workspace.until("the end of the status", () => told().length === 2 && status() === undefined);
  expect(told().map(({ args }) => args["status"])).toEqual(["is working on it…", ""]);
});

test("whatever is streamed is read as it was written, goes on where it ended, and nothing in it comes alive", () => {
  const words = fc.string({ unit: fc.constantFrom(..."<@!#>&|*_~`\\[](){}+-=. \n:ht/a1", "&lt;", "](", "<!") });
  fc.assert(
    fc.property(words, words, (first, second) => {
      const [begun, whole] = [asStreamed(first), asStreamed(first + second)];
      expect(whole.startsWith(begun)).toBe(true);
      expect(readMarkdown(whole)).toBe(first + second);
      expect(whole).not.toMatch(/[<>]|(?<!\\)(?:\\\\)*[`*_[\]#|!~]|^\s*[-+=]/m);
    }),
  );
});
