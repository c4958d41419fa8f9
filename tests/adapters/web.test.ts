import { afterAll, beforeAll, expect, test } from "vitest";
import { createWebAdapter } from "../../src/adapters/web/adapter.ts";
import { createWebChat } from "../../src/adapters/web/chat.ts";
import { Hub } from "../../src/adapters/web/hub.ts";
import { parse } from "../../src/adapters/web/parse.ts";
import { newId } from "../../src/domain/ids.ts";
import type { Incoming } from "../../src/domain/incoming.ts";
import type { Picture } from "../../src/domain/picture.ts";
import type { Reach } from "../../src/messages/adapter.ts";
import type { Database } from "../../src/store/database.ts";
import { createWebPosts } from "../../src/store/web-chat.ts";
import { pngOf } from "../../src/systems/charts/png.ts";
import { chatAdapterContract } from "../contracts/chat-adapter.ts";
import { openWithTenant } from "../messages/database.ts";

const tenant = "default";
let db: Database;
beforeAll(async () => {
  db = await openWithTenant();
});
afterAll(() => db.close());

/** One replica of the web chat with a channel of its own. */
async function replica({ channel = `c-${newId()}`, everyMs = 1000 } = {}) {
  const posts = createWebPosts(db);
  await posts.openChannels(tenant, [channel]);
  const accepted: Incoming[] = [];
  const hub = new Hub((each) => posts.channels(each), everyMs);
  const chat = createWebChat({ posts, hub, intake: { accept: async (incoming) => accepted.push(incoming) } });
  const adapter = createWebAdapter({ posts, hub });
  const reach: Reach = { tenant, privateTo: null, signal: new AbortController().signal };
  const place = { platform: "web", channel, thread: "" } as const;
  return {
    channel,
    chat,
    adapter,
    accepted,
    posts,
    place,
    reach,
    say: (text: string, more: { from?: string; thread?: string; deliveryKey?: string } = {}) =>
      chat.say({ tenant, channel, from: "ana", text, ...more }),
    list: (viewer = "ana", after?: number) =>
      chat.list({ tenant, channel, viewer, ...(after !== undefined && { after }) }),
  };
}

test("what a person says is posted first and then taken in, as the start of its own thread", async () => {
  const { say, list, accepted, channel } = await replica();
  const { id } = await say("  restart api\u0000 in staging ");
  expect((await list()).messages).toEqual([{ id, n: 1, thread: null, from: "ana", text: "restart api in staging" }]);
  expect(accepted).toEqual([
    {
      tenant,
      source: "web",
      deliveryKey: id,
      kind: "message",
      personId: "ana",
      text: "restart api in staging",
      place: { platform: "web", channel, thread: id },
      addressed: false,
      data: { post: id },
    },
  ]);
});

test("a repeated delivery key gives the same id, doubles nothing, and says again what was said first", async () => {
  const { say, list, accepted } = await replica();
  const first = await say("restart api", { deliveryKey: "k1" });
  expect(await say("restart something else", { deliveryKey: "k1" })).toEqual(first);
  expect(accepted[1]).toEqual(accepted[0]);
  expect(await say("restart api", { deliveryKey: "k1", from: "ben" })).not.toEqual(first);
  expect((await list()).messages).toHaveLength(2);
});

test("commands, mentions and replies where Steward has posted are addressed", async () => {
  const { say, accepted, adapter, place, reach } = await replica();
  const { id } = await say("good morning");
  await say("nobody asked you", { thread: id });
  await adapter.post({ text: "Can I help?" }, { ...place, thread: id }, newId(), reach);
  await say("yes", { thread: id });
  await say("/Steward restart api");
  await say("hey @steward, restart api");
  await say("/steward");
  await say("/stewardship is a virtue");
  expect(accepted.map((each) => [each.kind, each.text, each.addressed])).toEqual([
    ["message", "good morning", false],
    ["message", "nobody asked you", false],
    ["message", "yes", true],
    ["command", "restart api", true],
    ["message", "hey restart api", true],
    ["command", "help", true],
    ["message", "/stewardship is a virtue", false],
  ]);
});

