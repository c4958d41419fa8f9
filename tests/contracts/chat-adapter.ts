import { expect, test } from "vitest";
import type { Fault } from "../../src/domain/fault.ts";
import { newId } from "../../src/domain/ids.ts";
import type { Place } from "../../src/domain/incoming.ts";
import type { Picture } from "../../src/domain/picture.ts";
import type { ChatAdapter, Delivery, Reach, View } from "../../src/messages/adapter.ts";
import { partsOf } from "../../src/messages/parts.ts";
import { pngOf } from "../../src/systems/charts/png.ts";

/** What one viewer sees of a message, read from the platform itself. */
export interface Seen {
  readonly ref: string;
  readonly thread: string | null;
  readonly view: Omit<View, "picture">;
  /** Its words, and the bytes that the viewer's client loads; null bytes where it cannot load them. */
  readonly picture?: { readonly alt: string; readonly png: Buffer | null };
}

/** An adapter with its platform behind it, and deliveries in the platform's own form. */
export interface AdapterRig extends AsyncDisposable {
  readonly adapter: ChatAdapter;
  readonly tenant: string;
  /** A channel that exists; two of its members. */
  readonly place: Place;
  readonly ana: string;
  readonly ben: string;
  /** A thread in it, already begun. */
  readonly thread: string;
  look(viewer: string): Promise<readonly Seen[]>;
  /** Whom a message pings and which hosts its live links lead to, as the platform would read it. */
  alive(ref: string): Promise<{ readonly pings: readonly string[]; readonly links: readonly string[] }>;
  /** The platform answers the next call with "not so fast"; is away until it is back. Null where it has neither. */
  readonly trouble: { limit(): void; away(is: boolean): void } | null;
  /** Keeps what the run of a message has drawn, where the platform reads it itself. */
  drawn?(marker: string, artifact: string, picture: Picture): Promise<void>;
  /** From now on the platform takes no picture; null where nobody could refuse one. */
  readonly refusePictures: (() => void) | null;
  readonly deliveries: {
    /** "restart api", said by ana in the channel, not to Steward. */
    readonly message: Delivery;
    /** The same as a command. */
    readonly command: Delivery;
    /** "yes", said by ana in the thread. */
    readonly reply: Delivery;
    /** ana presses the button with token "T". */
    readonly press: Delivery;
    /** The form of token "T", filled in by ana with the reason "busy". */
    readonly form: Delivery;
    /** A picture without a word; null where a platform has none. */
    readonly picture: Delivery | null;
    readonly unsupported: Delivery;
    readonly forged: Delivery;
  };
}

const asked: View = {
  text: "Ana wants to restart api",
  title: "Restart api",
  fields: [{ label: "Service", value: "api" }],
  buttons: [
    { label: "Approve", style: "primary", token: "tok-approve" },
    { label: "Deny", style: "danger", token: "tok-deny" },
    { label: "Why?", style: "default", say: "why" },
  ],
  link: "/runs/1",
};
const settled: View = { text: "Ana wants to restart api", title: "Restart api", outcome: "Approved by Ben" };

const dots = (width: number, height: number) =>
  pngOf({ pixels: Uint8Array.from({ length: 4 * width * height }, (_, i) => (i * 37) % 256), width, height });
/** A picture as a run makes it. */
export const picture: Picture = {
  alt: "Figures of api: errors, now 35 %",
  width: 24,
  height: 16,
  image: dots(48, 32),
  small: dots(24, 16),
};
const { image: _image, small: _small, ...known } = picture;

