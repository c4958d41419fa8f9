import { describe, expect, test } from "vitest";
import { aliveIn, linesOf } from "../../rigs/slack/screen.ts";
import type { View } from "../../rigs/slack/shapes.ts";
import { formModal } from "../../src/adapters/slack/modals.ts";
import { newId } from "../../src/domain/ids.ts";
import type { View as CardView, Press } from "../../src/messages/adapter.ts";
import type { Form } from "../../src/messages/platform.ts";
import { chatAdapterContract, picture } from "../contracts/chat-adapter.ts";
import { delivery, openSlack, type SlackWorld, tenant, viewOf } from "./slack-world.ts";

const place = { platform: "slack", channel: "C0OPS", thread: "" } as const;
const card: CardView = {
  text: "Ana wants to restart api",
  title: "Restart api?",
  fields: [{ label: "Service", value: "api" }],
  buttons: [
    { label: "Approve", style: "primary", token: "tok-approve" },
    { label: "Deny", style: "danger", token: "tok-deny" },
    { label: "Why?", style: "default", say: "why" },
  ],
};

const denial: Form = {
  title: "Deny",
  token: "T",
  fields: [{ name: "reason", label: "Why not?", required: true, longest: 1000 }],
};

const press = async ({ rig }: SlackWorld, label: string, { by = "ben", channel = "C0OPS" } = {}) => {
  const button = rig
    .somebody(by)
    .buttons(channel)
    .find((each) => each.label === label);
  if (!button) throw new Error(`There is no button ${label}`);
  return rig.somebody(by).presses(button);
};
/** What somebody reads in a channel, private notices included. */
const reads = ({ rig }: SlackWorld, name: string, channel = "C0OPS") =>
  rig.workspace.seenBy(rig.somebody(name).user.id, channel).map((message) => linesOf(message.blocks).join("\n"));
const modal = ({ rig }: SlackWorld, name: string) => rig.workspace.modals.get(rig.somebody(name).user.id)?.at(-1);

chatAdapterContract("slack", async () => {
  const world = await openSlack();
  const { rig, platform } = world;
  const ana = rig.somebody("ana");
  const { message: root } = await ana.says("good morning", { in: "C0OPS" });
  const ref = await platform.adapter.post(
    { ...card, buttons: [{ label: "Go", style: "primary", token: "T" }] },
    place,
    newId(),
    world.reach(),
  );
  const target = ana.buttons("C0OPS")[0];
  if (!target) throw new Error("the card has no button");
  const form = { ...formModal(denial), id: "V1" } as unknown as View;
  const said = (text: string, more: object = {}) =>
    delivery(rig, {
      kind: "events_api",
      payload: ana.event({
        type: "message",
        user: "U0ANA",
        channel: "C0OPS",
        channel_type: "channel",
        ts: "1763700000.000100",
        text,
        ...more,
      }),
    });
  return {
    adapter: platform.adapter,
    tenant,
    place,
    ana: "U0ANA",
    ben: "U0BEN",
    thread: root.ts,
    look: async (viewer) =>
      // What is for one person and answers nothing is in their conversation with the bot.
      ["C0OPS", rig.workspace.directOf(viewer).id]
        .flatMap((each) => rig.workspace.seenBy(viewer, each))
        .map((message) => {
          const { ts, channel, thread_ts: thread, onlyFor } = message;
          const name = onlyFor !== null ? `private:${channel}:${ts}` : `${channel}:${ts}${thread ? `:${thread}` : ""}`;
          const block = message.blocks.find(({ type }) => type === "image");
          const picture = block && {
            alt: block.alt_text ?? "",
            png: rig.workspace.files.all.get(block.slack_file?.id ?? "")?.bytes ?? null,
          };
          return { ref: name, thread: thread ?? null, view: viewOf(message), ...(picture && { picture }) };
        }),
    refusePictures: () =>
      rig.trouble({ method: "files.getUploadURLExternal", times: 9, answer: { kind: "status", status: 500 } }),
    alive: async (posted) => {
      const message = rig.workspace.messages.find(({ ts }) => posted === `C0OPS:${ts}`);
      if (!message) throw new Error(`Slack has no message ${posted}`);
      return aliveIn(message);
    },
    trouble: {
      limit: () => rig.trouble({ times: 1, answer: { kind: "limited", retryAfterS: 2 } }),
      away: (is) =>
        is
          ? rig.trouble({ times: Number.POSITIVE_INFINITY, answer: { kind: "status", status: 503 } })
          : rig.endTroubles(),
    },
    deliveries: {
      message: said("restart api"),
      command: delivery(rig, { kind: "slash_commands", payload: ana.commandPayload("restart api", "C0OPS") }),
      reply: said("yes", { thread_ts: root.ts }),
      press: delivery(rig, { kind: "interactive", payload: ana.pressPayload(target) }),
      form: delivery(rig, { kind: "interactive", payload: ana.submissionPayload(form, { reason: "busy" }) }),
      picture: said("", { subtype: "file_share", files: [{ id: "F1", mimetype: "image/png" }] }),
      unsupported: said("restart api", { subtype: "channel_join" }),
      forged: { ...said("restart api"), body: '{"type":"event_callback"}' },
    },
    async [Symbol.asyncDispose]() {
      expect(ref).toMatch(/^C0OPS:/);
      await world[Symbol.asyncDispose]();
    },
  };
});

