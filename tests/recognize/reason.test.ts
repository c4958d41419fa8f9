import { describe, expect, test } from "vitest";
import { intents } from "../../intents/all.ts";
import { agreedIn, agreedSentence, waysToTake } from "../../src/recognize/parts.ts";
import { recognize } from "../../src/recognize/recognize.ts";

const known = { service: ["checkout", "billing", "search", "website"], channel: ["general", "ops"] };
const hear = (text: string) => recognize(text, intents, known);

const reasons: [string, string, string][] = [
  ["restart checkout in production because it leaks memory", "restart-service", "it leaks memory"],
  ["Please restart checkout in production, because it leaks memory.", "restart-service", "it leaks memory"],
  ["@steward could you restart checkout in production because it leaks?", "restart-service", "it leaks"],
  ["restart checkout in staging because it does not respond", "restart-service", "it does not respond"],
  ["restart checkout in staging because it is slow and leaks memory", "restart-service", "it is slow and leaks memory"],
  ["/steward restart checkout production due to the memory leak", "restart-service", "the memory leak"],
  ["I need read access to billing for 2 hours because of invoice 4711", "request-access", "invoice 4711"],
  ["I need read access to billing for 2 hours (because of invoice 4711)", "request-access", "invoice 4711"],
  ["restart checkout in staging, reason: but only today", "restart-service", "but only today"],
];

describe("the reason of a request", () => {
  test.each(reasons)("%s", (text, name, reason) => {
    expect(hear(text)).toMatchObject({ kind: "intent", intent: { name, reason } });
  });

  test("is no part of what is wanted", () => {
    const [plain, reasoned] = [
      hear("restart checkout in staging"),
      hear("restart checkout in staging because of search"),
    ];
    if (plain.kind !== "intent" || reasoned.kind !== "intent") return expect.unreachable();
    expect(reasoned.intent.params).toEqual(plain.intent.params);
    expect(plain.intent.reason).toBeUndefined();
  });

  test("stays within a free text that says because", () => {
    const heard = hear("tell general lunch is late because the oven broke");
    expect(heard).toMatchObject({
      kind: "intent",
      intent: { params: { message: "lunch is late because the oven broke" } },
    });
    expect(heard.kind === "intent" && heard.intent.reason).toBeUndefined();
  });

  test("goes along with what is asked back and offered", () => {
    const asked = hear("restart checkout because it leaks memory");
    expect(asked.kind === "incomplete" && asked.missing[0]?.choices?.map(({ say }) => say)).toEqual([
      "restart checkout in staging because it leaks memory",
      "restart checkout in production because it leaks memory",
    ]);
    const offered = hear("restart chekout in production because it leaks memory");
    expect(offered).toEqual({
      kind: "didYouMean",
      suggestions: ["restart checkout in production because it leaks memory"],
    });
  });

  test.each([
    "it leaks memory tomorrow at 9am",
    "it leaks memory, but not before noon",
    "it leaks memory, do not touch search",
    "it leaks memory if you have time",
    "it leaks memory in 10 minutes",
  ])("is offered as one first where it may be more: because %s", (reason) => {
    const say = `restart checkout in staging, reason: ${reason}`;
    expect(hear(`restart checkout in staging because ${reason}`)).toEqual({ kind: "didYouMean", suggestions: [say] });
    expect(hear(say)).toMatchObject({ kind: "intent", intent: { name: "restart-service", reason } });
  });

  test.each([
    "because I said so",
    "do not restart checkout in staging because it leaks",
    "is it slow because checkout restarts?",
    "help because I am lost",
  ])("begins nothing by itself: %s", (text) => {
    expect(hear(text).kind).not.toBe("intent");
  });

  test("a second wish in it begins nothing unasked, and makes parts of which each keeps its own reason", () => {
    const text = "restart checkout in staging because it leaks and restart search in staging because it is slow";
    expect(hear(text).kind).not.toBe("intent");
    const [way] = waysToTake(text, intents, known) ?? [];
    expect(way?.map(({ say }) => say)).toEqual([
      "restart checkout in staging because it leaks",
      "restart search in staging because it is slow",
    ]);
    const agreed = agreedIn(agreedSentence(way ?? []), intents, known);
    expect(agreed?.map(({ intent }) => intent.reason)).toEqual(["it leaks", "it is slow"]);
  });
});