test("what a button says is heard below its card, once for a key, and posted for nobody", async () => {
  const { chat, adapter, accepted, list, place, reach, channel } = await replica();
  const view = { text: "Well?", buttons: [{ label: "Solved", style: "default", say: "/steward solved R-1" }] } as const;
  const shown = await adapter.post(view, place, newId(), reach);
  const secret = await adapter.post(view, place, newId(), { ...reach, privateTo: "ben" });
  const press = (message: string, say: string, from = "ana") =>
    chat.repeat({ tenant, from, message, say, deliveryKey: "k" });
  await press(shown, "/steward solved R-1");
  await press(shown, "/steward solved R-1", "ben");
  expect(accepted).toMatchObject([
    { personId: "ana", deliveryKey: "say:ana:k", text: "/steward solved R-1", addressed: true },
    { personId: "ben", deliveryKey: "say:ben:k", place: { platform: "web", channel, thread: shown } },
  ]);
  expect((await list()).messages).toHaveLength(1);
  for (const [message, say] of [
    [shown, " "],
    [secret, "/steward solved R-1"],
    [newId(), "/steward solved R-1"],
    ["nonsense", "/steward solved R-1"],
  ] as const)
    await expect(press(message, say)).rejects.toMatchObject({ code: "not-found" });
  const own = await chat.say({ tenant, channel, from: "ana", text: "hello" });
  await expect(press(own.id, "hello")).rejects.toMatchObject({ code: "not-found" });
  expect(accepted).toHaveLength(3);
});

test("a reply to a reply goes to the thread", async () => {
  const { say, list } = await replica();
  const { id } = await say("one");
  const reply = await say("two", { thread: id });
  await say("three", { thread: reply.id });
  expect((await list()).messages.map((each) => each.thread)).toEqual([null, id, id]);
});

test("bad input is answered with a sentence and leaves no post", async () => {
  const { say, list, chat, adapter, place, reach, channel } = await replica();
  const secret = await adapter.post({ text: "secret" }, place, newId(), { ...reach, privateTo: "ben" });
  await expect(say(" \u200b ")).rejects.toMatchObject({
    code: "bad-request",
    message: expect.stringContaining("empty"),
  });
  await expect(say("x".repeat(4001))).rejects.toMatchObject({
    code: "bad-request",
    message: "The message has 4001 characters: at most 4000 fit.",
  });
  await expect(say("hi", { from: "steward" })).rejects.toMatchObject({ code: "forbidden" });
  await expect(say("hi", { thread: "no-uuid" })).rejects.toMatchObject({
    code: "not-found",
    message: expect.stringContaining(`#${channel}`),
  });
  await expect(say("hi", { thread: newId() })).rejects.toMatchObject({ code: "not-found" });
  await expect(say("hi", { thread: secret })).rejects.toMatchObject({ code: "not-found" });
  await expect(chat.say({ tenant, channel: "nope", from: "ana", text: "hi" })).rejects.toMatchObject({
    code: "not-found",
    message: expect.stringContaining(channel),
  });
  await expect(chat.list({ tenant, channel: "nope", viewer: "ana" })).rejects.toMatchObject({ code: "not-found" });
  await expect(list("ana", -1)).rejects.toMatchObject({ code: "bad-request" });
  await expect(list("ana", Number.NaN)).rejects.toMatchObject({ code: "bad-request" });
  expect((await list()).messages).toEqual([]);
});

test("who polls with the last number sees a settled card again, with its id and n and without buttons", async () => {
  const { say, list, adapter, place, reach } = await replica();
  const buttons = [{ label: "Approve", style: "primary", token: "t" }] as const;
  const id = await adapter.post(
    { text: "Restart?", title: "Restart", buttons, link: "/runs/1" },
    place,
    newId(),
    reach,
  );
  await say("later");
  const page = await list();
  expect(page.last).toBe(2);
  expect(page.messages[0]).toEqual({
    id,
    n: 1,
    thread: null,
    from: "steward",
    text: "Restart?",
    card: { title: "Restart", fields: [], buttons, link: "/runs/1" },
  });
  await adapter.replace(id, { text: "Restart?", title: "Restart", outcome: "Approved by Ben" }, reach);
  const news = await list("ana", page.last);
  expect(news).toMatchObject({ last: 3, messages: [{ id, n: 1, card: { buttons: [], outcome: "Approved by Ben" } }] });
  expect(await list("ana", news.last)).toEqual({ messages: [], last: 3 });
  expect((await list()).messages.map((each) => each.n)).toEqual([1, 2]);
});

