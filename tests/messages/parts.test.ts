import fc from "fast-check";
import { expect, test } from "vitest";
import { partsOf } from "../../src/messages/parts.ts";

const words = (text: string) => text.split(/\s+/).filter((word) => word !== "");
const joined = (card: Parameters<typeof partsOf>[0]) => {
  const { first, rest } = partsOf(card);
  return [first, ...rest].map(({ text }) => text);
};

test("a text is cut between paragraphs, else lines, else sentences, else words", () => {
  const sentence = `${"word ".repeat(19)}end. `;
  const paragraph = sentence.repeat(5).trim();
  for (const between of ["\n\n", "\n", " "]) {
    const pieces = joined({ text: Array<string>(20).fill(paragraph).join(between) });
    expect(pieces.length).toBeGreaterThan(2);
    for (const piece of pieces) expect(piece).toMatch(/^word.*end\.$/s);
  }
  expect(joined({ text: "abc ".repeat(2000) }).join("")).not.toMatch(/[^c]$|ab$/);
});

test("up to five messages hold all of it; what is left over is counted, with the way to the rest", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z.]{1,40}[ \n]$/), { minLength: 1, maxLength: 900 }), (some) => {
      const text = some.join("");
      const pieces = joined({ text });
      expect(pieces.length).toBeLessThanOrEqual(5);
      for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(3050);
      if (text.length < 7000) expect(words(pieces.join(" "))).toEqual(words(text));
    }),
    { numRuns: 50 },
  );
  const { first, rest } = partsOf({ text: "0123456789".repeat(3000), link: "/runs/1" });
  expect([first, ...rest].map(({ link }) => link)).toEqual(["/runs/1", undefined, undefined, undefined, "/runs/1"]);
  expect(rest.some(({ report }) => report)).toBe(false);
  const report = partsOf({ text: "# One\n\nand all that\n".repeat(900), report: true });
  expect([report.first, ...report.rest].map((part) => part.report)).toEqual([true, true, true, true, true]);
  expect(rest.at(-1)?.text).toMatch(/… \(15000 characters more\)$/);
});

test("a file keeps its lines as they are, whichever message they are in", () => {
  const file = `steps:\n${"  - id: one\n    wait: { for: 1m }\n".repeat(150)}`;
  const pieces = joined({ text: `Draft 1\n\n\`\`\`\n${file}\`\`\`\n\nSave it.` });
  expect(pieces.length).toBeGreaterThan(1);
  const inside = pieces.map((piece) => /^```\n([\s\S]*?)^```$/m.exec(piece)?.[1] ?? "");
  expect(inside.join("")).toBe(file);
});

test("what stands beside the text stays with the first message, and takes of its room", () => {
  const fields = [{ label: "Source", value: "x".repeat(2000) }];
  const buttons = [{ label: "That helped", style: "primary", say: "that helped" }] as const;
  const { first, rest } = partsOf({ text: "word. ".repeat(600), title: "VPN", fields, buttons, mark: "done" });
  expect(first).toMatchObject({ title: "VPN", fields, buttons, mark: "done" });
  expect(first.text.length).toBeLessThanOrEqual(1000);
  expect(rest.every((card) => Object.keys(card).join() === "text")).toBe(true);
});

test("a short card, and one that asks for a decision, stays in one piece; a character is never halved", () => {
  const short = { text: "Done.", title: "Restart" };
  expect(partsOf(short)).toEqual({ first: short, rest: [] });
  const gate = {
    text: "x".repeat(9000),
    buttons: [{ label: "Approve", style: "primary", decide: "approve", gate: "g" }],
  } as const;
  expect(partsOf(gate)).toEqual({ first: gate, rest: [] });
  for (const piece of joined({ text: `a${"😀".repeat(4000)}` })) expect(piece.isWellFormed()).toBe(true);
});
