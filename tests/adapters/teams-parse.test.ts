import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Loose } from "../../rigs/teams/rooms.ts";
import { localCloud, publicCloud } from "../../src/adapters/teams/cloud.ts";
import { createParse } from "../../src/adapters/teams/parse.ts";
import { kindOf } from "../../src/adapters/teams/standing.ts";

/** Activities as Microsoft's Agents Playground 0.2.28 sent them. */
const recorded = JSON.parse(readFileSync(new URL("../fixtures/teams/playground.json", import.meta.url), "utf8"));
const parse = createParse({ app: null, cloud: localCloud });
const read = (activity: Loose) =>
  parse({ tenant: "default", at: new Date(0), headers: {}, body: { proof: { kind: "local" }, activity } });
const message = (more: object) => ({ ...recorded.message, ...more });
const inChannel = (id: string, more: object = {}) =>
  message({ conversation: { ...recorded.message.conversation, conversationType: "channel", id }, ...more });
const us = { id: recorded.message.recipient.id, name: "Steward" };
const mention = (mentioned: object, text: string) => ({ type: "mention", mentioned, text });

test("a direct message is addressed, and its chat is one conversation without threads", () => {
  expect(read(recorded.message)).toEqual({
    kind: "incoming",
    by: {
      platform: "teams",
      workspace: "00000000-0000-0000-0000-0000000000001",
      userId: "00000000-0000-0000-0000-0000000000020",
    },
    incoming: {
      tenant: "default",
      source: "teams",
      deliveryKey: `${recorded.message.conversation.id}/${recorded.message.id}`,
      kind: "message",
      personId: null,
      text: "hello",
      place: { platform: "teams", channel: recorded.message.conversation.id, thread: "" },
      addressed: true,
      data: { activity: recorded.message.id },
    },
  });
});

test("a press is its token and what was filled in; the old form of it is a message", () => {
  expect(read(recorded.invoke)).toMatchObject({ kind: "press", press: { token: "T", values: {} } });
  expect(read(recorded.submit)).toMatchObject({ kind: "press", press: { token: "S" } });
});

test("installing and joining ask nothing", () => {
  expect(read(recorded.installationUpdate)).toMatchObject({ kind: "unsupported" });
  expect(read(recorded.conversationUpdate)).toMatchObject({ kind: "unsupported" });
});

test("in a channel the thread is named by its first message", () => {
  const id = "19:abc@thread.tacv2";
  expect(read(inChannel(`${id};messageid=17`, { id: "18" }))).toMatchObject({
    incoming: { place: { channel: id, thread: "17" }, addressed: false, deliveryKey: `${id}/18` },
  });
  expect(read(inChannel(id, { id: "18" }))).toMatchObject({ incoming: { place: { thread: "18" } } });
});

test("our mention is taken off the text, others become names, and a false one stays text", () => {
  const text = "<at>Steward</at>&nbsp;give <at>Ben Li</at> access, not <at>Eve</at>";
  const entities = [
    mention(us, "<at>Steward</at>"),
    mention({ id: "29:ben", name: "Ben Li" }, "<at>Ben Li</at>"),
    { type: "clientInfo" },
  ];
  expect(read(inChannel("19:a@thread.tacv2", { text, entities }))).toMatchObject({
    incoming: { text: "give Ben Li access, not <at>Eve</at>", addressed: true },
  });
});

test("a mention that is all tags without end is read at once", () => {
  const before = performance.now();
  const text = "<at ".repeat(50_000);
  const nameless = mention({ id: "29:ben" }, text);
  expect(read(inChannel("19:a@thread.tacv2", { text, entities: [nameless] }))).toMatchObject({ kind: "unsupported" });
  expect(performance.now() - before).toBeLessThan(1000);
});

test("an empty mention and a bare command ask for help", () => {
  const entities = [mention(us, "<at>Steward</at>")];
  expect(read(inChannel("19:a@thread.tacv2", { text: "<at>Steward</at> ", entities }))).toMatchObject({
    incoming: { text: "help" },
  });
  expect(read(message({ text: "/steward" }))).toMatchObject({ incoming: { kind: "command", text: "help" } });
});

test.each<[string, object]>([
  ["an edited message", { type: "messageUpdate" }],
  ["a deleted message", { type: "messageDelete" }],
  ["a bot's message", { from: { ...recorded.message.from, id: "28:another" } }],
  ["an anonymous guest's message", { from: { id: "29:anonymous" } }],
  ["40,001 characters", { text: "x".repeat(40_001) }],
  [
    "a file without a word",
    { text: "", attachments: [{ contentType: "application/vnd.microsoft.teams.file.download.info" }] },
  ],
  ["a message without an id", { id: undefined }],
  ["a card that refreshed itself", { ...recorded.invoke, value: { ...recorded.invoke.value, trigger: "automatic" } }],
  ["several actions", { ...recorded.invoke, value: { action: [recorded.invoke.value.action] } }],
  ["another app's button", { ...recorded.invoke, value: { action: { type: "Action.Execute", data: { other: 1 } } } }],
  ["another invoke", { ...recorded.invoke, name: "task/fetch" }],
  ["no activity at all", { type: 7 }],
])("%s is not understood, in a sentence", (_name, more) => {
  expect(read(message(more))).toMatchObject({ kind: "unsupported", because: expect.stringMatching(/ /) });
});

test("40,000 characters are read; bidi overrides are not", () => {
  expect(read(message({ text: "x".repeat(40_000) }))).toMatchObject({ incoming: { text: "x".repeat(40_000) } });
  expect(read(message({ text: "a\u202eb\u200bc\u0000" }))).toMatchObject({ incoming: { text: "abc" } });
});

test("two actions in one press are forged", () => {
  const action = { type: "Action.Execute", data: { token: "T", say: "restart api" } };
  expect(read({ ...recorded.invoke, value: { action } })).toMatchObject({ kind: "forged" });
});

test("only what is Microsoft's is given our token", () => {
  for (const url of ["https://smba.trafficmanager.net/emea/", "https://smba.infra.gcc.teams.microsoft.com/teams"])
    expect(publicCloud.serves(url)).toBe(true);
  for (const url of [
    "http://smba.trafficmanager.net/emea/",
    "https://smba.trafficmanager.net.evil.example/",
    "https://evil.trafficmanager.net/",
    "https://smba.trafficmanager.net@evil.example/",
    "https://127.0.0.1/",
    "nonsense",
  ])
    expect(publicCloud.serves(url)).toBe(false);
  expect(localCloud.serves("http://localhost:56150/_connector")).toBe(true);
  expect(localCloud.serves("http://169.254.169.254/")).toBe(false);
});

test("who is a member is what the roster says, and what it does not say counts against it", () => {
  const who = { platform: "teams", workspace: "t", userId: "u" } as const;
  const member = { id: "29:x", aadObjectId: "u", tenantId: "t", userRole: "user", userPrincipalName: "x@example.com" };
  expect(kindOf(member, who)).toBe("member");
  expect(kindOf({ ...member, userRole: null }, who)).toBe("guest");
  expect(kindOf({ ...member, userRole: "guest" }, who)).toBe("guest");
  expect(kindOf({ ...member, userPrincipalName: "x_other.com#EXT#@example.com" }, who)).toBe("guest");
  expect(kindOf({ ...member, tenantId: "other" }, who)).toBe("outsider");
  expect(kindOf({ ...member, aadObjectId: "v" }, who)).toBe("outsider");
  expect(kindOf({ ...member, id: "28:x" }, who)).toBe("bot");
  expect(kindOf(null, who)).toBe("outsider");
});
