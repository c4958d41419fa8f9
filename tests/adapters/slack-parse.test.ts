import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { type Outgoing, signed } from "../../rigs/slack/deliveries.ts";
import type { Somebody } from "../../rigs/slack/people.ts";
import { type SlackRig, startSlackRig } from "../../rigs/slack/slack.ts";
import { read } from "../../src/adapters/slack/parse.ts";
import type { Read, Us } from "../../src/adapters/slack/reading.ts";
import { plainText, withoutMention } from "../../src/adapters/slack/text.ts";
import type { Delivery } from "../../src/messages/adapter.ts";

const us: Us = { teamId: "T0STEWARD", appId: "A0STEWARD", botId: "B0STEWARD", botUserId: "U0STEWARD" };
const now = Date.parse("2026-11-21T09:30:00Z");
const signingSecret = "a signing secret";

let ana: Somebody;
let rig: SlackRig;
beforeAll(async () => {
  rig = await startSlackRig();
  ana = rig.somebody("ana");
  return () => rig[Symbol.asyncDispose]();
});

const envelope = (payload: unknown): Delivery => ({
  tenant: "default",
  at: new Date(now),
  headers: {},
  body: { payload },
});
const request = (outgoing: Outgoing, { signedAt = now, secret = signingSecret } = {}): Delivery => ({
  tenant: "default",
  at: new Date(now),
  ...signed(outgoing, { signingSecret: secret, at: signedAt }),
});
const message = (more: object = {}) =>
  ana.event({
    type: "message",
    user: "U0ANA",
    team: "T0STEWARD",
    channel: "C0OPS",
    channel_type: "channel",
    ts: "1763700000.000100",
    text: "restart api",
    ...more,
  });
const readPayload = (payload: unknown) => read(envelope(payload), us, null);
const card = (more: object = {}) => ({
  ts: "1763700000.000200",
  channel: "C0OPS",
  user: "U0STEWARD",
  bot_id: "B0STEWARD",
  text: "",
  blocks: [],
  onlyFor: null,
  reactions: new Map(),
  ...more,
});
const approve = { type: "button", action_id: "decide:0", value: "tok", text: { type: "plain_text", text: "Approve" } };
const pressed = (more: object = {}) => ({ ...ana.pressPayload({ element: approve, on: card() }), ...more });
const textOf = (it: Read) => (it.kind === "said" ? it.incoming.text : it);

describe("a request is Slack's only with a fresh signature over its bytes", () => {
  const event: Outgoing = { kind: "events_api", payload: {} };
  const said = (): Outgoing => ({ ...event, payload: message() });

  test("a fresh one is read", () => {
    expect(read(request(said()), us, signingSecret)).toMatchObject({ kind: "said" });
    expect(read(request(said(), { signedAt: now - 299_000 }), us, signingSecret)).toMatchObject({ kind: "said" });
    expect(read(request(said(), { signedAt: now + 299_000 }), us, signingSecret)).toMatchObject({ kind: "said" });
  });

  test.each([
    ["signed with another secret", () => request(said(), { secret: "another" })],
    ["recorded six minutes ago", () => request(said(), { signedAt: now - 360_000 })],
    ["signed six minutes ahead", () => request(said(), { signedAt: now + 360_000 })],
    ["with one byte changed", () => ({ ...request(said()), body: `${request(said()).body} ` })],
    ["without a signature", () => ({ ...request(said()), headers: {} })],
    [
      "with words for a time",
      () => ({ ...request(said()), headers: { "x-slack-signature": "v0=0", "x-slack-request-timestamp": "today" } }),
    ],
    [
      "with half a signature",
      () => ({ ...request(said()), headers: { ...request(said()).headers, "x-slack-signature": "v0" } }),
    ],
  ])("one %s is forged", (_, make) => {
    expect(read(make() as Delivery, us, signingSecret)).toMatchObject({
      kind: "forged",
      because: expect.stringMatching(/ /),
    });
  });

  test("none is believed where there is no secret", () => {
    expect(read(request(said()), us, null)).toMatchObject({ kind: "forged" });
  });

  test("the challenge of a new request URL is answered", () => {
    const asked = { ...event, payload: { type: "url_verification", challenge: "abc" } };
    expect(read(request(asked), us, signingSecret)).toEqual({ kind: "challenge", challenge: "abc" });
  });
});

