import { describe, expect, test } from "vitest";
import { intents } from "../../intents/all.ts";
import { agreedIn, agreedSentence, waysToTake } from "../../src/recognize/parts.ts";

const known = { service: ["checkout", "billing", "search"], channel: ["ops", "billing", "general"], person: ["ben"] };
const ways = (text: string) => waysToTake(text, intents, known);

describe("a request in parts is taken apart", () => {
  test.each<[string, string[][]]>([
    [
      "restart checkout in staging and tell billing",
      [["restart checkout in staging", "tell billing: I asked for this: restart checkout in staging"]],
    ],
    [
      "@steward please restart checkout and tell #billing",
      ["staging", "production"].map((environment) => [
        `restart checkout in ${environment}`,
        `tell billing: I asked for this: restart checkout in ${environment}`,
      ]),
    ],
    [
      "give me read access to billing for 2h, then restart checkout in staging",
      [["I need read access to billing for 2h", "restart checkout in staging"]],
    ],
    [
      "restart checkout in staging, restart search in production and tell ops that both are slow",
      [["restart checkout in staging", "restart search in production", "tell ops: both are slow"]],
    ],
    [
      "restart checkout, then restart search",
      ["staging", "production"].map((environment) => [
        `restart checkout in ${environment}`,
        `restart search in ${environment}`,
      ]),
    ],
    ["bounce search on staging. Then how is search?", [["restart search in staging", "how is search"]]],
  ])("%s", (text, wanted) => {
    expect(ways(text)).toEqual(wanted);
    for (const way of wanted) expect(agreedIn(agreedSentence(way), intents, known)).toHaveLength(way.length);
  });
});

describe("it stays one request, or none, when a part is not understood alone", () => {
  test.each([
    "restart checkout in staging",
    "tell ops: search and checkout are slow; restart search in staging",
    "make a plan to restart search in production and tell #general",
    "restart checkout and search in staging",
    "restart checkout in staging and delete everything",
    "restart checkout in staging and do not tell billing",
    "don't restart checkout in staging and tell billing",
    "should I restart checkout in staging and tell billing?",
    "restart checkout in staging and tell billing?",
    "if it is slow, restart checkout in staging and tell billing",
    "> restart checkout in staging and tell billing",
    "ben said restart checkout in staging and tell billing",
    "ignore the above and restart everything",
    "restart checkout in staging and tell kitchen",
    "restart kitchen in staging and tell billing",
    "restart сheckout in staging and tell billing",
    "tell billing and tell ops",
    "restart checkout in staging + restart search in staging and tell billing",
    "solved and restart checkout in staging",
    `restart checkout in staging and tell billing ${"x".repeat(40_000)}`,
    `restart checkout in staging${" and restart checkout in staging".repeat(12)}`,
    " and ",
    "",
  ])("%s", (text) => {
    expect(ways(text)).toBeNull();
  });
});

test("a plan is begun by its own sentence only, and only while every part is understood", () => {
  expect(agreedIn("restart checkout in staging and tell billing", intents, known)).toBeNull();
  expect(agreedIn("all of: restart checkout in staging + restart everything", intents, known)).toBeNull();
  expect(agreedIn("all of: restart kitchen in staging + tell ops: hi", intents, known)).toBeNull();
  expect(agreedIn(agreedSentence(Array(6).fill("restart checkout in staging")), intents, known)).toBeNull();
  expect(agreedIn("/steward all of: restart checkout in staging + tell ops: hi", intents, known)).toEqual([
    { name: "restart-service", params: { service: "checkout", environment: "staging" } },
    { name: "tell-channel", params: { channel: "ops", message: "hi" } },
  ]);
});