test.each(["http", "socket"] as const)("over %s, what people say, type and hand over arrives once", async (mode) => {
  await using world = await openSlack({ mode });
  const { rig, kept } = world;
  const ana = rig.somebody("ana");
  const { message } = await ana.says("hey @Steward, restart api", { in: "C0OPS" });
  await ana.says("nobody asked you", { in: "C0OPS" });
  await ana.says("status", { in: ana.direct });
  const { acknowledged } = await ana.commands("restart <api> & more", "C0OPS");
  await ana.commands("", "C0OPS");
  await rig.somebody("ben").handsOver(message);
  expect(acknowledged).toBe(true);
  expect(
    kept.incomings.map(({ text, kind, place: at }) => [kind, text, at?.channel, at?.thread.replace(/^\+.*/, "+")]),
  ).toEqual([
    ["message", "hey restart api", "C0OPS", message.ts],
    ["message", "status", "D0ANA", expect.stringMatching(/^\d+\.\d+$/)],
    ["command", "restart <api> & more", "C0OPS", "+"],
    ["command", "help", "C0OPS", "+"],
    ["message", "hey restart api", "C0OPS", message.ts],
  ]);
  expect(world.platform.connection()).toBe("healthy");
  expect(world.errors).toEqual([]);
});

test.each(["http", "socket"] as const)(
  "over %s, an event that could not be kept is not acknowledged and comes again",
  async (mode) => {
    await using world = await openSlack({ mode, patienceMs: 300 });
    const ana = world.rig.somebody("ana");
    let failures = 2;
    world.kept.before = async () => {
      if (failures-- > 0) throw new Error("the database is gone");
    };
    const { delivered } = await ana.says("status", { in: ana.direct });
    expect(delivered).toMatchObject([{ acknowledged: true, attempts: 3 }]);
    expect(world.kept.incomings).toHaveLength(1);
    expect(world.errors.map(({ message }) => message)).toEqual(["the database is gone", "the database is gone"]);
  },
);

test("what is redelivered is kept once, whatever became of the first acknowledgement", async () => {
  await using world = await openSlack();
  const { rig, kept } = world;
  const { message } = await rig.somebody("ana").says("@Steward restart api", { in: "C0OPS" });
  for (const payload of rig.somebody("ana").eventsOf(message))
    expect(await rig.deliveries.deliver({ kind: "events_api", payload })).toMatchObject({ acknowledged: true });
  expect(kept.incomings).toHaveLength(1);
});

test("a socket that Slack replaces or cuts is opened again, and what was not acknowledged comes through the new one", async () => {
  await using world = await openSlack({ mode: "socket", retryAfterMs: [0, 0, 0] });
  const { rig, kept } = world;
  const ana = rig.somebody("ana");
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  kept.before = async () => {
    arrive();
    await held;
  };
  const saying = ana.says("status", { in: ana.direct });
  await arrived;
  rig.dropSockets();
  kept.before = async () => undefined;
  release();
  expect((await saying).delivered).toMatchObject([{ acknowledged: true, attempts: 2 }]);
  rig.refreshSockets();
  const [old] = rig.deliveries.sockets;
  await new Promise((resolve) => old?.once("close", resolve));
  expect((await ana.says("help", { in: ana.direct })).delivered).toMatchObject([{ acknowledged: true }]);
  expect(kept.incomings.map(({ text }) => text)).toEqual(["status", "help"]);
});

