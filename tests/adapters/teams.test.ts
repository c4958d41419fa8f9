import { expect, test } from "vitest";
import { aliveIn } from "../../rigs/teams/alive.ts";
import { cardOf, pictureOf, wordsOf } from "../../rigs/teams/client.ts";
import { createSigner } from "../../rigs/teams/keys.ts";
import { conversationOf, type Loose } from "../../rigs/teams/rooms.ts";
import type { Envelope } from "../../src/adapters/teams/activity.ts";
import { createTeams } from "../../src/adapters/teams/connect.ts";
import { Fault } from "../../src/domain/fault.ts";
import { newId } from "../../src/domain/ids.ts";
import type { View } from "../../src/messages/adapter.ts";
import { connectionsOf } from "../../src/platforms.ts";
import { chatAdapterContract } from "../contracts/chat-adapter.ts";
import { cloudOf, type Home, openHome, tenant, viewOf } from "./teams-home.ts";

const question: View = {
  text: "Approve: restart api?",
  title: "Restart api",
  fields: [{ label: "Service", value: "api" }],
  buttons: [
    { label: "Approve", style: "primary", token: "tok-approve" },
    { label: "Deny", style: "danger", token: "tok-deny" },
  ],
  link: "/gates/1",
};
const settled: View = { text: "Approve: restart api?", title: "Restart api", outcome: "Approved by Ben" };

async function asked(home: Home, view = question) {
  const place = { platform: "teams", channel: home.ops.id, thread: "" } as const;
  const ref = await home.platform.adapter.post(view, place, newId(), home.reach());
  const shown = home.rig.rooms.shown.at(-1);
  if (shown === undefined) throw new Error("Nothing was shown");
  return { ref, shown, place };
}

function pictureIn(...of: Parameters<typeof cardOf>) {
  const picture = pictureOf(cardOf(...of));
  return picture === null ? {} : { picture };
}

