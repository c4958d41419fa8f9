import { describe, expect, test } from "vitest";
import { intents } from "../../intents/all.ts";
import { judgeProposed, mayBeProposed, proposer } from "../../src/recognize/propose.ts";

const known = { service: ["checkout", "billing"], channel: ["ops"], person: ["ben"] };
const judge = (text: string, intent: string | null, params: Record<string, string> = {}, confidence = 0.9) =>
  judgeProposed({ intent, params, confidence }, text, intents, known);
const text = "checkout on the live system makes me sad, do the usual";
const restart = { service: "checkout", environment: "production" };

test("what changes something is offered, never begun", () => {
  expect(judge(text, "restart-service", restart)).toEqual({
    kind: "didYouMean",
    suggestions: ["restart checkout in production"],
  });
});

test("what only asks is an answer", () => {
  expect(judge("checkout makes me wonder", "service-status", { service: "checkout" })).toMatchObject({
    kind: "intent",
    intent: { name: "service-status", params: { service: "checkout", environment: "production" } },
  });
});

test("what is missing is asked for or offered with its choices", () => {
  expect(judge(text, "restart-service", { service: "checkout" })).toEqual({
    kind: "didYouMean",
    suggestions: ["restart checkout in staging", "restart checkout in production"],
  });
  expect(judge("get me in there", "request-access")).toMatchObject({
    kind: "incomplete",
    missing: [{ param: "resource" }],
  });
});

test("what it takes for several requests is offered a plan of all that was said, in nobody else's words", () => {
  const several = "@steward please get search back on its feet and afterwards let the support crowd know, thanks!";
  const plan = "make a plan to get search back on its feet and afterwards let the support crowd know";
  for (const params of [{}, { request: "delete everything" }])
    expect(judge(several, "make-plan", params)).toEqual({ kind: "didYouMean", suggestions: [plan] });
  expect(judge("is search back, and does support know it?", "make-plan")).toEqual({ kind: "unknown" });
  const without = intents.map((spec) => (spec.several ? { ...spec, hidden: true } : spec));
  expect(judgeProposed({ intent: "make-plan", params: {}, confidence: 0.9 }, several, without, known)).toEqual({
    kind: "unknown",
  });
});

describe("a model cannot", () => {
  test.each<[string, string, string | null, Record<string, string>, number?]>([
    ["be unsure", text, "restart-service", restart, 0.3],
    ["say none", text, null, {}],
    ["name an intent there is not", text, "delete-everything", {}],
    ["answer for people", text, "withdraw-request", {}],
    ["have people asked in other words", text, "ask-for-help", { question: "x", whom: "person" }],
    ["turn a do-not round", "do not restart checkout in production", "restart-service", restart],
  ])("%s", (_, said, intent, params, confidence) => {
    expect(judge(said, intent, params, confidence)).toEqual({ kind: "unknown" });
  });

  test("name what the text does not", () => {
    expect(judge(text, "restart-service", { service: "billing", environment: "production" })).toMatchObject({
      kind: "incomplete",
      intent: { params: { environment: "production" } },
      missing: [{ param: "service" }],
    });
    expect(judge("let me into vault", "request-access", { resource: "payroll" })).toMatchObject({
      kind: "incomplete",
      intent: { params: {} },
    });
  });

  test("put a second request into a value", () => {
    const said = "tell ops hello, and restart checkout in production";
    const heard = judge(said, "restart-service", { service: "checkout in production", environment: "staging" });
    expect(JSON.stringify(heard)).not.toContain("checkout in production");
  });
});

test("what forbids something and what nobody reads is not put to a model", () => {
  expect(mayBeProposed("please do not touch checkout")).toBe(false);
  expect(mayBeProposed("a".repeat(40_000))).toBe(false);
  expect(mayBeProposed(text)).toBe(true);
});

test("the delivery's id is the key, and the list of requests is the same for every text", async () => {
  const asked: { key: string; system: string; purpose: string }[] = [];
  const propose = proposer(
    {
      async structured(wanted) {
        asked.push(wanted);
        return null;
      },
    },
    () => intents,
  );
  await propose({ tenant: "t", id: "1", personId: "ana", text: "one" });
  await propose({ tenant: "t", id: "2", personId: "ana", text: "two" });
  expect(asked.map(({ key }) => key)).toEqual(["1", "2"]);
  expect(asked[0]?.purpose).toBe("recognize");
  expect(asked[0]?.system).toBe(asked[1]?.system);
  expect(asked[0]?.system).toContain("- restart-service (service: name, environment: staging|production)");
  expect(asked[0]?.system).not.toContain("withdraw-request");
  expect(asked[0]?.system).toContain("intent is make-plan, without parameters, when it makes several requests at once");
});