test("Slack that is down at the start is asked again until it answers", async () => {
  await using rig = await openSlack({ mode: "socket" });
  expect(rig.platform.connection()).toBe("healthy");
  await rig.platform.stop();
  rig.rig.trouble({ method: "apps.connections.open", times: 2, answer: { kind: "status", status: 503 } });
  await rig.platform.start(rig.kept);
  expect(rig.platform.connection()).toBe("degraded");
  const ana = rig.rig.somebody("ana");
  expect((await ana.says("status", { in: ana.direct })).delivered).toMatchObject([{ acknowledged: true }]);
  expect(rig.platform.connection()).toBe("healthy");
});

test("whoever presses is told in private, and the courier's redraw keeps the question without its buttons", async () => {
  await using world = await openSlack();
  const { platform, kept } = world;
  const ref = await platform.adapter.post(card, place, newId(), world.reach());
  expect(await press(world, "Approve")).toMatchObject({ acknowledged: true });
  expect(kept.presses).toMatchObject([
    { token: "tok-approve", ref, by: { platform: "slack", workspace: "T0STEWARD", userId: "U0BEN" }, values: {} },
  ]);
  await world.rig.workspace.until("the notice", () => reads(world, "ben").includes("You approved it."));
  expect(reads(world, "ana")).not.toContain("You approved it.");
  const at = "2026-11-21T09:30:00Z";
  await platform.adapter.replace(
    ref,
    { text: `${card.text}. Approved by Ben at ${at}.`, title: "Restart api?", outcome: `Approved by Ben at ${at}` },
    world.reach(),
  );
  expect(reads(world, "ana")).toEqual([`# Restart api?\nAna wants to restart api.\nApproved by Ben at ${at}`]);
  expect(JSON.stringify(world.rig.workspace.messages[0]?.blocks)).toContain(`"timestamp":${Date.parse(at) / 1000}`);
  await press(world, "Approve").then(
    () => expect.unreachable("a settled card has no buttons"),
    (error: Error) => expect(error.message).toContain("no button"),
  );
});

test("a press that needs a reason opens a form at once, and the reason comes with the second press", async () => {
  await using world = await openSlack();
  const { platform, kept, rig } = world;
  kept.decide = (it: Press) =>
    it.values["reason"]
      ? { kind: "decided", sentence: "You denied it." }
      : {
          kind: "form",
          form: {
            title: "Deny",
            token: it.token,
            fields: [{ name: "reason", label: "Why not?", required: true, longest: 1000 }],
          },
        };
  await platform.adapter.post(card, place, newId(), world.reach());
  await press(world, "Deny");
  await rig.workspace.until("the form", () => modal(world, "ben"));
  expect(linesOf(modal(world, "ben")?.blocks ?? [])).toEqual(["Why not? ____"]);
  await rig.somebody("ben").submits({ reason: "not on Fridays" });
  expect(kept.presses.at(-1)).toMatchObject({ token: "tok-deny", values: { reason: "not on Fridays" } });
  expect(linesOf(modal(world, "ben")?.blocks ?? [])).toEqual(["You denied it."]);
  rig.somebody("ben").closesModal();
  expect(modal(world, "ben")).toBeUndefined();
});

test("a card too large for a message approves only from the modal that shows all of it", async () => {
  await using world = await openSlack();
  const { platform, kept, rig } = world;
  const large = { ...card, fields: [{ label: "Script", value: "x".repeat(9000) }] };
  kept.cards.set("tok-approve", large);
  await platform.adapter.post(large, place, newId(), world.reach());
  const labels = () =>
    rig
      .somebody("ben")
      .buttons("C0OPS")
      .map(({ label }) => label);
  expect(labels()).toEqual(["Approve … (read all of it first)", "Deny", "Why?"]);
  await press(world, "Approve … (read all of it first)");
  await rig.workspace.until("all of the card", () => modal(world, "ben"));
  expect(kept.presses).toEqual([]);
  expect(
    linesOf(modal(world, "ben")?.blocks ?? [])
      .join("")
      .match(/x/g),
  ).toHaveLength(9000);
  expect(labels()).toEqual(["Approve"]);
  await press(world, "Approve");
  expect(kept.presses).toMatchObject([{ token: "tok-approve" }]);
  await rig.workspace.until("what became of it", () =>
    linesOf(modal(world, "ben")?.blocks ?? []).includes("You approved it."),
  );
});