test("private messages are only for whom they are meant", async () => {
  const { list, adapter, place, reach } = await replica();
  await adapter.post({ text: "not your own" }, place, newId(), { ...reach, privateTo: "ana" });
  expect((await list("ana")).messages).toMatchObject([{ text: "not your own", private: true }]);
  expect(await list("ben")).toEqual({ messages: [], last: 1 });
});

test("a marker posted twice is one post", async () => {
  const { list, adapter, place, reach } = await replica();
  const marker = newId();
  expect(await adapter.post({ text: "once" }, place, marker, reach)).toBe(
    await adapter.post({ text: "once" }, place, marker, reach),
  );
  expect((await list()).messages).toHaveLength(1);
});

test("a listener gets news of its channels as they happen, redraws included, and nothing private to others", async () => {
  const { say, chat, adapter, place, reach, channel } = await replica();
  await say("before");
  const stop = new AbortController();
  const news = chat.subscribe({ tenant, viewer: "ana", after: { [channel]: 0 }, signal: stop.signal });
  const next = async () => {
    const { value } = await news.next();
    return value?.messages.map((each) => each.text);
  };
  expect(await next()).toEqual(["before"]);
  await adapter.post({ text: "for ben" }, place, newId(), { ...reach, privateTo: "ben" });
  const ref = await adapter.post({ text: "for all" }, place, newId(), reach);
  expect(await next()).toEqual(["for all"]);
  await adapter.replace(ref, { text: "for all, redrawn" }, reach);
  expect(await next()).toEqual(["for all, redrawn"]);
  const end = news.next();
  stop.abort();
  expect(await end).toEqual({ done: true, value: undefined });
});

test("what one replica shows is heard on another", async () => {
  const here = await replica();
  const there = await replica({ channel: here.channel, everyMs: 5 });
  const stop = new AbortController();
  const news = there.chat.subscribe({ tenant, viewer: "ben", after: { [here.channel]: 0 }, signal: stop.signal });
  const heard = news.next();
  await here.say("over there?");
  expect((await heard).value).toMatchObject({ channel: here.channel, messages: [{ text: "over there?" }], last: 1 });
  stop.abort();
  await news.return();
});

test("envelopes with wrong fields are unsupported, and say which field", () => {
  expect(parse({ tenant, body: { kind: "said", from: "ana" } })).toMatchObject({
    kind: "unsupported",
    because: expect.stringContaining("post"),
  });
  expect(parse({ tenant, body: null })).toMatchObject({ kind: "unsupported" });
});

/** A run with a message; it made what the message shows, or a task of it did. */
async function keep(marker: string, artifact: string, body: string, run = newId(), maker = run) {
  for (const [id, above] of [[run, null] as const, ...(maker === run ? [] : [[maker, run] as const])])
    await db.query(
      `insert into steward.actor (tenant_id, id, machine, machine_version, seq, head, snapshot, state, name, created_at, updated_at, short, parent_id)
       values ($1, $2, 'plan', 1, 0, '', '{}', 'running', 'x', steward.now(), steward.now(), 'R-ABCDEF', $3) on conflict do nothing`,
      [tenant, id, above],
    );
  await db.query(
    `insert into steward.message (tenant_id, id, conversation_id, actor_id, key, wanted) values ($1, $2, $3, $4, 'k', '{}')`,
    [tenant, marker, newId(), run],
  );
  await db.query("insert into steward.artifact (tenant_id, id, actor_id, body) values ($1, $2, $3, $4)", [
    tenant,
    artifact,
    maker,
    body,
  ]);
}

function bodyOf({ image, small, ...picture }: Picture): string {
  return JSON.stringify({ ...picture, image: image.toString("base64"), small: small.toString("base64") });
}