chatAdapterContract("teams", async () => {
  const home = await openHome();
  const { rig, platform, ana, ben, ops } = home;
  const { client } = rig;
  const first = rig.rooms.add(ops, null, ana, { type: "message", text: "a thread" });
  const proof = { kind: "signed", serviceUrl: rig.serviceUrl } as const;
  const envelope = (activity: Loose, more: Partial<Envelope> = {}) => ({
    tenant,
    at: new Date(0),
    headers: {},
    body: { proof, activity, ...more },
  });
  const said = (text: string, thread: string | null, mention: boolean) => {
    const shown = rig.rooms.add(ops, thread, ana, { type: "message", text });
    return envelope(client.message(ana, shown, text, mention));
  };
  const pressed = (data: object) =>
    envelope({
      ...client.activity("invoke", ana, first),
      name: "adaptiveCard/action",
      value: { action: { type: "Action.Execute", verb: "decide", data }, trigger: "manual" },
    });
  return {
    adapter: platform.adapter,
    tenant,
    place: { platform: "teams", channel: ops.id, thread: "" },
    ana: ana.aadObjectId,
    ben: ben.aadObjectId,
    thread: first.id,
    async look(viewer) {
      const user = viewer === ana.aadObjectId ? ana : ben;
      return rig.rooms
        .seenBy(user)
        .filter(({ from }) => from === "bot")
        .map((shown) => ({
          ref: `${conversationOf(shown)}|${shown.id}`,
          thread: shown.thread,
          view: viewOf(shown, user),
          ...pictureIn(shown, user),
        }));
    },
    async alive(ref) {
      const shown = rig.rooms.shown.find((each) => `${conversationOf(each)}|${each.id}` === ref);
      return aliveIn(shown?.activity);
    },
    refusePictures: () => rig.refusePictures(),
    trouble: { limit: () => rig.trouble({ times: 1, how: 429, retryAfter: 1 }), away: rig.away },
    deliveries: {
      message: said("restart api", null, false),
      command: said("/steward restart api", null, true),
      reply: said("yes", first.id, true),
      press: pressed({ token: "T" }),
      form: pressed({ token: "T", reason: "busy" }),
      picture: envelope({
        ...client.message(ana, first, "", false),
        attachments: [{ contentType: "image/png", contentUrl: "https://example.com/cat.png" }],
      }),
      unsupported: envelope({ ...client.activity("messageReaction", ana, first), reactionsAdded: [{ type: "like" }] }),
      forged: envelope(null, { proof: { kind: "none", because: "The request has no Authorization header" } }),
    },
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
});

test("what is said is taken first and then acknowledged; what cannot be kept comes again", async () => {
  await using home = await openHome();
  const { rig, ana, ops, took } = home;
  home.answers(new Fault("store-unavailable", "The database is away"));
  const said = rig.client.say(ana, ops, "restart api");
  await expect.poll(() => took.length).toBeGreaterThanOrEqual(1);
  await said;
  expect(took.length).toBe(3);
  const keys = took.map((each) => (each.kind === "incoming" ? each.incoming.deliveryKey : null));
  expect(new Set(keys).size).toBe(1);
  home.answers({ kind: "stored", duplicate: false });
  await rig.client.say(ana, ops, "restart api");
  expect(took.at(-1)).toMatchObject({
    kind: "incoming",
    by: { platform: "teams", workspace: rig.app.tenantId, userId: ana.aadObjectId },
    incoming: { text: "restart api", addressed: true, place: { channel: ops.id } },
  });
});

test.each<[string, (home: Home) => string | null]>([
  ["no token", () => null],
  ["no token at all, but the word", () => "Bearer"],
  ["another key", ({ rig }) => `Bearer ${createSigner().sign(claimsFor(rig.app.id, rig.serviceUrl))}`],
  [
    "another key under our key's name",
    ({ rig }) =>
      `Bearer ${createSigner().sign(claimsFor(rig.app.id, rig.serviceUrl), { kid: (rig.signer.keys.keys[0] as { kid: string }).kid })}`,
  ],
  [
    "no signature (alg none)",
    ({ rig }) => `Bearer ${rig.signer.sign(claimsFor(rig.app.id, rig.serviceUrl), { alg: "none" })}`,
  ],
  ["another bot's token", ({ rig }) => rig.client.authorization({ aud: newId() })],
  ["an old token", ({ rig }) => rig.client.authorization({ nbf: 1_000, exp: 2_000 })],
  ["a token of the future", ({ rig }) => rig.client.authorization({ nbf: 4_000_000_000, exp: 4_000_003_600 })],
  [
    "another issuer, such as an emulator",
    ({ rig }) => rig.client.authorization({ iss: "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/" }),
  ],
  ["a token for another service", ({ rig }) => rig.client.authorization({ serviceurl: "https://evil.example.com/" })],
  ["a token without a service", ({ rig }) => rig.client.authorization({ serviceurl: undefined })],
])("a request with %s is turned away without a reason, on record", async (_name, authorization) => {
  await using home = await openHome();
  const { rig, ana, took } = home;
  const shown = rig.rooms.add(rig.rooms.chatWith(ana), null, ana, {});
  const { status, body } = await rig.client.deliver(
    rig.client.message(ana, shown, "restart api", false),
    authorization(home),
  );
  expect([401, 403]).toContain(status);
  expect(body.detail).toBe("No.");
  expect(took).toMatchObject([{ kind: "forged", because: expect.stringMatching(/ /) }]);
});

function claimsFor(aud: string, serviceurl: string) {
  const now = Math.floor(Date.now() / 1000);
  return { iss: "https://api.botframework.com", aud, nbf: now - 60, exp: now + 3600, serviceurl };
}

test("the body of an unproven request is never parsed", async () => {
  await using home = await openHome();
  const { status } = await home.rig.client.deliver("[".repeat(400_000), null);
  expect(status).toBe(401);
  expect((await home.rig.client.deliver("[".repeat(400_000))).status).toBe(400);
  expect((await home.rig.client.deliver(" ".repeat(600_000))).status).toBe(413);
});

test.each<[string, (activity: Loose) => Loose]>([
  ["another tenant", (activity) => ({ ...activity, channelData: { tenant: { id: newId() } } })],
  [
    "a conversation of another tenant",
    (activity) => ({ ...activity, conversation: { ...activity.conversation, tenantId: newId() } }),
  ],
  ["another bot", (activity) => ({ ...activity, recipient: { id: `28:${newId()}` } })],
  [
    "another service URL",
    (activity) => ({ ...activity, serviceUrl: "https://smba.trafficmanager.net.evil.example.com/" }),
  ],
  ["another channel", (activity) => ({ ...activity, channelId: "directline" })],
])("an activity of %s under a valid signature is forged, and nothing is learned from it", async (_name, changed) => {
  await using home = await openHome();
  const { rig, ana, took, kept } = home;
  const shown = rig.rooms.add(rig.rooms.chatWith(ana), null, ana, {});
  const { status } = await rig.client.deliver(changed(rig.client.message(ana, shown, "restart api", false)));
  expect(status).toBe(403);
  expect(took).toMatchObject([{ kind: "forged" }]);
  expect(kept.size).toBe(0);
});

test("a press is answered to whoever pressed, alone, and never with nothing", async () => {
  await using home = await openHome();
  const { rig, ana, ben } = home;
  const { shown } = await asked(home);
  for (const taken of [
    { kind: "refused", because: "own-request", sentence: "You asked for this yourself." },
    { kind: "decided", sentence: "You approved it." },
    { kind: "stranger", sentence: "I do not know you." },
    { kind: "missing", sentence: "No card of mine." },
  ] as const) {
    home.answers(taken);
    expect(await rig.client.press(ana, shown, "Approve")).toEqual({ status: 200, sentence: taken.sentence });
  }
  for (const taken of [
    { kind: "stored", duplicate: false },
    { kind: "silent" },
    { kind: "unsupported", because: "It is odd." },
  ] as const) {
    home.answers(taken);
    expect((await rig.client.press(ana, shown, "Approve")).sentence).toMatch(/\w/);
  }
  expect(rig.rooms.seenBy(ben)).toHaveLength(1);
});

test("a denial opens a form in the card's place for whoever pressed; it sends the reason, and one can turn back", async () => {
  await using home = await openHome();
  const { rig, ana, ben, took } = home;
  const { ref, shown } = await asked(home);
  const { buttons: _, ...card } = question;
  home.card = card;
  const fields = [{ name: "reason", label: "Why not?", required: true, longest: 1000 }];
  home.answers({ kind: "form", form: { title: "Deny", token: "tok-deny", fields } });
  expect(await rig.client.press(ben, shown, "Deny")).toEqual({ status: 200, sentence: null });
  const form = cardOf(shown, ben);
  expect(form.body.at(-1)).toMatchObject({ type: "Input.Text", id: "reason", isRequired: true, maxLength: 1000 });
  expect(viewOf(shown, ben).buttons?.map(({ label }) => label)).toEqual(["Approve", "Deny"]);
  expect(cardOf(shown, ana).body.some(({ type }: Loose) => type === "Input.Text")).toBe(false);
  home.answers({ kind: "decided", sentence: "You denied it." });
  await rig.client.press(ben, shown, "Deny", { inputs: { reason: "month\u202e end" } });
  expect(took.at(-1)).toMatchObject({ press: { token: "tok-deny", values: { reason: "month end" } } });
  await rig.client.press(ben, shown, "Approve", { inputs: { reason: "not sent" } });
  expect(took.at(-1)).toMatchObject({ press: { token: "tok-approve", values: {} } });
  await home.platform.adapter.replace(ref, settled, home.reach());
  expect(viewOf(shown, ben)).toEqual(settled);
});

test("whoever a question asks sees a drawing of their own, and everybody else the message", async () => {
  await using home = await openHome();
  const { rig, ana, ben, own, took } = home;
  const { client } = rig;
  const cara = rig.rooms.user("cara", rig.app.tenantId);
  (home.ops.members as Set<unknown>).add(cara);
  const elsewhere = rig.rooms.user("dan", rig.app.tenantId);
  const forThree: View = { ...question, askedOf: [ben, cara, elsewhere].map(({ aadObjectId }) => aadObjectId) };
  const { ref, shown } = await asked(home, forThree);
  const { refresh } = cardOf(shown, ana);
  // Only those whom Teams knows in this channel; it was asked by their Entra ids.
  expect(refresh.userIds).toEqual([ben.id, cara.id]);
  expect(rig.calls.filter((call) => call.includes("/members/"))).toHaveLength(3);
  const { buttons: _, ...card } = question;
  home.card = card;
  own.set(ben.aadObjectId, { answered: null, mayAnswer: true });
  own.set(cara.aadObjectId, { answered: "approve", mayAnswer: false });
  for (const user of [ana, ben, cara]) await client.look(user, shown);
  expect(wordsOf(cardOf(shown, ben)).at(-1)).toBe("This waits for your answer.");
  expect(viewOf(shown, ben).buttons).toEqual(question.buttons);
  expect(wordsOf(cardOf(shown, cara)).at(-1)).toMatch(/^You approved this/);
  expect(viewOf(shown, cara).buttons).toBeUndefined();
  expect(viewOf(shown, ana)).toEqual(viewOf({ ...shown, own: new Map() }, ben));
  await client.press(ben, shown, "Approve");
  expect(took).toMatchObject([{ kind: "press", press: { token: "tok-approve" } }]);

  own.set(ben.aadObjectId, { answered: "approve", mayAnswer: false });
  await home.platform.adapter.replace(ref, { ...forThree, fields: [] }, home.reach());
  await client.look(ben, shown);
  expect(wordsOf(cardOf(shown, ben)).at(-1)).toMatch(/^You approved this/);
  // Who is absent is not asked about again for a while.
  expect(rig.calls.filter((call) => call.includes("/members/"))).toHaveLength(3);
  await home.platform.adapter.replace(ref, settled, home.reach());
  for (const user of [ana, ben, cara]) await client.look(user, shown);
  for (const user of [ana, ben, cara]) expect(viewOf(shown, user)).toEqual(settled);
  expect(took).toHaveLength(1);
});

test("a drawing of one's own is asked for by hand too, shows what came of it, and is never answered with nothing", async () => {
  await using home = await openHome();
  const { rig, ben, own, took } = home;
  const { shown } = await asked(home, { ...question, askedOf: [ben.aadObjectId] });
  for (const trigger of ["automatic", "manual"] as const)
    expect((await rig.client.refresh(ben, shown, trigger)).body).toMatchObject({
      statusCode: 403,
      value: { message: expect.stringMatching(/ /) },
    });
  own.set(ben.aadObjectId, { answered: null, mayAnswer: false });
  home.card = { text: question.text, title: "Restart api" };
  const { body } = await rig.client.refresh(ben, shown, "manual");
  expect(wordsOf(body.value).at(-1)).toBe("You may not answer this any more.");
  expect(body.value.actions).toBeUndefined();
  home.card = settled;
  expect(wordsOf((await rig.client.refresh(ben, shown, "automatic")).body.value)).toContain("Approved by Ben");
  expect(took).toEqual([]);
});

test("while Teams does not say who is there, a question goes out without drawings of their own", async () => {
  await using home = await openHome();
  const { rig, ben } = home;
  await rig.client.say(home.ana, home.ops, "help");
  rig.trouble({ times: 1, how: 503 });
  const { shown } = await asked(home, { ...question, askedOf: [ben.aadObjectId] });
  expect(cardOf(shown, ben).refresh).toBeUndefined();
  expect(viewOf(shown, ben).buttons).toEqual(question.buttons);
});

test("an old client's press comes as a message; its answer goes to the personal chat", async () => {
  await using home = await openHome();
  const { rig, ana, ben } = home;
  const { shown } = await asked(home);
  home.answers({ kind: "refused", because: "own-request", sentence: "You asked for this yourself." });
  await rig.client.press(ana, shown, "Approve", { old: true });
  expect(home.took.at(-1)).toMatchObject({ kind: "press", press: { token: "tok-approve" } });
  await expect.poll(() => rig.rooms.seenBy(ana).length).toBe(2);
  expect(wordsOf(cardOf(rig.rooms.seenBy(ana)[1] as never, ana))).toEqual(["You asked for this yourself."]);
  expect(rig.rooms.seenBy(ben)).toHaveLength(1);
  home.answers({ kind: "form", form: { title: "Deny", token: "tok-deny", fields: [] } });
  await rig.client.press(ana, shown, "Deny", { old: true });
  await expect.poll(() => rig.rooms.seenBy(ana).length).toBe(3);
});

test("what somebody is told alone about a message goes to their personal chat", async () => {
  await using home = await openHome();
  const { rig, ana, ben, ops } = home;
  home.answers({ kind: "stranger", sentence: "I do not know you yet." });
  await rig.client.say(ana, ops, "restart api");
  await expect.poll(() => rig.rooms.seenBy(ana).length).toBe(2);
  expect(rig.rooms.seenBy(ana)[1]?.room.type).toBe("personal");
  expect(rig.rooms.seenBy(ben)).toHaveLength(1);
});

test("what was written to us and cannot be read is said so, alone; what was not is passed over", async () => {
  await using home = await openHome();
  const { rig, ana, ops } = home;
  const told = () => rig.rooms.seenBy(ana).filter(({ from }) => from === "bot");
  await rig.client.say(ana, ops, "x".repeat(40_001));
  await expect.poll(() => told().length).toBe(1);
  expect(wordsOf(cardOf(told()[0] as never, ana))).toEqual([
    "The message has 40001 characters: at most 40000 are read.",
  ]);
  const picture = { attachments: [{ contentType: "image/png" }] };
  const shown = rig.rooms.add(ops, null, ana, { type: "message", text: "" });
  await rig.client.deliver({ ...rig.client.message(ana, shown, "", false), ...picture });
  const chat = rig.rooms.chatWith(ana);
  const mine = rig.rooms.add(chat, null, ana, { type: "message", text: "" });
  await rig.client.deliver({ ...rig.client.message(ana, mine, "", false), ...picture });
  await expect.poll(() => told().length).toBe(2);
  expect(wordsOf(cardOf(told()[1] as never, ana))[0]).toMatch(/^The message holds only a file \(image\/png\)/);
});

test("a card that is too long cannot be decided on before it was read to the end", async () => {
  await using home = await openHome();
  const { rig, ben, took } = home;
  const value = `${"a “quoted” \\ line\n".repeat(4_000)}the end`;
  const long = { ...question, fields: [{ label: "Command", value }] };
  const { shown } = await asked(home, long);
  home.card = long;
  const labels = () => (cardOf(shown, ben).actions ?? []).map(({ title }: Loose) => title);
  expect(labels()).toEqual(["Read in full", "Open on steward.example.com"]);
  let read = "";
  await rig.client.press(ben, shown, "Read in full");
  for (;;) {
    read += cardOf(shown, ben)
      .body.slice(1)
      .map((block: Loose) => block.inlines.at(-1).text)
      .join("");
    if (!labels().includes("Next page")) break;
    expect(labels()).toEqual(["Next page"]);
    await rig.client.press(ben, shown, "Next page");
  }
  expect(read).toContain(value);
  expect(labels()).toEqual(["Approve", "Deny"]);
  expect(took).toEqual([]);
  await rig.client.press(ben, shown, "Approve");
  expect(took).toMatchObject([{ kind: "press", press: { token: "tok-approve", values: {} } }]);
});

test("a card that Teams has lost is posted anew, and changed there from then on", async () => {
  await using home = await openHome();
  const { rig, ben } = home;
  const { adapter } = home.platform;
  const { ref, shown } = await asked(home);
  rig.rooms.shown.splice(rig.rooms.shown.indexOf(shown), 1);
  await adapter.replace(ref, settled, home.reach());
  const [anew] = rig.rooms.seenBy(ben);
  expect(anew && viewOf(anew, ben)).toEqual(settled);
  await adapter.replace(ref, { ...settled, outcome: "Done" }, home.reach());
  expect(rig.rooms.seenBy(ben)).toHaveLength(1);
  expect(anew && viewOf(anew, ben).outcome).toBe("Done");
});

test("a card that Teams will not change is posted anew; what it will not take at all is refused", async () => {
  await using home = await openHome();
  const { rig, ben } = home;
  const { adapter } = home.platform;
  const { ref, shown } = await asked(home);
  rig.trouble({ times: 1, how: 403 });
  await adapter.replace(ref, settled, home.reach());
  const [old, anew] = rig.rooms.seenBy(ben);
  expect(old).toBe(shown);
  expect(anew && viewOf(anew, ben)).toEqual(settled);
  // What the old drawing shows is still the card's.
  home.answers({ kind: "refused", because: "already-decided", sentence: "This was already approved." });
  expect((await rig.client.press(ben, shown, "Approve")).sentence).toBe("This was already approved.");
  rig.trouble({ times: 2, how: 403 });
  await expect(adapter.replace(ref, question, home.reach())).rejects.toMatchObject({ code: "platform-refused" });
  await adapter.replace(ref, { ...settled, outcome: "Done" }, home.reach());
  expect(rig.rooms.seenBy(ben).map((each) => viewOf(each, ben).outcome)).toEqual([undefined, "Done"]);
});

test.each<[string, { readonly how: number | "refused"; readonly retryAfter?: number }, number, boolean]>([
  ["too many requests", { how: 429, retryAfter: 7 }, 7_000, true],
  ["a bad gateway", { how: 502 }, 2_000, false],
  ["a precondition that fails", { how: 412 }, 2_000, true],
  ["a connection that breaks", { how: "refused" }, 2_000, false],
])("%s is for later, and nothing is sent a second time", async (_name, how, retryAfterMs, undone) => {
  await using home = await openHome();
  home.rig.trouble({ times: 1, ...how });
  await expect(asked(home)).rejects.toMatchObject({ code: "platform-busy", retryAfterMs, undone });
  expect(home.rig.calls).toHaveLength(1);
  expect(home.platform.connection()).toBe("degraded");
  await asked(home);
  expect(home.platform.connection()).toBe("healthy");
});

test("nothing is posted after the courier stopped waiting", async () => {
  await using home = await openHome();
  const place = { platform: "teams", channel: home.ops.id, thread: "" } as const;
  const late = home.platform.adapter.post(question, place, newId(), { ...home.reach(), signal: AbortSignal.abort() });
  await expect(late).rejects.toMatchObject({ code: "platform-busy" });
  expect(home.rig.calls).toEqual([]);
});

test("our first message in a thread that is not there yet begins it", async () => {
  await using home = await openHome();
  const { platform, ops, rig } = home;
  const place = { platform: "teams", channel: ops.id, thread: "+key" } as const;
  const ref = await platform.adapter.post({ text: "On it" }, place, newId(), home.reach());
  const thread = platform.adapter.threadOf(ref);
  await platform.adapter.post({ text: "Done" }, { ...place, thread }, newId(), home.reach());
  expect(rig.rooms.shown.map((shown) => shown.thread)).toEqual([null, rig.rooms.shown[0]?.id]);
  const chat = rig.rooms.chatWith(home.ana);
  const said = await platform.adapter.post({ text: "Hi" }, { ...place, channel: chat.id }, newId(), home.reach());
  expect(platform.adapter.threadOf(said)).toBe("");
});

test("whoever presses is looked up where they were seen; guests, strangers and other tenants are no members", async () => {
  await using home = await openHome();
  const { rig, platform, ana, ops } = home;
  const workspace = rig.app.tenantId;
  const standingOf = (userId: string) => platform.standing({ platform: "teams", workspace, userId });
  expect(await standingOf(ana.aadObjectId)).toEqual({ kind: "outsider", groups: [] });
  const eve = rig.rooms.user("eve", workspace, "guest");
  const far = rig.rooms.user("far", newId());
  const group = rig.rooms.room("groupChat", [ana, eve, far]);
  for (const user of [ana, eve, far]) await rig.client.say(user, group, "help");
  expect((await standingOf(ana.aadObjectId)).kind).toBe("member");
  expect((await standingOf(eve.aadObjectId)).kind).toBe("guest");
  expect((await standingOf(far.aadObjectId)).kind).toBe("outsider");
  (group.members as Set<unknown>).delete(ana);
  expect((await standingOf(ana.aadObjectId)).kind).toBe("outsider");
  await rig.client.say(ana, ops, "help");
  rig.trouble({ times: 1, how: 503 });
  await expect(standingOf(ana.aadObjectId)).rejects.toMatchObject({ code: "platform-busy" });
  expect((await standingOf(ana.aadObjectId)).kind).toBe("member");
});

test("the bot signs in once and says what is wrong with its secret", async () => {
  await using home = await openHome();
  const { rig, platform, ana, ops } = home;
  expect(await platform.examine()).toEqual([expect.stringMatching(/Nothing has come from Teams yet/)]);
  await rig.client.say(ana, ops, "help");
  await asked(home);
  await asked(home);
  expect(rig.tokens()).toBe(1);
  expect(await platform.examine()).toEqual([]);
  const wrong = createTeams(
    { app: { ...rig.app, password: "old" } },
    {
      tenant,
      memory: { keep: async () => {}, recall: async () => null },
      leader: { lead: () => Promise.reject(new Error("Teams needs no leader")) },
      address: (path) => `https://steward.example.com${path}`,
      examples: [],
      onError: () => {},
    },
    cloudOf(rig),
  );
  expect((await wrong.examine())[0]).toMatch(/AADSTS7000215.*TEAMS_APP_PASSWORD/);
  expect(wrong.connection()).toBe("unhealthy");
});

test("without an application there is nothing to be connected to, so it is not called well", () => {
  const parts = {
    tenant,
    memory: { keep: async () => {}, recall: async () => null },
    leader: { lead: () => Promise.reject(new Error("Teams needs no leader")) },
    address: (path: string) => `https://steward.example.com${path}`,
    examples: [],
    onError: () => {},
  };
  const platform = createTeams({ app: null }, parts);
  expect(platform.connection()).toBeNull();
  expect(connectionsOf([], new Map([["teams", platform]]))).toEqual([]);
});

test("after a restart a message is still found, changed and answered where it was", async () => {
  const kept = new Map<string, string>();
  await using home = await openHome({ kept });
  const { ref, place } = await asked(home);
  const marker = newId();
  const again = await home.platform.adapter.post({ text: "Hello" }, { ...place, thread: "+x" }, marker, home.reach());
  await using other = await openHome({ kept });
  expect(await other.platform.adapter.find(marker, place, other.reach())).toBe(again);
  expect(await other.platform.adapter.tokensOf?.(ref, other.reach())).toEqual([]);
});