test("a stranger, and whoever uses a command where Steward is not, is told so alone", async () => {
  await using world = await openSlack();
  const { rig } = world;
  rig.somebody("stranger");
  rig.workspace.channels.get("C0OPS")?.members.add("U0STRANGER");
  await rig.somebody("stranger").says("@Steward restart api", { in: "C0OPS" });
  await rig.workspace.until("the notice", () => reads(world, "stranger").includes("I do not know you yet."));
  expect(reads(world, "ana")).not.toContain("I do not know you yet.");
  expect((await rig.somebody("stranger").commands("status", "C0OPS")).body).toMatchObject({
    response_type: "ephemeral",
    text: "I do not know you yet.",
  });
  rig.workspace.addChannel("secret", "private", ["U0ANA"]);
  await rig.somebody("ana").commands("status", "C0SECRET");
  await rig.workspace.until("the way out", () =>
    reads(world, "ana", rig.somebody("ana").direct).some((line) => line.includes("/invite @Steward")),
  );
});

test("a button that says something says it for whoever pressed it, in the card's thread", async () => {
  await using world = await openSlack();
  const ref = await world.platform.adapter.post(card, place, newId(), world.reach());
  await press(world, "Why?", { by: "ana" });
  expect(world.kept.incomings).toMatchObject([
    { text: "why", addressed: true, place: { channel: "C0OPS", thread: world.platform.adapter.threadOf(ref) } },
  ]);
});

test("a request gets eyes, then a check mark, and in a direct message status, and a question whether the answer helped", async () => {
  await using world = await openSlack();
  const { rig, platform, kept } = world;
  const ana = rig.somebody("ana");
  const { message } = await ana.says("restart api", { in: ana.direct });
  await rig.workspace.until("the status", () => rig.workspace.statuses.get(ana.direct) === "is working on it…");
  const at = { platform: "slack", channel: ana.direct, thread: message.ts } as const;
  const ref = await platform.adapter.post({ text: "On it", mark: "taken" }, at, newId(), world.reach());
  expect([...message.reactions.keys()]).toEqual(["eyes"]);
  await platform.adapter.replace(ref, { text: "On it still", mark: "taken" }, world.reach());
  expect([...message.reactions.keys()]).toEqual(["eyes"]);
  await platform.adapter.replace(ref, { text: "Done", mark: "done" }, world.reach());
  expect([...message.reactions.keys()]).toEqual(["white_check_mark"]);
  expect(JSON.stringify(rig.workspace.messages.at(-1)?.blocks)).not.toContain("feedback_buttons");
  const reply = await platform.adapter.post({ text: "It is well", last: true }, at, newId(), world.reach());
  const answer = rig.workspace.messages.at(-1);
  if (!answer) throw new Error("there is no answer");
  await ana.thinks(answer, false);
  expect(kept.opinions).toMatchObject([{ about: reply, liked: false, who: { userId: "U0ANA" } }]);
  expect(world.errors).toEqual([]);
});

test("the app's home shows what waits, and an empty conversation what to ask", async () => {
  await using world = await openSlack({ mode: "socket" });
  const { rig, kept } = world;
  const line = (title: string) => ({ title, state: "open", link: "https://steward.example.com/gates/1" });
  kept.homes.set("U0ANA", { waiting: [line("Restart <!channel>")], mine: [], running: [line("a"), line("b")] });
  await rig.somebody("ana").opens("home");
  await rig.somebody("cara").opens("home");
  await rig.somebody("ana").opens("messages");
  const home = await rig.workspace.until("the home", () => rig.workspace.homes.get("U0ANA"));
  expect(linesOf(home.blocks)).toEqual([
    "# Waiting for you",
    "• Restart <!channel> (open)",
    "# What you asked for",
    "Nothing yet. Try: restart checkout in production",
    "# Running now",
    "• a (open)",
    "• b (open)",
  ]);
  const stranger = await rig.workspace.until("her home", () => rig.workspace.homes.get("U0CARA"));
  expect(linesOf(stranger.blocks)[1]).toContain("U0CARA");
  const prompts = await rig.workspace.until("prompts", () => rig.workspace.prompts.get(rig.somebody("ana").direct));
  expect(prompts.map(({ message }) => message)).toEqual(["restart checkout in production", "status of checkout"]);
});

