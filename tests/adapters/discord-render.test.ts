import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { all, checkMessage, type Part } from "../../rigs/discord/check.ts";
import { aliveIn, buttonsOf, shown } from "../../rigs/discord/read.ts";
import { modal } from "../../src/adapters/discord/modal.ts";
import { type Drawn, fullView, render } from "../../src/adapters/discord/render.ts";
import { cut, neutral, plain } from "../../src/adapters/discord/text.ts";
import { cleanText } from "../../src/domain/text.ts";
import type { View } from "../../src/messages/adapter.ts";

const address = (path: string) => `https://steward.example${path}`;
const hostile = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.constantFrom(
    "<@1>",
    "@everyone",
    "# x\n- y\n1. z",
    "[a](https://b.example)",
    "```js\n",
    "\u202eevil",
    "||",
    "https://a.example@b.example/",
    "<https://c.example|d>",
    "~~*_`|>",
  ),
  fc.string({ maxLength: 60 }).map((text) => text.repeat(200)),
);
const style = fc.constantFrom("primary", "danger", "default" as const);
const button = fc.oneof(
  fc.record({
    label: hostile,
    style,
    token: fc.string({ unit: fc.constantFrom(..."abcXYZ019-_"), minLength: 22, maxLength: 22 }),
  }),
  fc.record({ label: hostile, style, say: hostile.filter((text) => text !== "") }),
);
const view = fc.record(
  {
    text: hostile,
    title: hostile,
    fields: fc.array(fc.record({ label: hostile, value: hostile }), { maxLength: 30 }),
    buttons: fc.array(button, { maxLength: 40 }),
    outcome: hostile,
    code: hostile,
    link: fc.constant("/runs/1"),
  },
  { requiredKeys: ["text"] },
) as fc.Arbitrary<View>;

function texts({ body }: Drawn): string[] {
  return all(body.components as Part[]).flatMap(({ content }) => content ?? []);
}

