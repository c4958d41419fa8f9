import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { handbookOf, openHandbook } from "../../src/systems/knowledge/handbook.ts";
import { sectionsOf } from "../../src/systems/knowledge/sections.ts";
import { knowledgeTools } from "../../src/systems/knowledge/tools.ts";

const handbook = openHandbook(fileURLToPath(new URL("../../knowledge", import.meta.url)));

describe("the trial company's handbook", () => {
  test.each([
    ["my laptop cannot reach the VPN", "Cannot connect to the VPN"],
    ["my laptop cant reach the vpn", "Cannot connect to the VPN"],
    ["my laptop can’t reach the vpn", "Cannot connect to the VPN"],
    ["i cant connect to vpn", "Cannot connect to the VPN"],
    ["VPN is down", "Cannot connect to the VPN"],
    ["my laptop cannot get on the VPN since this morning, please help", "Cannot connect to the VPN"],
    ["vpn not working", "Cannot connect to the VPN"],
    ["it says certificate expired", "Cannot connect to the VPN"],
    ["VPN is slow", "Slow connection over the VPN"],
    ["why is the vpn so slow today?", "Slow connection over the VPN"],
    ["how do I reset my password?", "Forgot or reset your password"],
    ["I forgot my password", "Forgot or reset your password"],
    ["my account is locked", "Account is locked"],
    ["where do I hand in my expense report?", "Hand in an expense report"],
    ["the printer is jammed", "Printer is jammed or out of toner"],
    ["how do I set up the printers", "Set up a printer"],
    ["book a meeting room", "Book a meeting room"],
    ["the meeting room's screen is black", "The screen in the room stays black"],
    ["I have a new phone, what about the second factor", "New phone for the second factor"],
  ])("answers “%s”", (question, heading) => {
    expect(handbook.ask(question)?.heading).toBe(heading);
  });

  test.each([
    "my chair is broken",
    "who won the match last night?",
    "the coffee machine leaks",
    "how do i get a new laptop?",
    "I'd like another laptop",
    "can you order a new monitor for me",
    "our customer Acme cannot open the invoice of May",
    "help",
    "???",
    "",
    "the and of",
    "印刷できません",
  ])("says nothing to “%s”", (question) => {
    expect(handbook.ask(question)).toBeNull();
  });
});

describe("questions in other words than the article's", () => {
  const all = JSON.parse(
    readFileSync(new URL("../fixtures/handbook-questions.json", import.meta.url), "utf8"),
  ) as readonly { readonly ask: string; readonly right: readonly string[]; readonly held?: boolean }[];

  /** Shares from 0 to 1, and how many were answered with the wrong part. */
  function judged(held: boolean) {
    const rows = all.filter((each) => (each.held ?? false) === held);
    const known = rows.filter(({ right }) => right.length > 0);
    const unknown = rows.filter(({ right }) => right.length === 0);
    const answers = known.map(({ ask, right }) => ({ right, answer: handbook.ask(ask)?.heading }));
    const isRight = ({ right, answer }: (typeof answers)[number]) => answer !== undefined && right.includes(answer);
    return {
      right: answers.filter(isRight).length / known.length,
      wrong: answers.filter((each) => each.answer !== undefined && !isRight(each)).length,
      refused: unknown.filter(({ ask }) => handbook.ask(ask) === null).length / unknown.length,
    };
  }

  test("are mostly answered, hardly ever with the wrong part, and refused where it knows nothing", () => {
    const tuned = judged(false);
    expect(tuned.right).toBeGreaterThanOrEqual(0.9);
    expect(tuned.wrong).toBeLessThanOrEqual(2);
    expect(tuned.refused).toBeGreaterThanOrEqual(0.9);
  });

  test("are answered nearly as well where nobody looked at them", () => {
    const held = judged(true);
    expect(held.right).toBeGreaterThanOrEqual(0.8);
    expect(held.wrong).toBeLessThanOrEqual(2);
    expect(held.refused).toBeGreaterThanOrEqual(0.85);
  });
});

describe("an article", () => {
  test("is split by its headings, and a heading without text is none of its parts", () => {
    const text = "Intro.\n# Lamps\n\n## Desk\nPress.\n```\n# not a heading\n```\n## Empty\n### Ceiling ###\r\nPull.";
    expect(sectionsOf("lamps.md", text)).toEqual([
      { file: "lamps.md", title: "lamps", heading: "lamps", text: "Intro." },
      { file: "lamps.md", title: "lamps", heading: "Desk", text: "Press.\n# not a heading" },
      { file: "lamps.md", title: "lamps", heading: "Ceiling", text: "Pull." },
    ]);
  });

  test("is plain text: wrapped lines joined, marks taken off, lists and code kept", () => {
    const text =
      "Press **the\nred** button:\n\n1. once, *gently*\n   and slowly\n2. `twice`, see [the page](https://a.example)\n\n~~~\na * b\n  c_d_e\n~~~\nsnake_case_name 2 * 3 * 4";
    expect(sectionsOf("lamps.md", text)[0]?.text).toBe(
      "Press the red button:\n\n1. once, gently and slowly\n2. twice, see the page (https://a.example)\n\na * b\n  c_d_e\nsnake_case_name 2 * 3 * 4",
    );
  });

  test("without headings is called like its file", () => {
    expect(sectionsOf("lamps.md", "Press.")).toEqual([
      { file: "lamps.md", title: "lamps", heading: "lamps", text: "Press." },
    ]);
    expect(sectionsOf("empty.md", "")).toEqual([]);
  });
});

test("the tool names file and heading, and shortens what is too long for a card", async () => {
  const [tool] = knowledgeTools(handbookOf(sectionsOf("lamps.md", `# Lamps\n## Desk lamp\n${"Press. ".repeat(500)}`)));
  const ask = (question: string) => tool?.run({ tenant: "default", args: { question } } as never);
  const found = (await ask("desk lamp")) as { answer: string };
  expect(found).toMatchObject({ title: "Desk lamp", source: "Lamps › Desk lamp (lamps.md)" });
  expect(found.answer).toHaveLength(1501);
  expect(await ask("parking")).toEqual({ answer: null, title: null, source: null });
});

test("an empty handbook knows nothing, and a folder that is not there stops the start", () => {
  expect(handbookOf([]).ask("desk lamp")).toBeNull();
  expect(() => openHandbook("/nowhere/at/all")).toThrow(/There is no folder/);
});