test("limits, outages and silence are worth another try; what never works is not", async () => {
  await using world = await openSlack();
  const { rig, platform } = world;
  const post = (channel = "C0OPS", reach = world.reach()) =>
    platform.adapter.post({ text: "Hello" }, { ...place, channel }, newId(), reach);
  rig.trouble({ method: "chat.postMessage", times: 1, answer: { kind: "limited", retryAfterS: 7 } });
  await expect(post()).rejects.toMatchObject({ code: "platform-busy", retryAfterMs: 7000, undone: true });
  for (const [answer, undone] of [
    [{ kind: "status", status: 502 }, false],
    [{ kind: "error", error: "internal_error" }, false],
    [{ kind: "error", error: "service_unavailable" }, true],
    [{ kind: "error", error: "invalid_auth" }, true],
    [{ kind: "error", error: "<html>" }, false],
    [{ kind: "lost" }, false],
  ] as const) {
    rig.trouble({ times: 1, answer });
    await expect(post()).rejects.toMatchObject({ code: "platform-busy", retryAfterMs: expect.any(Number), undone });
  }
  for (const error of ["is_archived", "restricted_action"]) {
    rig.trouble({ times: 1, answer: { kind: "error", error } });
    await expect(post()).rejects.toMatchObject({ code: "platform-refused", retryAfterMs: null, undone: true });
  }
  rig.workspace.addChannel("elsewhere", "public", []);
  await expect(post("C0ELSEWHERE")).rejects.toMatchObject({
    code: "platform-refused",
    message: expect.stringContaining("/invite"),
  });
});

test("nothing is sent once the courier has stopped waiting, and a call under way ends with it", async () => {
  await using world = await openSlack();
  const { rig, platform } = world;
  const stopped = AbortSignal.abort();
  const before = rig.calls.length;
  await expect(
    platform.adapter.post({ text: "Hello" }, place, newId(), { ...world.reach(), signal: stopped }),
  ).rejects.toMatchObject({ code: "platform-busy" });
  expect(rig.calls).toHaveLength(before);
  rig.trouble({ times: 1, answer: { kind: "silence" } });
  const waiting = new AbortController();
  const posting = platform.adapter.post({ text: "Hello" }, place, newId(), {
    ...world.reach(),
    signal: waiting.signal,
  });
  await expect.poll(() => rig.calls.length).toBe(before + 1);
  waiting.abort();
  await expect(posting).rejects.toMatchObject({ code: "platform-busy" });
});

test("a message whose answer was lost is found again and not posted twice", async () => {
  await using world = await openSlack();
  const { rig, platform } = world;
  const { message: root } = await rig.somebody("ana").says("good morning", { in: "C0OPS" });
  for (const thread of ["", root.ts, "+command:1"]) {
    const marker = newId();
    rig.trouble({ method: "chat.postMessage", times: 1, answer: { kind: "lost" } });
    await expect(
      platform.adapter.post({ text: "Hello" }, { ...place, thread }, marker, world.reach()),
    ).rejects.toMatchObject({ code: "platform-busy" });
    const ref = await platform.adapter.find(marker, { ...place, thread }, world.reach());
    const { ts } = rig.workspace.messages.at(-1) ?? {};
    expect(ref).toBe(thread === root.ts ? `C0OPS:${ts}:${root.ts}` : `C0OPS:${ts}`);
  }
});

