import { expect, test } from "vitest";
import { intents } from "../../intents/all.ts";
import type { Card } from "../../src/domain/card.ts";
import { answerTo } from "../../src/inbox/question.ts";
import { knowledgeAsked } from "../../src/recognize/knowledge.ts";
import { isDecision, looksLikeCommand } from "../../src/recognize/recognize.ts";

const known = { service: ["checkout", "search"] };

test.each([
  ["deploy the website", true],
  ["settle everything", true],
  ["revoke it all at once", true],
  ["why does Checkout, of all things, smell", true],
  ["my laptop cannot reach the VPN", false],
  ["how do I deploy a lamp", false],
  ["the approval takes long", false],
])("%s is a command that was not understood: %s", (text, is) => {
  expect(looksLikeCommand(text, intents, known)).toBe(is);
});

test.each([
  ["how do I deploy checkout?", "way"],
  ["@steward please, how to roll back billing", "way"],
  ["what should we do when search hangs?", "way"],
  ["who owns checkout?", "fact"],
  ["where do we keep the runbook of billing?", "fact"],
  ["which database does checkout use?", "fact"],
  ["is there a guide for new colleagues?", "fact"],
  ["how is checkout?", null],
  ["how does it look?", null],
  ["who is on call?", null],
  ["restart checkout, how to do it is up to you", null],
  ["what is checkout doing?", null],
  [`how do I ${"x".repeat(700)}`, null],
])("%s asks for knowledge: %s", (text, what) => {
  expect(knowledgeAsked(text)).toBe(what);
});

test.each([
  ["approve", true],
  ["Approve it!", true],
  ["@steward deny R-ABC123", true],
  ["I approve this", true],
  ["who may approve it?", false],
  ["approve my holiday", false],
])("%s is a decision in words: %s", (text, is) => {
  expect(isDecision(text)).toBe(is);
});

const offering = (...says: string[]): Card => ({
  text: "Did you mean one of these?",
  buttons: says.map((say) => ({ label: say, style: "default", say })),
});
const two = offering("restart checkout in staging", "restart checkout in production");

test.each<[string, Card, unknown]>([
  ["production", two, { kind: "pressed", say: "restart checkout in production" }],
  ["in stage, please", two, { kind: "pressed", say: "restart checkout in staging" }],
  ["Restart checkout in production.", two, { kind: "pressed", say: "restart checkout in production" }],
  ["yes", two, null],
  ["checkout", two, null],
  ["production?", two, null],
  ["not production", two, null],
  ["production or staging", two, null],
  ["cancel that", two, { kind: "no" }],
  ["ok", offering("restart search in staging"), { kind: "pressed", say: "restart search in staging" }],
  ["Yes please!", offering("restart search in staging"), { kind: "pressed", say: "restart search in staging" }],
  ["restart", offering("restart search in staging"), null],
  ["yes", { text: "Access to what?" }, null],
])("%s, typed after a question, means its button or nothing", (text, card, meant) => {
  expect(answerTo(card, text, intents)).toEqual(meant);
});

test("the words of a button's label mean it too, where what it says is none", () => {
  const names = ["fix", "part 1 see"];
  const buttons = names.map((name) => {
    const say = `/steward take-request R-100000/${name.replaceAll(" ", "-")}`;
    return { label: `R-100000: ${name}`, style: "default", say } as const;
  });
  const which: Card = { text: "Which one do you mean?", buttons };
  for (const text of ["fix", "Fix, please", "R-100000: fix", "R-100000 fix"])
    expect(answerTo(which, text, intents), text).toEqual({ kind: "pressed", say: buttons[0]?.say });
  for (const text of ["part 1 see", "see", "part 1"])
    expect(answerTo(which, text, intents), text).toEqual({ kind: "pressed", say: buttons[1]?.say });
  for (const text of ["R-100000", "fix see", "mend"]) expect(answerTo(which, text, intents), text).toBeNull();
});