describe("a valid signature is not enough", () => {
  test.each([
    ["event", () => message()],
    ["press", () => pressed()],
    ["command", () => ana.commandPayload("status", "C0OPS")],
    ["shortcut", () => ana.handOverPayload(card())],
  ])("a %s for another app or workspace is forged", (_, make) => {
    expect(readPayload({ ...make(), api_app_id: "A0OTHER" })).toMatchObject({
      kind: "forged",
      because: expect.stringContaining("A0OTHER"),
    });
    const elsewhere = { ...make(), team_id: "T0OTHER", context_team_id: "T0OTHER", team: { id: "T0OTHER" } };
    expect(readPayload(elsewhere)).toMatchObject({ kind: "forged", because: expect.stringContaining("workspace") });
  });

  test("two actions in one press are forged", () => {
    const deny = { ...approve, action_id: "decide:1", value: "tok-deny" };
    expect(readPayload(pressed({ actions: [approve, deny] }))).toMatchObject({
      kind: "forged",
      because: expect.stringContaining("2 actions"),
    });
  });

  test("a button on somebody else's message is forged", () => {
    expect(readPayload(ana.pressPayload({ element: approve, on: card({ bot_id: "B0OTHER" }) }))).toMatchObject({
      kind: "forged",
    });
  });
});

describe("who speaks", () => {
  test("is the author in the author's own workspace, in shared channels too", () => {
    expect(readPayload(message())).toMatchObject({
      origin: { by: { platform: "slack", workspace: "T0STEWARD", userId: "U0ANA" } },
    });
    expect(readPayload(message({ team: "T0PARTNER" }))).toMatchObject({ origin: { by: { workspace: "T0PARTNER" } } });
    const theirs = { ...pressed(), user: { id: "U0ANA", team_id: "T0PARTNER" } };
    expect(readPayload(theirs)).toMatchObject({ press: { by: { workspace: "T0PARTNER", userId: "U0ANA" } } });
  });

  test.each([
    ["a bot's message", { bot_id: "B0OTHER" }],
    ["our own", { user: "U0STEWARD" }],
    ["an edit", { subtype: "message_changed" }],
    ["a deletion", { subtype: "message_deleted", user: undefined }],
    ["somebody joining", { subtype: "channel_join" }],
    ["an edited mention", { edited: { user: "U0ANA", ts: "1" } }],
    ["an empty message", { text: " \u200b " }],
    ["more than 40,000 characters", { text: "x".repeat(40_001) }],
  ])("%s asks for nothing", (_, more) => {
    expect(readPayload(message(more))).toMatchObject({ kind: "unsupported", because: expect.stringMatching(/ /) });
  });

  test("40,000 characters are read whole", () => {
    expect(textOf(readPayload(message({ text: "x".repeat(40_000) })))).toHaveLength(40_000);
  });
});