test("a marker is found among many messages, in a thread too, and only as far back as declared", async () => {
  await using world = await openSlack();
  const { rig, platform } = world;
  const marker = newId();
  const ref = await platform.adapter.post(card, place, marker, world.reach());
  const chatter = (count: number) => {
    for (let i = 0; i < count; i++)
      rig.workspace.add({ channel: "C0OPS", user: "U0ANA", text: `${i}`, blocks: [], onlyFor: null });
  };
  chatter(700);
  expect(await platform.adapter.find(marker, place, world.reach())).toBe(ref);
  expect(await platform.adapter.tokensOf?.(ref, world.reach())).toEqual(["tok-approve", "tok-deny"]);
  chatter(500);
  expect(await platform.adapter.find(marker, place, world.reach())).toBeNull();
});

test("what one person alone is to know, and answers nothing, is a direct message that changes in place", async () => {
  await using world = await openSlack();
  const { rig, platform } = world;
  const nowhere = { platform: "slack", channel: "C0OPS", thread: "" } as const;
  const ref = await platform.adapter.post({ text: "Ben adds to it" }, nowhere, newId(), world.reach("U0ANA"));
  await platform.adapter.replace(ref, { text: "Ben added to it" }, world.reach("U0ANA"));
  const texts = rig.workspace.messages.map(({ channel, text, onlyFor }) => [channel, text, onlyFor]);
  expect(texts).toEqual([[rig.workspace.directOf("U0ANA").id, "Ben added to it", null]]);
});

test("a private notice cannot be looked up, so after a crash it counts as shown", async () => {
  await using world = await openSlack();
  const { platform } = world;
  const ref = await platform.adapter.find(newId(), place, world.reach("U0ANA"));
  expect(ref).not.toBeNull();
  await platform.adapter.replace(ref ?? "", { text: "again" }, world.reach("U0ANA"));
  expect(reads(world, "ana")).toEqual([]);
});

test("Slack says who somebody is: members with their groups, guests, bots, outsiders", async () => {
  await using world = await openSlack();
  const { rig, platform } = world;
  rig.somebody("guest", { is_restricted: true });
  rig.somebody("onechannel", { is_ultra_restricted: true });
  rig.somebody("robot", { is_bot: true });
  rig.somebody("foreign", { is_stranger: true });
  rig.somebody("gone", { deleted: true });
  rig.workspace.groups.set("S0ONCALL", new Set(["U0BEN"]));
  const standing = (userId: string, workspace = "T0STEWARD") =>
    platform.standing({ platform: "slack", workspace, userId });
  expect(await standing("U0BEN")).toEqual({ kind: "member", groups: ["S0ONCALL"] });
  expect(await standing("U0ANA")).toEqual({ kind: "member", groups: [] });
  const kinds = ["U0GUEST", "U0ONECHANNEL", "U0ROBOT", "U0FOREIGN", "U0GONE", "U0NOBODY"];
  expect((await Promise.all(kinds.map((id) => standing(id)))).map(({ kind }) => kind)).toEqual([
    "guest",
    "guest",
    "bot",
    "outsider",
    "outsider",
    "outsider",
  ]);
  expect(await standing("U0BEN", "T0OTHER")).toMatchObject({ kind: "outsider" });
});

test("while Slack cannot say who somebody is, nobody is anybody", async () => {
  await using world = await openSlack();
  const cara = { platform: "slack", workspace: "T0STEWARD", userId: "U0CARA" } as const;
  for (const method of ["users.info", "usergroups.list"])
    for (const answer of [
      { kind: "status", status: 500 },
      { kind: "limited", retryAfterS: 3 },
      { kind: "error", error: "invalid_auth" },
    ] as const) {
      world.rig.trouble({ method, times: 1, answer });
      await expect(world.platform.standing(cara)).rejects.toMatchObject({
        code: "platform-busy",
        retryAfterMs: expect.any(Number),
      });
    }
  world.rig.trouble({ method: "usergroups.list", times: 1, answer: { kind: "error", error: "missing_scope" } });
  expect(await world.platform.standing(cara)).toEqual({ kind: "member", groups: [] });
});

