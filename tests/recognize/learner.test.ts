import { describe, expect, test } from "vitest";
import { intents } from "../../intents/all.ts";
import { learnIntents } from "../../src/recognize/classify-intents.ts";
import { createLearner, type Lesson, lessonFrom } from "../../src/recognize/learner.ts";
import { recognize } from "../../src/recognize/recognize.ts";

const known = { service: ["checkout", "billing"], person: ["ana"], channel: ["ops"] };
const guess = learnIntents(intents);
const restart = { name: "restart-service", params: { service: "checkout", environment: "production" } };
const lesson = (text: string, meant: { name: string; params: Record<string, string> } = restart, isAnswer = false) =>
  lessonFrom(text, meant, { intents, known, guess, isAnswer });

describe("what teaches", () => {
  test.each<[string, boolean, string | null]>([
    ["Wiggle checkout", false, "wiggle {name}"],
    ["wiggle checkout for 2 hours please", false, "wiggle {name} for {duration}"],
    ["the wiggle thing", true, "the wiggle thing"],
    ["the coffee machine is broken", false, null],
    ["do not wiggle checkout", true, null],
    ["restart checkout in staging", true, null],
    ["restart checkout", true, null],
    ["checkout hangs, somebody kick it", true, null],
    [`wiggle checkout ${"x".repeat(300)}`, true, null],
  ])("%s (an answer: %s)", (text, isAnswer, expected) => {
    expect(lesson(text, restart, isAnswer)).toBe(expected);
  });

  const status = { name: "service-status", params: { service: "checkout", environment: "production" } };
  test.each<[string, typeof status]>([
    ["Hi Steward, should you not restart checkout in staging?", status],
    ["restart the checkout thing in staging already", status],
    ["checkout hangs, somebody kick it", status],
    ["give the wobbly checkout a reboot", status],
    ["wobble checkout after the restart", status],
  ])("what is asked after an offer was ignored, or names another deed, teaches nothing: %s", (text, meant) => {
    expect(lesson(text, meant)).toBeNull();
    expect(lesson(text, meant, true)).toBeNull();
  });

  test("an answer to people, or what is left over, is no lesson", () => {
    expect(lesson("wiggle it", { name: "withdraw-request", params: {} }, true)).toBeNull();
    expect(lesson("wiggle it", { name: "ask-for-help", params: { question: "wiggle" } }, true)).toBeNull();
  });
});

/** A tenant's lessons, and a learner that hears of them. */
function school(...lessons: Lesson[]) {
  const faults: Error[] = [];
  const taught = { version: async () => String(lessons.length), all: async () => lessons };
  const learner = createLearner(intents, taught, (error) => faults.push(error));
  return {
    lessons,
    learner,
    faults,
    hears: async (text: string) => (await learner.guess("t"))(text, known)?.name ?? null,
  };
}
const of = (text: string, intent = "restart-service", personId = "ana"): Lesson => ({ text, intent, personId });

test("the same words with other names and times are understood from then on, and forgotten when they are taken back", async () => {
  const { learner, lessons, hears, faults } = school();
  expect(await hears("wiggle billing")).toBeNull();
  lessons.push(of("wiggle {name}"));
  learner.changed("t");
  await expect.poll(() => hears("wiggle billing"), { timeout: 1000 }).toBe("restart-service");
  lessons.length = 0;
  learner.changed("t");
  await expect.poll(() => hears("wiggle billing"), { timeout: 1000 }).toBeNull();
  expect(faults).toEqual([]);
});

test("what was taught is offered, and makes no answer sure", async () => {
  const { learner } = school(of("wobble {name}", "service-status"), of("drop {name}", "service-status"));
  const guess = await learner.guess("t");
  expect(guess("wobble checkout", known)).toEqual({ name: "service-status", isSure: false, isTaught: true });
  expect(recognize("@steward wobble checkout", intents, known, guess).kind).not.toBe("intent");
});

test("nobody turns round what was understood, and what people do not agree on teaches nothing", async () => {
  const { hears } = school(
    of("kick {name}", "revoke-access"),
    of("how do i reset my password", "restart-service"),
    of("wiggle {name}"),
    of("wiggle {name}", "revoke-access", "eve"),
    of("wobble {name}", "no-such-intent"),
  );
  expect(await hears("kick checkout")).toBe("restart-service");
  expect(await hears("how do I reset my password")).toBeNull();
  expect(await hears("wiggle checkout")).toBeNull();
  expect(await hears("wobble checkout")).toBeNull();
});

test("what asks for a restart is never taught to be a question", async () => {
  const { hears, learner } = school(
    of("restart {name} in staging? thanks", "service-status"),
    of("kindly restart {name}", "service-status"),
  );
  expect(await hears("restart checkout in staging? thanks")).toBe("restart-service");
  expect(await hears("kindly restart billing")).toBe("restart-service");
  const guess = await learner.guess("t");
  for (const text of ["is billing ok since the restart of it", "give me the status after you restart billing"])
    expect([text, recognize(text, intents, known, guess).kind]).not.toEqual([text, "intent"]);
});

test("one person's flood counts as a few sentences", async () => {
  const { hears } = school(...Array.from({ length: 40 }, (_, i) => of(`any trouble with {name} number ${i}`)));
  expect(await hears("any trouble with checkout")).toBe("service-status");
  expect(await hears("is there any trouble with checkout")).toBe("service-status");
  expect(await hears("any trouble with checkout number 2")).toBe("restart-service");
});
