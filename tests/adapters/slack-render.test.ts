import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { problemsOf, viewProblemsOf } from "../../rigs/slack/limits.ts";
import { linesOf } from "../../rigs/slack/screen.ts";
import type { Block } from "../../rigs/slack/shapes.ts";
import { formModal, homeView, sentenceModal, wholeModal } from "../../src/adapters/slack/modals.ts";
import { render } from "../../src/adapters/slack/render.ts";
import { cut } from "../../src/adapters/slack/text.ts";
import type { View, ViewButton } from "../../src/messages/adapter.ts";

const address = (path: string) => new URL(path, "https://steward.example.com").href;
const shown = (view: View) => render(view, { address });
const blocksOf = (view: View) => shown(view).blocks as unknown as Block[];

/** Texts as they come: short, empty, hostile, huge, halves of surrogate pairs. */
const words = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("", "   ", "<!channel>", "<@U1> & <https://a|b>", "```\n# x\n|a|b|", "\ud83d", "😀"),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom("x", "&", "<", '"', "😀", "\n", "é"), fc.integer({ min: 1, max: 20_000 }))
      .map(([unit, count]) => unit.repeat(count)),
  },
);
const anyButton: fc.Arbitrary<ViewButton> = fc
  .tuple(words, fc.constantFrom("primary", "danger", "default"), words, fc.boolean())
  .map(
    ([label, style, value, says]) =>
      (says ? { label, style, say: value } : { label, style, token: value }) as ViewButton,
  );
const anyView: fc.Arbitrary<View> = fc.record(
  {
    text: words,
    title: words,
    fields: fc.array(fc.record({ label: words, value: words }), { maxLength: 80, size: "max" }),
    buttons: fc.array(anyButton, { maxLength: 40, size: "max" }),
    outcome: words,
    code: words,
    link: words,
  },
  { requiredKeys: ["text"] },
);

