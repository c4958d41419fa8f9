import { describe, expect, test } from "vitest";
import { intents } from "../../intents/all.ts";
import type { Gap } from "../../src/domain/card.ts";
import { cannot, cardFor } from "../../src/inbox/cards.ts";
import { learnIntents } from "../../src/recognize/classify-intents.ts";
import { filledIn } from "../../src/recognize/fill.ts";
import { plainLength } from "../../src/recognize/length.ts";
import { askedAbout, recognize } from "../../src/recognize/recognize.ts";

const known = { service: ["checkout", "billing", "search", "website"], person: ["ana", "ben"], channel: ["ops"] };
const guess = learnIntents(intents);
const hear = (text: string) => recognize(text, intents, known, guess);

describe("an offer says what it leaves out", () => {
  test.each<[string, string[]]>([
    ["restart checkout in production tomorrow at 9", ["tomorrow at 9"]],
    ["restart checkout in production at noon", ["at noon"]],
    ["restart checkout in production by 5pm", ["by 5pm"]],
    ["restart checkout in production every monday", ["every monday"]],
    ["restart checkout in production on 5 december", ["on 5 december"]],
    ["restart checkout in production in 2 hours", ["in 2 hours"]],
    ["kick checkout in an hour", ["in an hour"]],
    ["something hangs in staging, kick it tomorrow morning", ["tomorrow morning"]],
    ["restart checkout in production if it is slow", ["if it is slow"]],
    ["check checkout, and if it is bad restart it", ["if it is bad"]],
    ["restart checkout in production after the backup", ["after the backup"]],
    ["restart checkout, billing and search in staging", []],
    ["restart checkout, billing, search and website in staging", ["website"]],
    ["restart checkout in staging and production", []],
    ["restart checkout when you can", []],
    ["please kick checkout in staging if possible", []],
    ["restrat checkout in production", []],
    ["I need admin access to billing", ["admin"]],
    ["need billing read 1h for audit w/ finance, thanks!", ["for audit w/ finance"]],
    ["I need access to billing to fix invoices for 2 hours", ["to fix invoices"]],
    ["restart only instance 2 of checkout in staging", ["only instance 2"]],
    ["restart checkout in dev", ["in dev"]],
    ["restart website in stagign, if it doesnt help call me", ["if it doesnt help call me"]],
    ["I need read access to bililng for 2 hours", []],
    ["whos on call tomorrow", ["tomorrow"]],
  ])("%s", (text, wanted) => {
    const heard = hear(text);
    if (heard.kind !== "didYouMean" && heard.kind !== "incomplete") throw new Error(heard.kind);
    expect(heard.leftOut ?? []).toEqual(wanted);
    const said = cardFor(intents, heard).text;
    for (const words of wanted) expect(said).toContain(`What you press begins at once and leaves out “${words}”.`);
    if (wanted.length === 0) expect(said).not.toContain("leaves out");
  });

  test("what was no time is asked for by what a time answers", () => {
    const heard = hear("remind me every monday to check logs");
    if (heard.kind !== "incomplete") throw new Error(heard.kind);
    const { text, gap } = cardFor(intents, heard);
    expect([text, gap?.param]).toEqual([
      expect.stringMatching(/^“every monday” is no time I can remind you at/),
      "delay",
    ]);
    const ways = filledIn("in 20 minutes", gap as Gap, intents, known);
    expect(ways).toMatchObject({ kind: "intent", intent: { name: "remind-me", params: { what: "check logs" } } });
  });

  test.each([
    ["restart checkout in staging and production", ["restart checkout in staging", "restart checkout in production"]],
    ["I need read and write access to billing", ["I need read access to billing", "I need write access to billing"]],
  ])("what names two values is offered with each: %s", (text, suggestions) => {
    expect(hear(text)).toEqual({ kind: "didYouMean", suggestions });
  });
});

describe("a length of time is never one that nobody said", () => {
  test.each([
    ["half a day", "12 hours"],
    ["3 weeks", "21 days"],
    ["two and a half hours", "150 minutes"],
    ["an hour and a half", "90 minutes"],
    ["2 hours and 30 minutes", "150 minutes"],
    ["1h30m", "90 minutes"],
    ["a month", "30 days"],
    ["an hour", "1 hour"],
    ["2h", "2h"],
    ["2 years", "2 years"],
  ])("%s is %s", (said, plain) => {
    expect(plainLength(said)).toBe(plain);
    const heard = hear(`need write access to billing for ${said} pls`);
    if (plain === "2 years") expect(heard).toMatchObject({ kind: "incomplete", missing: [{ param: "duration" }] });
    else if (heard.kind !== "intent")
      expect(heard).toEqual({ kind: "didYouMean", suggestions: [`I need write access to billing for ${plain}`] });
  });

  test.each([
    "for 3 sprints",
    "for the weekend",
    "until friday",
    "for ever",
    "for a few hours",
    "until the audit is over",
  ])("“%s” is asked about", (said) => {
    const heard = hear(`need write access to billing ${said} pls`);
    if (heard.kind !== "incomplete") throw new Error(heard.kind);
    expect(heard.intent).toEqual({ name: "request-access", params: { resource: "billing", level: "write" } });
    expect(cardFor(intents, heard).text).toBe(
      `I do not understand “${said}” in that. For how long? Say it in one sentence, such as “I need write access to billing for 2 hours”.`,
    );
  });
});

describe("what forbids something is offered nothing that does it", () => {
  test.each([
    "please do not restart checkout",
    "dont restart checkout",
    "you shouldnt restart checkout in staging",
    "restart everything except checkout",
    "restart checkout but not in production",
    "stop checkout in production",
  ])("%s", (text) => {
    const heard = hear(text);
    const says = heard.kind === "didYouMean" ? heard.suggestions : askedAbout(text, intents, known);
    expect(["unknown", "didYouMean"]).toContain(heard.kind);
    for (const say of says) expect(say).toMatch(/^how is checkout/);
  });
});

test("what can be asked about a service is asked where the text says", () => {
  expect(askedAbout("deploy website in production", intents, known)).toEqual([
    "how is website in production",
    "restart website in production",
  ]);
});

test.each([
  ["hallo, ich brauche zugriff auf billing für 2 stunden", true],
  ["bonjour, je n'ai pas accès pour billing, merci", true],
  ["необходимо перезапустить checkout", true],
  ["deploy the new billing to production for the team", false],
  ["I need access to das boot in billing", false],
])("“%s” is told that Steward reads English: %s", (text, isTold) => {
  expect(cannot(text, ["restart billing in staging"]).text.startsWith("I read English only")).toBe(isTold);
});

describe("a deed is offered only where its word was said, and to no question", () => {
  test.each([
    "anyone else seeing 502s on website?",
    "I think search is leaking memory again, same as last week. can someone have a look?",
    "is staging same version as prod for checkout",
    "what will happen if i restart checkout in production",
    "who has restarted checkout in prod today",
    "make it 2 minutes",
    "just for today",
    "who is on checkout",
  ])("%s", (text) => {
    const heard = hear(text);
    const says = heard.kind === "didYouMean" ? heard.suggestions : askedAbout(text, intents, known);
    for (const say of says) {
      const meant = recognize(say, intents, known);
      expect([
        say,
        meant.kind === "intent" && intents.find(({ name }) => name === meant.intent.name)?.question,
      ]).toEqual([say, true]);
    }
    expect(["unknown", "didYouMean"]).toContain(heard.kind);
  });
});