describe("what is said", () => {
  test("a mention and its channel message are one delivery, addressed, without the mention", () => {
    const text = "<@U0STEWARD>, restart api";
    const channel = readPayload(message({ text }));
    const mention = readPayload(message({ type: "app_mention", channel_type: undefined, text }));
    expect(mention).toEqual(channel);
    expect(channel).toMatchObject({
      incoming: { text: "restart api", addressed: true, deliveryKey: "message:C0OPS:1763700000.000100" },
    });
  });

  test("an empty mention or command asks for help", () => {
    expect(readPayload(message({ text: "<@U0STEWARD>" }))).toMatchObject({
      incoming: { text: "help", addressed: true },
    });
    expect(readPayload(ana.commandPayload("", "C0OPS"))).toMatchObject({ incoming: { text: "help", kind: "command" } });
  });

  test("a direct message is addressed, a channel's is not, a reply names its thread", () => {
    expect(readPayload(message({ channel: "D0ANA", channel_type: "im" }))).toMatchObject({
      incoming: { addressed: true },
    });
    expect(readPayload(message())).toMatchObject({
      incoming: { addressed: false, place: { thread: "1763700000.000100" } },
    });
    expect(readPayload(message({ thread_ts: "1763600000.000100" }))).toMatchObject({
      incoming: { place: { thread: "1763600000.000100" } },
    });
  });

  test("a command begins a thread that is not there yet, with one key however often it comes", () => {
    const payload = ana.commandPayload("restart api", "C0OPS");
    const first = readPayload(payload);
    expect(readPayload(payload)).toEqual(first);
    expect(first).toMatchObject({ incoming: { place: { thread: `+command:${payload["trigger_id"]}` } } });
  });

  test("a handed-over message is said by whoever handed it over, in its own thread, from an alert's attachment too", () => {
    expect(readPayload(ana.handOverPayload(card({ text: "api is down" })))).toMatchObject({
      origin: { by: { userId: "U0ANA" } },
      incoming: { text: "api is down", addressed: true, place: { thread: "1763700000.000200" } },
    });
    const alert = card({ text: "", attachments: [{ fallback: "api is down" }] });
    expect(textOf(readPayload(ana.handOverPayload(alert)))).toBe("api is down");
    expect(readPayload(ana.handOverPayload(card()))).toMatchObject({
      kind: "unsupported",
      origin: { door: "shortcut" },
    });
  });

  test.each([
    ["<@U1> and <@U2|ben>", "@U1 and @ben"],
    ["in <#C1|ops> for <!subteam^S1|@oncall> and <!here>", "in #ops for @oncall and @here"],
    ["see <https://example.com/a?b=1&amp;c=2>", "see https://example.com/a?b=1&c=2"],
    ["restart <http://api.example.com|api.example.com>", "restart api.example.com"],
    ["<https://evil.example|https://good.example>", "https://evil.example"],
    ["write <mailto:ana@example.com|ana@example.com>", "write ana@example.com"],
    ["1 &lt; 2 &amp;amp; 3", "1 < 2 &amp; 3"],
    ["by <!date^1763700000^{date}|21 November>", "by 21 November"],
    ["\u202erestart\u202c api", "restart api"],
  ])("%s is read as %s", (markup, text) => {
    expect(plainText(markup)).toBe(text);
  });

  test.each(["<", "<@U0STEWARD|", "<@U0STEWARD>,", "&lt;"])("400,000 characters of %s are read at once", (piece) => {
    const before = performance.now();
    const { rest } = withoutMention(piece.repeat(400_000 / piece.length), "U0STEWARD");
    expect(plainText(rest)).not.toContain("&");
    expect(performance.now() - before).toBeLessThan(1000);
  });
});

describe("what is pressed", () => {
  test("a token and the message it is on, and nothing else", () => {
    expect(readPayload(pressed())).toMatchObject({
      press: { token: "tok", ref: "C0OPS:1763700000.000200", values: {} },
    });
    const threaded = ana.pressPayload({ element: approve, on: card({ thread_ts: "1763600000.000100" }) });
    expect(readPayload(threaded)).toMatchObject({ press: { ref: "C0OPS:1763700000.000200:1763600000.000100" } });
  });

  test("a button that Steward never made does nothing", () => {
    expect(readPayload(pressed({ actions: [{ ...approve, action_id: "launch" }] }))).toMatchObject({
      kind: "unsupported",
    });
  });
});

test("no shape is an exception, and every refusal is a sentence", () => {
  const kinds = ["event_callback", "block_actions", "message_action", "view_submission", "view_closed"];
  const hostile = fc.oneof(
    fc.json(),
    fc.string(),
    fc.record({ type: fc.constantFrom(...kinds), team: fc.anything(), event: fc.anything(), actions: fc.anything() }),
    fc.anything(),
  );
  fc.assert(
    fc.property(hostile, (payload) => {
      for (const it of [readPayload(payload), read({ ...envelope(null), body: payload }, us, null)]) {
        expect(["unsupported", "forged"]).toContain(it.kind);
        expect("because" in it && it.because).toMatch(/ /);
      }
    }),
  );
});