describe("whatever a view holds, Slack takes it", () => {
  test("as a message", () => {
    fc.assert(
      fc.property(anyView, fc.boolean(), (view, opinion) => {
        const { text, blocks } = render(view, { address: (path) => `https://steward.example.com/${path}`, opinion });
        expect(problemsOf(blocks as unknown as Block[], "message")).toEqual([]);
        expect(text.length).toBeLessThanOrEqual(4000);
        expect(text).not.toMatch(/[<>]/);
      }),
      { numRuns: 300 },
    );
  });

  test("as a modal, a form, a sentence and a home", () => {
    const line = fc.record({ title: words, state: words, link: words });
    const lines = fc.array(line, { maxLength: 60 });
    const field = fc.record({ label: words, required: fc.boolean(), longest: fc.integer({ min: 1, max: 100_000 }) });
    fc.assert(
      fc.property(
        anyView,
        words,
        lines,
        fc.array(field, { minLength: 1, maxLength: 5 }),
        (view, label, home, fields) => {
          const form = { title: label, token: "tok", fields: fields.map((each, at) => ({ ...each, name: `f${at}` })) };
          const views = [
            wholeModal(view, { label, token: "tok" }, address),
            formModal(form),
            sentenceModal(label),
            homeView({ waiting: home, mine: [], running: home }, "U1", [label]),
            homeView(null, "U1", []),
          ];
          for (const each of views) expect(viewProblemsOf(each as never)).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("a card whose fields are not all there in full", () => {
  const buttons = [
    { label: "Approve", style: "primary", token: "yes" },
    { label: "Deny", style: "danger", token: "no" },
    { label: "Why?", style: "default", say: "why" },
  ] as const;

  test("has no button that approves, whatever is too long", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ label: words, value: words }), { maxLength: 60, size: "max" }), (fields) => {
        const view: View = { text: "Restart?", fields, buttons };
        const read = JSON.stringify(blocksOf(view));
        const cutOff = read.includes("characters more)") || read.includes("fields more)");
        const approves = read.includes('"action_id":"decide:0"');
        expect(approves).toBe(!cutOff);
      }),
      { numRuns: 200 },
    );
  });

  test("opens as a whole with the decision, and where even that is too large, with none and the page instead", () => {
    const whole = wholeModal(
      { text: "Run?", fields: [{ label: "Script", value: "x".repeat(20_000) }], link: "/gates/1" },
      { label: "Approve", token: "yes" },
      address,
    );
    expect(
      linesOf(whole.blocks as unknown as Block[])
        .join("")
        .includes("x".repeat(20_000)),
    ).toBe(true);
    expect(JSON.stringify(whole)).toContain('"value":"yes"');
    const tooLarge = wholeModal(
      { text: "Run?", fields: [{ label: "Script", value: "x".repeat(50_000) }], link: "/gates/1" },
      { label: "Approve", token: "yes" },
      address,
    );
    expect(JSON.stringify(tooLarge)).not.toContain('"value":"yes"');
    expect(linesOf(tooLarge.blocks as unknown as Block[]).join("\n")).toMatch(
      /decide on its page.*steward\.example\.com/s,
    );
  });
});

describe("nothing in a view comes alive", () => {
  const hostile =
    "<!channel> <@U1> @everyone <https://evil.example|https://good.example>\n# big\n```code```\n*bold* &lt; ![x](http://x/y.png)";

  test("in blocks it is literal text, in the notification it is escaped", () => {
    const view: View = {
      text: hostile,
      title: hostile,
      fields: [{ label: hostile, value: hostile }],
      buttons: [{ label: hostile, style: "primary", token: "t" }],
      outcome: hostile,
      link: "/runs/1",
    };
    expect(JSON.stringify(shown(view).blocks)).not.toContain("mrkdwn");
    const elements = blocksOf(view).flatMap((block) => (block.type === "rich_text" ? (block.elements ?? []) : []));
    const kinds = elements.flatMap((part) => (part.elements ?? []).map(({ type }) => type));
    expect(kinds).toEqual(["text", "link"]);
    expect(shown(view).text).toContain("&lt;!channel&gt; &lt;@U1&gt;");
  });

  test("a link of ours says its true host", () => {
    expect(linesOf(blocksOf({ text: "Done", link: "/runs/1" }))).toEqual(["Done", "Details on steward.example.com"]);
    expect(
      JSON.stringify(render({ text: "Done", link: "x" }, { address: () => "javascript:alert(1)" }).blocks),
    ).not.toContain("javascript");
  });

  test("right-to-left overrides and invisible characters are gone", () => {
    expect(JSON.stringify(shown({ text: "a\u202eb\u200bc", title: "\u2066t" }))).not.toMatch(/[\u200b\u202e\u2066]/);
  });
});

test("a settled card keeps its question and says once, in the reader's own time, what came of it", () => {
  const outcome = "Approved by Ben at 2026-11-21T09:30:00.123Z";
  const blocks = blocksOf({
    text: `Ana asks for approval: restart api. ${outcome}.`,
    title: "Approve: restart api?",
    outcome,
  });
  expect(linesOf(blocks)).toEqual(["# Approve: restart api?", "Ana asks for approval: restart api.", outcome]);
  expect(JSON.stringify(blocks)).toContain('"format":"{date_short_pretty} at {time}"');
});

test("a field that is an instant is shown in the reader's own time, and only that", () => {
  const until = (value: string) => JSON.stringify(blocksOf({ text: "Restart?", fields: [{ label: "Until", value }] }));
  expect(until("2026-11-21T09:30:00.123Z")).toContain(
    "<!date^1795253400^{date_short_pretty} at {time}|2026-11-21T09:30:00.123Z>",
  );
  expect(until("2026-11-21T09:30:00Z <!channel>")).not.toContain("mrkdwn");
  expect(until("2026-99-21T09:30:00Z")).not.toContain("mrkdwn");
});

test("what is cut is counted, and no character is halved", () => {
  expect(cut("short", 100)).toBe("short");
  expect(cut("x".repeat(100), 50)).toBe(`${"x".repeat(28)}… (72 characters more)`);
  expect(cut("😀".repeat(50), 50).isWellFormed()).toBe(true);
});
