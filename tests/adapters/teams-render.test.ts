import fc from "fast-check";
import { expect, test } from "vitest";
import { aliveIn } from "../../rigs/teams/alive.ts";
import { pictureOf, wordsOf } from "../../rigs/teams/client.ts";
import type { Loose } from "../../rigs/teams/rooms.ts";
import { pageOf } from "../../src/adapters/teams/pages.ts";
import { activityOf, bytesOf, cardOf, limits } from "../../src/adapters/teams/render.ts";
import type { View, ViewButton } from "../../src/messages/adapter.ts";

const address = (path: string) => `https://steward.example.com${path}`;
const long = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc
    .tuple(fc.string({ unit: "grapheme", minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 20_000 }))
    .map(([unit, times]) => unit.repeat(times)),
);
const style = fc.constantFrom("primary", "danger", "default");
const button: fc.Arbitrary<ViewButton> = fc.oneof(
  fc.record({ label: long, style, token: fc.string({ minLength: 22, maxLength: 22 }) }),
  fc.record({ label: long, style, say: long.filter((text) => text !== "") }),
);
const views: fc.Arbitrary<View> = fc.record(
  {
    text: long,
    title: long,
    fields: fc.array(fc.record({ label: long, value: long }), { maxLength: 30 }),
    buttons: fc.array(button, { maxLength: 12 }),
    outcome: long,
    code: long,
    link: fc.constant("/gates/1"),
  },
  { requiredKeys: ["text"] },
);

const deciding = (card: Loose) => (card.actions ?? []).filter(({ data }: Loose) => data?.token !== undefined);
const bare = (text: string) => text.replaceAll(/[\s\u0000-\u001f\u007f-\u009f]/g, "");

test("whatever a view holds, its card is within the limits, and who decides sees all of it", () => {
  fc.assert(
    fc.property(views, (view) => {
      const activity = activityOf({ view, address });
      const card = cardOf({ view, address }) as Loose;
      expect(bytesOf(activity)).toBeLessThanOrEqual(28 * 1024);
      expect((card.actions ?? []).length).toBeLessThanOrEqual(limits.actions);
      for (const { title } of card.actions ?? []) expect(title.length).toBeLessThanOrEqual(limits.buttonLabel);
      expect((activity["summary"] as string).length).toBeLessThanOrEqual(limits.summary);
      expect(JSON.stringify(activity)).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b]/);
      expect(aliveIn(activity)).toEqual({ pings: [], links: [] });
      if (deciding(card).length > 0) expect(wordsOf(card).join("")).not.toMatch(/characters more\)/);
    }),
    { numRuns: 60 },
  );
});

test("a picture travels in its card while there is room; then its words do, and the way to its page", () => {
  const picture = {
    alt: "Figures of api",
    width: 480,
    height: 456,
    image: Buffer.alloc(0),
    small: Buffer.alloc(14_000, 7),
  };
  const { image: _, small, ...shown } = picture;
  const drawn = (length: number) => {
    const text = "x".repeat(length);
    const view: View = { text, picture: { artifact: "a", ...shown, page: "/runs/1" } };
    const activity = activityOf({ view, picture, address });
    expect(bytesOf(activity)).toBeLessThanOrEqual(28 * 1024);
    return (activity["attachments"] as Loose)[0].content;
  };
  expect(pictureOf(drawn(4_000))).toEqual({ alt: "Figures of api", png: small });
  for (const length of [12_000, 24_000]) {
    const card = drawn(length);
    expect(pictureOf(card)).toBeNull();
    expect(wordsOf(card)).toEqual(["x".repeat(length), "Picture: Figures of api"]);
    expect(card.actions).toMatchObject([{ type: "Action.OpenUrl", url: "https://steward.example.com/runs/1" }]);
  }
});