test("what is missing is named with what to do", async () => {
  await using world = await openSlack({ mode: "socket" });
  const { rig, platform } = world;
  expect(await platform.examine()).toEqual([]);
  rig.scopes = ["chat:write", "users:read"];
  rig.workspace.channels.get("C0OPS")?.members.delete(rig.workspace.botUserId);
  const missing = await platform.examine();
  expect(missing).toContainEqual(expect.stringMatching(/app_mentions:read.*reinstall/));
  expect(missing).toContainEqual(expect.stringMatching(/files:write, so pictures are shown in words/));
  expect(missing).toContainEqual(expect.stringMatching(/in no channel.*\/invite/));
  rig.trouble({ method: "apps.connections.open", times: 1, answer: { kind: "error", error: "invalid_auth" } });
  rig.trouble({ method: "auth.test", times: 1, answer: { kind: "error", error: "invalid_auth" } });
  expect(await platform.examine()).toEqual([
    expect.stringContaining("SLACK_BOT_TOKEN"),
    expect.stringContaining("SLACK_APP_TOKEN"),
  ]);
});

describe("a picture", () => {
  const ref = { artifact: newId(), alt: picture.alt, width: picture.width, height: picture.height };
  const view: CardView = { text: "What may be the cause", title: "Causes", picture: ref };
  const shows = async (world: SlackWorld, marker = newId()) => {
    const { platform, reach } = world;
    await platform.adapter.post(view, place, marker, { ...reach(), picture: async () => picture });
    return reads(world, "ben").at(-1);
  };
  const uploads = ({ rig }: SlackWorld) => rig.calls.filter(({ method }) => method.startsWith("files.")).length;
  const words = `Picture: ${picture.alt}`;

  test("that Slack has not looked at yet lets its message wait, and is uploaded once", async () => {
    await using world = await openSlack();
    world.rig.workspace.files.slowness = 2;
    const marker = newId();
    for (const retryAfterMs of [1000, 2000])
      await expect(shows(world, marker)).rejects.toMatchObject({ code: "platform-busy", retryAfterMs, undone: true });
    expect(await shows(world, marker)).toContain(`(picture: ${picture.alt})`);
    expect(await shows(world)).toContain(`(picture: ${picture.alt})`);
    expect(uploads(world)).toBe(2);
    expect(world.errors).toEqual([]);
  });

  test("that Slack never comes to look at is told in words", async () => {
    await using world = await openSlack();
    world.rig.workspace.files.slowness = 9;
    const marker = newId();
    for (const retryAfterMs of [1000, 2000, 3000])
      await expect(shows(world, marker)).rejects.toMatchObject({ code: "platform-busy", retryAfterMs });
    expect(await shows(world, marker)).toContain(words);
    expect(reads(world, "ben")).toHaveLength(1);
  });

  const troubles: Readonly<Record<string, (rig: SlackWorld["rig"]) => void>> = {
    "without the scope": (rig) => {
      rig.scopes = ["chat:write"];
    },
    "while uploads fail": ({ workspace }) => {
      workspace.files.uploadStatus = 500;
    },
    "while Slack has trouble with files": (rig) =>
      rig.trouble({
        method: "files.completeUploadExternal",
        times: 1,
        answer: { kind: "error", error: "internal_error" },
      }),
  };
  test.each(Object.keys(troubles))(
    "%s is told in words at once, and whoever runs Steward hears why",
    async (trouble) => {
      await using world = await openSlack();
      troubles[trouble]?.(world.rig);
      expect(await shows(world)).toContain(words);
      expect(world.errors).toEqual([expect.objectContaining({ message: expect.stringMatching(/in words/) })]);
    },
  );
});

test("a hundred messages at 50 a second are all acknowledged and each is kept once", async () => {
  await using world = await openSlack();
  const ana = world.rig.somebody("ana");
  const acknowledged: Promise<{ delivered: { ms: number; acknowledged: boolean }[] }>[] = [];
  const began = performance.now();
  for (let i = 0; i < 100; i++) {
    await expect.poll(() => performance.now() - began, { interval: 1, timeout: 5000 }).toBeGreaterThanOrEqual(i * 20);
    acknowledged.push(ana.says(`status ${i}`, { in: ana.direct }));
  }
  const times = (await Promise.all(acknowledged))
    .flatMap(({ delivered }) => delivered.map(({ ms }) => ms))
    .sort((a, b) => a - b);
  expect(times).toHaveLength(100);
  expect(world.kept.incomings).toHaveLength(100);
});
