import { describe, expect, test } from "vitest";
import { intents } from "../../intents/all.ts";
import { cardFor } from "../../src/inbox/cards.ts";
import { learnIntents } from "../../src/recognize/classify-intents.ts";
import { type Phrased, withPhrased } from "../../src/recognize/defined.ts";
import { grammarOf } from "../../src/recognize/grammar.ts";
import { checkIntents, offer, recognize } from "../../src/recognize/recognize.ts";
import { loadDefinition } from "../../src/workflow/index.ts";

const scale: Phrased = {
  name: "scale-service",
  summary: "Run a service on more or fewer instances",
  phrases: ["scale {service} in {environment} to {instances} [for {howLong}]"],
  input: {
    service: { type: "string", required: true },
    environment: { type: "string", required: true, enum: ["staging", "production"] },
    instances: { type: "number", required: true },
    howLong: { type: "duration", required: false },
  },
};
const known = { service: ["checkout"] };
const wrong = (more: Partial<Phrased>) => withPhrased(intents, [{ ...scale, ...more }]).problems;

test("a definition with phrases is asked for in them, with its inputs as slots", () => {
  const all = withPhrased(intents, [scale]);
  expect(all.problems).toEqual([]);
  checkIntents(all.intents);
  const heard = (text: string) => recognize(text, all.intents, known);
  expect(heard("scale checkout in prod to 5 for 2 hours")).toMatchObject({
    kind: "intent",
    intent: {
      name: "scale-service",
      params: { service: "checkout", environment: "production", instances: "5", howLong: 7_200_000 },
    },
  });
  expect(heard("scale checkout in staging to many")).toMatchObject({
    kind: "incomplete",
    missing: [{ param: "instances" }],
  });
  const dashed = { ...scale, name: "on-call-list", phrases: ["who is on-call for {service} (now/later|today)?"] };
  expect(withPhrased(intents, [dashed]).problems).toEqual([]);
  expect(heard("scale kitchen in staging to 3").kind).toBe("incomplete");
});

describe("refused at the start, in a sentence", () => {
  test.each<[string, Partial<Phrased>, RegExp]>([
    [
      "a phrase that means something else",
      { phrases: ["restart {service} in {environment}"] },
      /means restart-service already/,
    ],
    [
      "one that would take what means something else",
      { phrases: ["tell {service}: {environment}", "how is {service}"] },
      /means (service-status|tell-channel)/,
    ],
    ["one of nothing but slots", { phrases: ["{service} {environment}"] }, /holds no word of its own/],
    [
      "a slot that is no input",
      { phrases: ["scale {what}"] },
      /\{what\}, which is no parameter; a slot is an input's name/,
    ],
    ["a bracket that is not closed", { phrases: ["scale [the {service}"] }, /\[ is not closed/],
    ["a name that is an intent's", { name: "restart-service" }, /there is an intent restart-service already/],
  ])("%s", (_, more, sentence) => {
    expect(wrong(more).join("\n")).toMatch(sentence);
  });

  test("two definitions that say the same", () => {
    expect(withPhrased(intents, [scale, { ...scale, name: "grow" }]).problems.join()).toMatch(
      /means scale-service already/,
    );
  });
});

test("in a file phrases stand for the trigger, and beside another they add one", () => {
  const file = (head: string) =>
    loadDefinition(
      `name: greet\nsummary: Say hello\n${head}phrases: ["greet {whom}"]\ninput:\n  whom: {type: string, required: true}\nsteps:\n  - id: hello\n    notify: {to: thread, text: "Hello \${{ input.whom }}"}\n`,
      "greet.yaml",
      { tools: [], intents: [], specialists: [] },
    );
  const loaded = file("");
  expect(loaded).toMatchObject({ ok: true, definition: { on: [{ intent: "greet" }], phrases: ["greet {whom}"] } });
  expect(file("on: {manual: true}\n")).toMatchObject({ definition: { on: [{ manual: true }, { intent: "greet" }] } });
  expect(file("on: {intent: grete}\n")).toMatchObject({ ok: false });
});

test("what names no run is asked for it, and no sentence with an open slot is offered; no example makes one up", () => {
  const phrases = ["write a handover of {run}", "write a handover"];
  const handover: Phrased = {
    name: "handover",
    summary: "Write how a run stands",
    phrases,
    input: { run: { type: "run", required: false } },
  };
  const all = withPhrased(intents, [handover]).intents;
  const spec = all.find(({ name }) => name === "handover");
  expect(spec?.examples).toEqual(["write a handover"]);
  const heard = spec && offer(grammarOf(spec), [{}], {}, false);
  if (heard?.kind !== "incomplete") throw new Error("it is not asked for the run");
  const card = cardFor(all, heard);
  expect(card.buttons).toEqual([]);
  expect(card.text).toContain("Say it in one sentence, such as “write a handover of R-ABC123”.");
});

test("where there are more names than buttons, all are said", () => {
  const heard = recognize("tell #nowhere: hi", intents, { channel: ["a", "b", "c", "d", "e", "f"] });
  if (heard.kind !== "incomplete") throw new Error("it is not asked for the channel");
  const card = cardFor(intents, heard);
  expect(card.text).toContain("There are: a, b, c, d, e, f.");
  expect(card.buttons).toHaveLength(5);
});

describe("a string of a workflow's own is what people write", () => {
  const page: Phrased = {
    name: "page-out",
    summary: "Page somebody with words of your own",
    phrases: ["page out {what} [to {whom} [in {environment}]]", "wake {person} [with {what}]"],
    input: {
      what: { type: "string", required: true },
      whom: { type: "string", required: false },
      person: { type: "string", required: false },
      environment: { type: "string", required: false, enum: ["staging", "production"] },
    },
  };
  const all = withPhrased(intents, [page]);
  const guess = learnIntents(all.intents);
  const heard = (text: string) => recognize(text, all.intents, { ...known, person: ["ben"] }, guess);

  test.each<[string, Record<string, string>]>([
    ["page out wake up", { what: "wake up" }],
    ["@steward please page out wake up, it's late!", { what: "wake up, it's late!" }],
    ["page out out", { what: "out" }],
    ["page out who is there?", { what: "who is there?" }],
    ["page out nothing works, do not deploy", { what: "nothing works, do not deploy" }],
    ["page out wake up to all of support", { what: "wake up", whom: "all of support" }],
    ["page out wake up to support in prod", { what: "wake up", whom: "support", environment: "production" }],
    ['page out "up to 5 % fail, please look"', { what: "up to 5 % fail, please look" }],
    ["page out “up to 5 % fail” to support, thanks!", { what: "up to 5 % fail", whom: "support, thanks!" }],
    ["page out “up to 5 % fail” please", { what: "up to 5 % fail" }],
    ['page out the "big" one fails', { what: 'the "big" one fails' }],
    ["wake ben with the news", { person: "ben", what: "the news" }],
  ])("%s", (text, params) => {
    expect(all.problems).toEqual([]);
    expect(heard(text)).toMatchObject({ kind: "intent", intent: { name: "page-out", params } });
  });

  test("without one it is asked for it, and nothing is made up of the phrase's own words", () => {
    for (const text of ["page out", "page it out", "a page out please"]) {
      const found = heard(text);
      expect([text, found.kind === "incomplete" ? found.missing[0]?.question : found.kind]).toEqual([
        text,
        expect.stringContaining("What is “what” to be?"),
      ]);
    }
    expect(heard("do not page out")).not.toMatchObject({ kind: "intent" });
  });
});