test("sixty people may see drawings of their own; a card without room for their names keeps its buttons", () => {
  const viewers = Array.from({ length: 60 }, (_, i) => `29:1${String(i).padStart(88, "x")}`);
  const buttons: ViewButton[] = [{ label: "Approve", style: "primary", token: "T" }];
  const drawn = (length: number) => cardOf({ view: { text: "x".repeat(length), buttons }, viewers, address }) as Loose;
  expect(drawn(100).refresh).toMatchObject({ action: { verb: "refresh" }, userIds: viewers });
  expect(bytesOf(drawn(100))).toBeLessThan(limits.bytes);
  expect(drawn(22_000).refresh).toBeUndefined();
  expect(deciding(drawn(22_000))).toHaveLength(1);
});

test("the pages of a card say every word, each within the limits, and the buttons are on the last alone", () => {
  fc.assert(
    fc.property(views, (view) => {
      const buttons = (view.buttons ?? []).filter((each) => "token" in each).slice(0, limits.deciding);
      const { outcome: _, ...open } = view;
      const all: Loose[] = [];
      for (;;) {
        const card = pageOf(open, all.length + 1, buttons) as Loose;
        all.push(card);
        expect(bytesOf(card)).toBeLessThanOrEqual(28 * 1024);
        if (!(card.actions ?? []).some(({ title }: Loose) => title === "Next page")) break;
        expect(deciding(card)).toEqual([]);
      }
      expect(deciding(all.at(-1))).toHaveLength(buttons.length);
      const said = bare(all.flatMap((card) => wordsOf(card).slice(1)).join(""));
      for (const { value } of view.fields ?? []) {
        const words = bare((cardOf({ view: { text: value }, address }) as Loose).body[0].inlines[0].text);
        if (!words.includes("charactersmore)")) expect(said.includes(words)).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});

test("a card that is cut says so and offers to read it, instead of the decision", () => {
  const view: View = {
    text: "Approve?",
    title: "Run a script",
    fields: [{ label: "Script", value: "x".repeat(50_000) }],
    buttons: [
      { label: "Approve", style: "primary", token: "a" },
      { label: "Deny", style: "danger", token: "d" },
      { label: "Why?", style: "default", say: "why" },
    ],
    link: "/gates/1",
  };
  const card = cardOf({ view, address }) as Loose;
  expect(card.actions.map(({ title }: Loose) => title)).toEqual([
    "Read in full",
    "Why?",
    "Open on steward.example.com",
  ]);
  expect(wordsOf(card).join("\n")).toMatch(/… \(\d+ characters more\)[\s\S]*read it in full, then decide/);
});

test("a settled card keeps the question, loses its buttons and says the outcome", () => {
  const card = cardOf({
    view: { text: "Approve?", title: "Restart api", outcome: "Approved by Ben" },
    address,
  }) as Loose;
  expect(wordsOf(card)).toEqual(["Restart api", "Approve?", "Approved by Ben"]);
  expect(card.actions).toBeUndefined();
});

test("a date function stays the text it was, since a client would show something else", () => {
  const card = cardOf({ view: { text: "until {{DATE(2017-02-14T06:08:00Z, SHORT)}}" }, address });
  expect(wordsOf(card)).toEqual(["until { {DATE(2017-02-14T06:08:00Z, SHORT)}}"]);
});

test("a form shows what stands in a field now", () => {
  const field = { name: "grant.forMs", label: "for", required: true, value: "2h", longest: 500 };
  const form = { title: "Change", token: "t", fields: [field] };
  expect((cardOf({ view: { text: "?" }, form, address }) as Loose).body).toContainEqual(
    expect.objectContaining({ type: "Input.Text", id: "grant.forMs", value: "2h" }),
  );
});

test("every button has a form for old clients that sends the same", () => {
  const buttons: ViewButton[] = [
    { label: "Approve", style: "primary", token: "t" },
    { label: "Why?", style: "default", say: "why" },
  ];
  for (const action of (cardOf({ view: { text: "?", buttons }, address }) as Loose).actions)
    expect(action.fallback).toMatchObject({ type: "Action.Submit", title: action.title, data: action.data });
});
