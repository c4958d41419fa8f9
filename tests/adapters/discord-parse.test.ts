import { describe, expect, test } from "vitest";
import { parse } from "../../src/adapters/discord/parse.ts";

const self = { applicationId: "100", userId: "200" };
const now = new Date("2026-11-21T12:00:00Z");
const idAt = (ms: number) => String(BigInt(ms - 1_420_070_400_000) << 22n);
const fresh = idAt(now.getTime());
const given = (body: unknown) => parse({ tenant: "default", at: now, body });
const said = (content: string, more: object = {}, channel: object = { type: 0, parentId: null }) =>
  given({
    t: "MESSAGE_CREATE",
    d: {
      id: "7",
      channel_id: "5",
      guild_id: "9",
      type: 0,
      content,
      author: { id: "1", username: "ana" },
      mentions: [],
      ...more,
    },
    self,
    channel,
  });
const act = (more: object) =>
  given({
    t: "INTERACTION_CREATE",
    d: {
      id: fresh,
      application_id: "100",
      type: 3,
      guild_id: "9",
      channel_id: "5",
      channel: { type: 0, parent_id: "4" },
      member: { user: { id: "1", username: "ana" } },
      message: { id: "6", author: { id: "200", bot: true } },
      data: { component_type: 2, custom_id: "T" },
      ...more,
    },
    self,
  });

describe("messages", () => {
  test("a mention is addressed and taken off; nothing else is not", () => {
    expect(said("<@200>, restart api")).toMatchObject({ incoming: { text: "restart api", addressed: true } });
    expect(said("please <@!200> restart api")).toMatchObject({
      incoming: { text: "please   restart api", addressed: true },
    });
    expect(said("restart api")).toMatchObject({ incoming: { addressed: false, place: { channel: "5", thread: "7" } } });
    expect(said("<@200>")).toMatchObject({ incoming: { text: "help", addressed: true } });
  });

  test("other people are named, not numbered", () => {
    const mentions = [{ id: "3", username: "carol" }];
    expect(said("<@200> grant <@3> access <@4>", { mentions })).toMatchObject({
      incoming: { text: "grant @carol access <@4>" },
    });
  });

  test("in a thread it belongs to that, under its parent", () => {
    expect(said("yes", {}, { type: 11, parentId: "4" })).toMatchObject({
      incoming: { place: { channel: "4", thread: "5" } },
    });
  });

  test("in a direct message the server that vouches for somebody is their workspace", () => {
    const direct = (home: string) => {
      const { guild_id: _, ...d } = {
        id: "7",
        channel_id: "5",
        guild_id: "",
        type: 0,
        content: "hi",
        author: { id: "1" },
      };
      return given({ t: "MESSAGE_CREATE", d, self, home });
    };
    expect(direct("9")).toMatchObject({
      by: { workspace: "9" },
      incoming: { addressed: true, place: { channel: "@5", thread: "7" } },
    });
    expect(direct("")).toMatchObject({ by: { workspace: "" } });
  });

  test.each([
    ["of bots", { author: { id: "2", bot: true } }],
    ["of webhooks", { webhook_id: "8" }],
    ["of Discord itself", { type: 7 }],
    ["without an id", { id: undefined }],
    ["too long", { content: "x".repeat(40_001) }],
  ])("those %s are not taken, in a sentence", (_, more) => {
    expect(said("restart api", more)).toMatchObject({ kind: "unsupported", because: expect.stringMatching(/ /) });
  });

  test("characters that hide or turn text round are gone", () => {
    expect(said("<@200> re\u202estart\u200b api")).toMatchObject({ incoming: { text: "restart api" } });
  });
});

describe("interactions", () => {
  test("a press is its token and nothing else", () => {
    expect(act({})).toEqual({
      kind: "press",
      press: {
        tenant: "default",
        deliveryKey: fresh,
        by: { platform: "discord", workspace: "9", userId: "1" },
        token: "T",
        values: {},
      },
    });
  });

  test("a button that says something says it in the thread of its card", () => {
    const press = { data: { component_type: 2, custom_id: "say:/steward restart api" } };
    expect(act(press)).toMatchObject({
      incoming: { text: "restart api", addressed: true, place: { channel: "5", thread: "6" } },
    });
    expect(act({ ...press, channel: { type: 11, parent_id: "4" } })).toMatchObject({
      incoming: { place: { channel: "4", thread: "5" } },
    });
  });

  test.each([
    ["of another application", { application_id: "101" }],
    ["on a message that is not ours", { message: { id: "6", author: { id: "1" } } }],
    [
      "that is two at once",
      {
        data: [
          { component_type: 2, custom_id: "T" },
          { component_type: 2, custom_id: "U" },
        ],
      },
    ],
  ])("one %s is forged", (_, more) => {
    expect(act(more)).toMatchObject({ kind: "forged", because: expect.stringMatching(/ /) });
  });

  test.each([
    ["from long ago", { id: idAt(now.getTime() - 16 * 60_000) }],
    ["from the future", { id: idAt(now.getTime() + 6 * 60_000) }],
    ["of a bot", { member: { user: { id: "1", bot: true } } }],
    ["of nobody", { member: undefined }],
    ["in a group", { channel: { type: 3 } }],
    ["on a menu", { data: { component_type: 3, custom_id: "T", values: ["a", "b"] } }],
    ["of an unknown kind", { type: 99 }],
    ["with an id that is a path", { channel_id: "../users/@me" }],
    ["that says what nobody remembers", { data: { component_type: 2, custom_id: "say#0000" } }],
  ])("one %s is not taken, in a sentence", (_, more) => {
    expect(act(more)).toMatchObject({ kind: "unsupported", because: expect.stringMatching(/ /) });
  });

  test("an empty command asks for help", () => {
    const data = { id: "1", type: 1, name: "steward", options: [] };
    expect(act({ type: 2, data, message: undefined })).toMatchObject({
      incoming: { text: "help", place: { thread: `+${fresh}` } },
    });
  });
});

test.each([null, "hello", 7, {}, { t: "MESSAGE_CREATE" }, { t: "INTERACTION_CREATE", d: {}, self }])(
  "%j is answered, not thrown",
  (body) => {
    expect(given(body)).toMatchObject({ kind: "unsupported", because: expect.stringMatching(/ /) });
  },
);