/** What every chat platform promises. `open` gives a fresh one for each test. */
export function chatAdapterContract(name: string, open: () => Promise<AdapterRig>): void {
  const reach = (rig: AdapterRig, privateTo: string | null = null): Reach => ({
    tenant: rig.tenant,
    privateTo,
    signal: new AbortController().signal,
  });
  const seen = async (rig: AdapterRig, ref: string, viewer = rig.ben) =>
    (await rig.look(viewer)).find((each) => each.ref === ref);

  test(`${name}: a message is an incoming with who said it, and not addressed unless it is`, async () => {
    await using rig = await open();
    const parsed = rig.adapter.parse(rig.deliveries.message);
    expect(parsed).toMatchObject({
      kind: "incoming",
      incoming: { tenant: rig.tenant, kind: "message", text: "restart api", addressed: false },
    });
    expect(parsed).toMatchObject({
      by: { platform: rig.adapter.platform },
      incoming: { place: { channel: rig.place.channel } },
    });
  });

  test(`${name}: a command is addressed and comes without its slash`, async () => {
    await using rig = await open();
    expect(rig.adapter.parse(rig.deliveries.command)).toMatchObject({
      incoming: { kind: "command", text: "restart api", addressed: true },
    });
  });

  test(`${name}: a reply names its thread`, async () => {
    await using rig = await open();
    expect(rig.adapter.parse(rig.deliveries.reply)).toMatchObject({
      incoming: { text: "yes", place: { thread: rig.thread } },
    });
  });

  test(`${name}: a text that is still being written is one message, and whole at the end`, async () => {
    await using rig = await open();
    const place = { ...rig.place, thread: rig.thread };
    const marker = newId();
    const before = (await rig.look(rig.ben)).length;
    await rig.adapter.post({ text: "Looking", writing: true }, place, marker, reach(rig));
    const ref = (await rig.adapter.find(marker, place, reach(rig))) ?? "";
    for (const text of ["Looking at it", "Looking at it. All is"])
      await rig.adapter.replace(ref, { text, writing: true }, reach(rig));
    await rig.adapter.replace(ref, { text: "Looking at it. All is well." }, reach(rig));
    expect((await seen(rig, ref))?.view.text).toBe("Looking at it. All is well.");
    expect(await rig.look(rig.ben)).toHaveLength(before + 1);
    expect(await rig.adapter.find(marker, place, reach(rig))).toBe(ref);
  });

  test(`${name}: a press carries its token`, async () => {
    await using rig = await open();
    expect(rig.adapter.parse(rig.deliveries.press)).toMatchObject({
      kind: "press",
      press: { tenant: rig.tenant, token: "T" },
    });
  });

  test(`${name}: a form carries its token and what was filled in`, async () => {
    await using rig = await open();
    expect(rig.adapter.parse(rig.deliveries.form)).toMatchObject({
      kind: "press",
      press: { token: "T", values: { reason: "busy" } },
    });
  });

  test(`${name}: a picture without a word is not understood, in a sentence`, async () => {
    await using rig = await open();
    if (rig.deliveries.picture === null) return;
    expect(rig.adapter.parse(rig.deliveries.picture)).toMatchObject({
      kind: "unsupported",
      because: expect.stringMatching(/ /),
    });
  });

  test(`${name}: a delivery that comes again has the same key`, async () => {
    await using rig = await open();
    for (const delivery of Object.values(rig.deliveries).filter((each) => each !== null))
      expect(rig.adapter.parse(delivery)).toEqual(rig.adapter.parse(delivery));
    expect(rig.adapter.parse(rig.deliveries.message)).toHaveProperty(
      "incoming.deliveryKey",
      expect.stringMatching(/./),
    );
    expect(rig.adapter.parse(rig.deliveries.press)).toHaveProperty("press.deliveryKey", expect.stringMatching(/./));
  });

  test(`${name}: what it does not know or cannot prove is an answer with a sentence, not an exception`, async () => {
    await using rig = await open();
    expect(rig.adapter.parse(rig.deliveries.unsupported)).toMatchObject({
      kind: "unsupported",
      because: expect.stringMatching(/ /),
    });
    expect(rig.adapter.parse(rig.deliveries.forged)).toMatchObject({
      kind: "forged",
      because: expect.stringMatching(/ /),
    });
  });

  test(`${name}: a message appears in its channel, a reply in its thread`, async () => {
    await using rig = await open();
    const ref = await rig.adapter.post({ text: "Hello" }, rig.place, newId(), reach(rig));
    const reply = await rig.adapter.post({ text: "Done" }, { ...rig.place, thread: rig.thread }, newId(), reach(rig));
    expect(await seen(rig, ref)).toEqual({ ref, thread: null, view: { text: "Hello" } });
    expect(await seen(rig, reply)).toEqual({ ref: reply, thread: rig.thread, view: { text: "Done" } });
  });

  test(`${name}: a card shows its fields and buttons, and settled in place it loses the buttons`, async () => {
    await using rig = await open();
    const ref = await rig.adapter.post(asked, rig.place, newId(), reach(rig));
    expect((await seen(rig, ref))?.view).toMatchObject({
      title: "Restart api",
      fields: asked.fields,
      buttons: asked.buttons,
    });
    if (rig.adapter.tokensOf) expect(await rig.adapter.tokensOf(ref, reach(rig))).toEqual(["tok-approve", "tok-deny"]);
    const before = (await rig.look(rig.ben)).length;
    await rig.adapter.replace(ref, settled, reach(rig));
    expect((await seen(rig, ref))?.view).toMatchObject({ title: "Restart api", outcome: "Approved by Ben" });
    expect((await seen(rig, ref))?.view.buttons ?? []).toEqual([]);
    expect(await rig.look(rig.ben)).toHaveLength(before);
  });

  /** A message with a picture, posted as the courier does it. */
  const shown = async (rig: AdapterRig, read: () => Promise<Picture | null> = async () => picture) => {
    const marker = newId();
    const view: View = { ...asked, picture: { artifact: newId(), ...known } };
    await rig.drawn?.(marker, view.picture?.artifact ?? "", picture);
    const with_: Reach = { ...reach(rig), picture: read };
    const ref = await rig.adapter.post(view, rig.place, marker, with_);
    return { ref, marker, view, with_ };
  };

  test(`${name}: a picture is part of its message: there when it is redrawn, and found by its marker, not posted twice`, async () => {
    await using rig = await open();
    const before = (await rig.look(rig.ben)).length;
    const { ref, marker, view, with_ } = await shown(rig);
    const isShown = (one: Seen | undefined) => {
      expect(one?.picture?.alt).toBe(picture.alt);
      expect([picture.image, picture.small]).toContainEqual(one?.picture?.png);
    };
    isShown(await seen(rig, ref));
    expect((await seen(rig, ref))?.view).toMatchObject({
      text: asked.text,
      fields: asked.fields,
      buttons: asked.buttons,
    });
    // A crash before it was recorded: the next courier looks it up, and draws it again.
    expect(await rig.adapter.find(marker, rig.place, with_)).toBe(ref);
    await rig.adapter.replace(ref, { ...settled, ...(view.picture && { picture: view.picture }) }, with_);
    isShown(await seen(rig, ref));
    expect((await seen(rig, ref))?.view).toMatchObject({ outcome: "Approved by Ben" });
    expect(await rig.look(rig.ben)).toHaveLength(before + 1);
    await rig.adapter.replace(ref, settled, reach(rig));
    expect((await seen(rig, ref))?.picture).toBeUndefined();
  });

  test(`${name}: a picture that is refused or gone leaves the message with its words`, async () => {
    await using rig = await open();
    const words = async (ref: string) => {
      const one = await seen(rig, ref);
      expect(one?.view).toMatchObject({ text: asked.text, buttons: asked.buttons });
      return one?.picture?.alt ?? one?.view.fields?.find(({ label }) => label === "Picture")?.value;
    };
    expect(await words((await shown(rig, async () => null)).ref)).toBe(picture.alt);
    if (rig.refusePictures === null) return;
    rig.refusePictures();
    const { ref, view, with_ } = await shown(rig);
    expect(await words(ref)).toBe(picture.alt);
    expect((await seen(rig, ref))?.picture).toBeUndefined();
    await rig.adapter.replace(ref, { ...view, fields: [] }, with_);
    expect((await seen(rig, ref))?.view.fields).toEqual([{ label: "Picture", value: picture.alt }]);
  });

  test(`${name}: a private notice is seen by its person alone`, async () => {
    await using rig = await open();
    const ref = await rig.adapter.post(
      { text: "You cannot approve your own request" },
      rig.place,
      newId(),
      reach(rig, rig.ana),
    );
    expect(await seen(rig, ref, rig.ana)).toBeDefined();
    expect(await seen(rig, ref, rig.ben)).toBeUndefined();
  });

  test(`${name}: a long text is split into messages, each shown whole and in its order`, async () => {
    await using rig = await open();
    const sentence = "The log says: 503, again; see api.example.com, then “wait” & try once more (please). ";
    const text = Array.from({ length: 130 }, (_, i) => `${i}. ${sentence}`).join("\n");
    const { first, rest } = partsOf({ text });
    expect(rest.length).toBeGreaterThan(2);
    const refs: string[] = [];
    for (const part of [first, ...rest])
      refs.push(await rig.adapter.post({ text: part.text }, rig.place, newId(), reach(rig)));
    const shown = await Promise.all(refs.map(async (ref) => (await seen(rig, ref))?.view.text ?? ""));
    const words = (all: string) => all.split(/\s+/).filter((word) => word !== "");
    expect(words(shown.join(" "))).toEqual(words(text));
  });

  test(`${name}: the longest question can be answered, also with why nobody can approve it yet`, async () => {
    await using rig = await open();
    const why = { label: "Nobody can approve it yet", value: "No manager is known. ".repeat(20) };
    const what = ["Tell ", "Say "].map((word) => ({ label: "What", value: word.repeat(1490 / word.length) }));
    const long = { text: `Ana wants to tell all. ${why.value}`, title: "Approve: tell all?", fields: [why, ...what] };
    const buttons = asked.buttons?.filter((each) => "token" in each) ?? [];
    const ref = await rig.adapter.post({ ...long, buttons, link: "/gates/1" }, rig.place, newId(), reach(rig));
    expect((await seen(rig, ref))?.view.buttons?.map(({ label }) => label)).toEqual([
      expect.stringMatching(/^Approve/),
      expect.stringMatching(/^Deny/),
    ]);
  });

  test(`${name}: a message is found by its marker, and only by that`, async () => {
    await using rig = await open();
    const marker = newId();
    expect(await rig.adapter.find(marker, rig.place, reach(rig))).toBeNull();
    const ref = await rig.adapter.post({ text: "Hello" }, rig.place, marker, reach(rig));
    expect(await rig.adapter.find(marker, rig.place, reach(rig))).toBe(ref);
    expect(await rig.adapter.find(newId(), rig.place, reach(rig))).toBeNull();
  });

  test(`${name}: a channel or message that is not there is refused for good, in a sentence`, async () => {
    await using rig = await open();
    const nowhere = rig.adapter.post({ text: "Hello" }, { ...rig.place, channel: "nowhere" }, newId(), reach(rig));
    await expect(nowhere).rejects.toSatisfy(
      (fault: Fault) => fault.code === "platform-refused" && fault.retryAfterMs === null,
    );
    const nothing = rig.adapter.replace(newId(), { text: "Hello" }, reach(rig));
    await expect(nothing).rejects.toSatisfy(
      (fault: Fault) => fault.code === "platform-refused" && fault.retryAfterMs === null,
    );
  });

  test(`${name}: nothing that was written comes alive`, async () => {
    await using rig = await open();
    const hostile = [
      "<!channel> <!here> <@U1> <@1> <@!1> <@&1> @everyone @here <at>Ben</at>",
      "<https://evil.example|https://good.example> [good](https://evil.example) <a href='https://evil.example'>good</a>",
      "# heading **bold** `code` ```block``` | a | b | > quote ||spoiler|| ![x](https://evil.example/x.png)",
    ].join("\n");
    const view: View = {
      text: hostile,
      title: hostile,
      fields: [{ label: hostile, value: hostile }],
      outcome: hostile,
    };
    const ref = await rig.adapter.post(view, rig.place, newId(), reach(rig));
    const { pings, links } = await rig.alive(ref);
    expect(pings).toEqual([]);
    // A bare address may be clickable: then it leads where it says.
    for (const link of links) expect(hostile).toContain(link);
  });

  test(`${name}: “not so fast” and being away are for later, and then it works`, async () => {
    await using rig = await open();
    if (rig.trouble === null) return;
    const post = (marker: string) => rig.adapter.post({ text: "Hello" }, rig.place, marker, reach(rig));
    const isForLater = (fault: Fault) => fault.code === "platform-busy" && (fault.retryAfterMs ?? 0) > 0;
    rig.trouble.limit();
    await expect(post(newId())).rejects.toSatisfy(isForLater);
    rig.trouble.away(true);
    const marker = newId();
    await expect(post(marker)).rejects.toSatisfy(isForLater);
    rig.trouble.away(false);
    expect(await rig.adapter.find(marker, rig.place, reach(rig))).toBeNull();
    const ref = await post(marker);
    expect(await seen(rig, ref)).toMatchObject({ view: { text: "Hello" } });
  });

  test(`${name}: what began a thread names it, and an answer there has the same name`, async () => {
    await using rig = await open();
    const ref = await rig.adapter.post({ text: "Hello" }, { ...rig.place, thread: "+1" }, newId(), reach(rig));
    const thread = rig.adapter.threadOf(ref);
    const answer = await rig.adapter.post({ text: "Done" }, { ...rig.place, thread }, newId(), reach(rig));
    expect((await seen(rig, answer))?.thread).toBe(thread);
  });
}