const drawn: Picture = (({ alt, width, height }) => {
  const png = pngOf({ pixels: new Uint8Array(4 * width * height), width, height });
  return { alt, width, height, image: png, small: png };
})({ alt: "Figures of api", width: 4, height: 2 });

test("a picture is for whoever sees its message, and only what the message's own run made", async () => {
  const { chat, adapter, place, reach } = await replica();
  const { image, small, ...size } = drawn;
  const post = async (artifact: string, marker: string, privateTo: string | null = null) =>
    adapter.post({ text: "Look", picture: { artifact, ...size } }, place, marker, { ...reach, privateTo });
  const sees = async (message: string, artifact: string, viewer = "ana") =>
    (await chat.picture({ tenant, viewer, message, artifact }))?.equals(image) ?? null;
  const [mine, ofTask, secret, text] = [newId(), newId(), newId(), newId()];
  const markers = [newId(), newId(), newId(), newId()] as const;
  await keep(markers[0], mine, bodyOf(drawn));
  await keep(markers[1], ofTask, bodyOf(drawn), newId(), newId());
  await keep(markers[2], secret, bodyOf(drawn));
  await keep(markers[3], text, JSON.stringify({ lines: [] }));
  const own = await post(mine, markers[0]);
  expect(await sees(own, mine)).toBe(true);
  expect(await sees(await post(ofTask, markers[1]), ofTask)).toBe(true);
  const hidden = await post(secret, markers[2], "ben");
  expect(await sees(hidden, secret, "ben")).toBe(true);
  expect(await sees(hidden, secret)).toBeNull();
  expect(await sees(await post(text, markers[3]), text)).toBeNull();
  // The picture of another message, and a message that shows what another run made.
  expect(await sees(own, secret)).toBeNull();
  expect(await sees("nowhere", mine)).toBeNull();
  await adapter.replace(own, { text: "Look", picture: { artifact: ofTask, ...size } }, reach);
  expect(await sees(own, ofTask)).toBeNull();
});

chatAdapterContract("web", async () => {
  const { adapter, chat, list, say, place, channel } = await replica();
  const { id: thread } = await say("a thread");
  const envelope = (body: unknown) => ({ tenant, at: new Date(0), headers: {}, body });
  const said = (text: string, more = {}) =>
    envelope({
      kind: "said",
      from: "ana",
      post: newId(),
      channel,
      thread: null,
      text,
      aloneWithSteward: false,
      ...more,
    });
  return {
    adapter,
    tenant,
    place,
    ana: "ana",
    ben: "ben",
    thread,
    look: async (viewer) =>
      Promise.all(
        (await list(viewer)).messages.map(async ({ id, thread: root, text, card: { picture: seen, ...card } = {} }) => {
          const [, message = "", artifact = ""] =
            /^\/api\/chat\/pictures\/([^/]+)\/([^/]+)$/.exec(seen?.src ?? "") ?? [];
          const png = seen && (await chat.picture({ tenant, viewer, message, artifact }));
          const picture = seen && { alt: seen.alt, png: png ?? null };
          return { ref: id, thread: root, view: { text, ...card }, ...(picture && { picture }) };
        }),
      ),
    drawn: (marker, artifact, picture) => keep(marker, artifact, bodyOf(picture)),
    // Our own database refuses nothing; a picture that is gone is its words in the browser.
    refusePictures: null,
    // The browser shows text as text (tests/browser), and our own database is no platform that could be away.
    alive: async () => ({ pings: [], links: [] }),
    trouble: null,
    deliveries: {
      message: said("restart api"),
      command: said("/steward restart api"),
      reply: said("yes", { thread }),
      press: envelope({ kind: "pressed", from: "ana", deliveryKey: newId(), token: "T", values: { reason: "fine" } }),
      form: envelope({ kind: "pressed", from: "ana", deliveryKey: newId(), token: "T", values: { reason: "busy" } }),
      picture: null,
      unsupported: envelope({ kind: "waved", from: "ana" }),
      forged: said("restart api", { from: null }),
    },
    async [Symbol.asyncDispose]() {},
  };
});