describe("whatever a view holds", () => {
  test("Discord takes it: every limit is kept", () => {
    fc.assert(
      fc.property(view, (each) => {
        const { body } = render(each, 4711, address, "For you alone, about <#1>");
        expect(() => checkMessage({ ...body })).not.toThrow();
        expect(all(body.components as Part[]).filter(({ id }) => id === 4711)).toHaveLength(1);
      }),
      { numRuns: 300 },
    );
  });

  test("nothing in it pings, and no link says one thing and leads to another", () => {
    fc.assert(
      fc.property(view, (each) => {
        for (const text of texts(render(each, 1, address))) {
          const { pings, links } = aliveIn(text);
          expect(pings).toEqual([]);
          expect(links.filter((link) => !/^https?:\/\/[\w.-]+(?::\d+)?(?:[/?#][^@]*)?$/.test(link))).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("a button that decides is there only when everything is", () => {
    fc.assert(
      fc.property(view, (each) => {
        const drawn = render(each, 1, address);
        const deciding = all(drawn.body.components as Part[]).filter(({ custom_id = ":" }) => !/[:#]/.test(custom_id));
        if (deciding.length === 0) return;
        const words = texts(drawn).map(shown).join("\n").replace(/\s+/g, "");
        for (const part of [
          each.title ?? "",
          each.text,
          ...(each.fields ?? []).flatMap(({ label, value }) => [label, value]),
        ])
          expect(words).toContain(
            shown(neutral(part))
              .replace(/^(?:### |-# |> )/gm, "")
              .replace(/\s+/g, ""),
          );
      }),
      { numRuns: 300 },
    );
  });
});

describe("text", () => {
  test.each([
    ["empty lines", "\n".repeat(40_000)],
    ["old line ends", "\r".repeat(40_000)],
    ["blanks", `${" ".repeat(40_000)}x`],
    ["an address and full stops", `https://a.example/${".".repeat(40_000)}x`],
    ["addresses in addresses", "http://a".repeat(5000)],
  ])("of 40,000 characters of %s is shown at once", (_, text) => {
    const before = performance.now();
    neutral(text);
    render({ text, title: text, fields: [{ label: text, value: text }] }, 1, address);
    expect(performance.now() - before).toBeLessThan(1000);
  });

  test("is shown as it was written, whatever it was", () => {
    const said = "a_b * c ~~d~~ `e` |f| [g](h) <i> @everyone \\ \\* 1. x\n# y\n- z\n2) w\n> v";
    expect(shown(neutral(said))).toBe(said);
    expect(neutral(":x: at 12:30:45 of a:b")).toBe("\\:x: at 12\\:30:45 of a:b");
    expect(neutral(said)).toMatch(/\n\\# y\n\\- z\n2\\\) w\n\\> v$/);
  });

  test("keeps a plain address alive, so that it shows its host and is not unfurled; any other is dead", () => {
    expect(neutral("see https://github.com/a/b_c/pull/7?x=1, please")).toBe(
      "see <https://github.com/a/b_c/pull/7?x=1>, please",
    );
    expect(neutral("(https://a.example)")).toBe("(<https://a.example>)");
    for (const trick of [
      "https://good.example@evil.example/",
      "xhttps://a.example",
      "https://a.example/`x`",
      "https://gооd.example/",
    ])
      expect(aliveIn(neutral(trick)).links).toEqual([]);
  });

  test("loses what turns its order round or hides", () => {
    expect(neutral("api\u202egpj.exe\u200b")).toBe("apigpj.exe");
    expect(plain("A\u202eB\n\tC", 80)).toBe("AB C");
  });

  test("is cut between characters, and says how much is missing", () => {
    const { shown: cutText, missing } = cut("😀".repeat(100), 60);
    expect(cutText.length).toBeLessThanOrEqual(60);
    expect(cutText).toBe(`${"😀".repeat(100 - missing)}… (${missing} characters more)`);
    expect(cut("short", 60)).toEqual({ shown: "short", missing: 0 });
  });
});

test("a value with lines cannot pass for another field", () => {
  const { body } = render({ text: "x", fields: [{ label: "Reason", value: "fine\n**Approved by** Ben" }] }, 1, address);
  expect(texts({ body, kept: [] })[1]).toBe("**Reason**\n> fine\n> \\*\\*Approved by\\*\\* Ben");
});

test("two buttons that say the same are one, and a settled card has none but the link", () => {
  const say = { label: "Yes", style: "default", say: "yes" } as const;
  const asked = render({ text: "Sure?", buttons: [say, { ...say, label: "Yes!" }] }, 1, address).body;
  expect(buttonsOf({ components: asked.components } as never)).toHaveLength(1);
  const settled = render({ text: "Sure?", outcome: "Approved by Ben", link: "/gates/1" }, 1, address).body;
  expect(buttonsOf({ components: settled.components } as never)).toMatchObject([
    { url: "https://steward.example/gates/1" },
  ]);
});

test("an address that only this machine knows is written out, for a button cannot lead there", () => {
  const drawn = render({ text: "Done", link: "/runs/1" }, 1, (path) => `http://localhost:3000${path}`);
  expect(texts(drawn)).toEqual(["Done", "-# <http://localhost:3000/runs/1>"]);
  expect(buttonsOf({ components: drawn.body.components } as never)).toEqual([]);
});

test("the whole of a card keeps every character over its pages, up to five", () => {
  const pressed = { label: "Approve…", style: 1, token: "A" };
  const value = "line of a script * with marks_\n".repeat(300);
  const pages = fullView({ text: "Run it?", title: "Script", fields: [{ label: "Script", value }] }, pressed) ?? [];
  const read = pages.flatMap(({ components }) => components.flatMap(({ content }) => content ?? []));
  expect(shown(read.join(""))).toBe(cleanText(`Script\n\nRun it?\n\nScript:\n${value}`));
  for (const page of pages) expect(() => checkMessage({ ...page })).not.toThrow();
  expect(fullView({ text: "x".repeat(40_000) }, pressed)).toBeNull();
});

test("a form of more than five questions is not one of Discord's", () => {
  const field = { name: "reason", label: "Why ".repeat(30), required: true, longest: 9000 };
  expect(modal({ title: "Deny ".repeat(30), token: "T", fields: [field] })).toMatchObject({
    custom_id: "T",
    components: [{ type: 18, component: { max_length: 4000 } }],
  });
  expect(modal({ title: "Change", token: "T", fields: [{ ...field, value: "2h" }] })).toMatchObject({
    components: [{ component: { value: "2h" } }],
  });
  expect(modal({ title: "x", token: "T", fields: Array.from({ length: 6 }, () => field) })).toBeNull();
});
