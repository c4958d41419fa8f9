import { describe, expect, test } from "vitest";
import { intents } from "../../intents/all.ts";
import { agreedIn, agreedSentence, toldTogether, waysToTake, withoutFailing } from "../../src/recognize/parts.ts";
import { recognize } from "../../src/recognize/recognize.ts";

const known = { service: ["checkout", "billing", "search"], channel: ["ops", "billing", "general"], person: ["ben"] };
/** Each way as its sentences; one that waits for those before it begins with ">". */
const ways = (text: string) =>
  waysToTake(text, intents, known)?.map((way) =>
    way.map(({ say, after }) => `${after === "previous" ? "> " : ""}${say}`),
  ) ?? null;

describe("a request in parts is taken apart", () => {
  test.each<[string, string[][]]>([
    [
      "restart checkout in staging and tell billing",
      [["restart checkout in staging", "tell billing: I asked for this: restart checkout in staging"]],
    ],
    [
      "restart checkout in staging and let billing know about it",
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
      [["I need read access to billing for 2h", "> restart checkout in staging"]],
    ],
    [
      "I need read access to search for 2 hours and write access to billing for half a day because of the audit",
      [
        [
          "I need read access to search for 2 hours",
          "I need write access to billing for 12 hours because of the audit",
        ],
      ],
    ],
    [
      "restart checkout in staging, restart search in production and tell ops that both are slow",
      [["restart checkout in staging", "restart search in production", "tell ops: both are slow"]],
    ],
    [
      "restart checkout, then restart search",
      ["staging", "production"].map((environment) => [
        `restart checkout in ${environment}`,
        `> restart search in ${environment}`,
      ]),
    ],
    ...["restart checkout and search in staging", "pls restart checkout in staging and search too"].map(
      (text): [string, string[][]] => [text, [["restart checkout in staging", "restart search in staging"]]],
    ),
    [
      "restart everything in staging, then tell ops they are back",
      [
        [
          "restart checkout in staging",
          "restart billing in staging",
          "restart search in staging",
          "> tell ops: they are back",
        ],
      ],
    ],
    ["bounce search on staging. Then how is search?", [["restart search in staging", "> how is search"]]],
    [
      "restart checkout in staging, then tell #ops it is done",
      [["restart checkout in staging", "> tell ops: it is done"]],
    ],
    ...["and when it is done tell billing", "and tell billing when it's done", "and, once finished, tell billing"].map(
      (end): [string, string[][]] => [
        `restart checkout in staging ${end}`,
        [["restart checkout in staging", "> tell billing: this is done: restart checkout in staging"]],
      ],
    ),
    ...[
      "and tell billing that it is back when it is done",
      "and finally tell billing that it is back",
      "and at the end tell billing it is back",
      "and once it is healthy again tell billing: it is back",
      ", if that works tell billing it is back",
      ". If it worked, tell billing it is back",
      "and only if that works tell billing it is back",
      "then if it works tell billing that it is back",
    ].map((end): [string, string[][]] => [
      `restart checkout in staging ${end}`.replace(" ,", ",").replace(" .", "."),
      [["restart checkout in staging", "> tell billing: it is back"]],
    ]),
    [
      "first restart checkout in staging, restart search in staging after that, and finally tell ops",
      [
        [
          "restart checkout in staging",
          "> restart search in staging",
          "> tell ops: this is done: restart checkout in staging, restart search in staging",
        ],
      ],
    ],
    [
      "restart checkout in staging and tell ops to look if it works",
      [["restart checkout in staging", "tell ops: to look if it works"]],
    ],
    [
      "restart checkout in staging and tell billing it is slow afterwards",
      [["restart checkout in staging", "tell billing: it is slow afterwards"]],
    ],
    ...["after that", "Afterwards", "As soon as they are done"].map((mark): [string, string[][]] => [
      `First restart checkout in staging and restart search in staging. ${mark}, tell ops. Also how is billing?`,
      [
        [
          "restart checkout in staging",
          "restart search in staging",
          "> tell ops: this is done: restart checkout in staging, restart search in staging",
          "how is billing",
        ],
      ],
    ]),
  ])("%s", (text, wanted) => {
    expect(ways(text)).toEqual(wanted);
    for (const way of waysToTake(text, intents, known) ?? [])
      expect(agreedIn(agreedSentence(way), intents, known)?.map(({ after }) => after)).toEqual(
        way.map(({ after }) => after),
      );
  });
});

test.each([
  [
    "restart checkout in staging, then restart search in staging and if it fails tell ben",
    "restart checkout in staging, then restart search in staging",
    ["if it fails tell ben"],
  ],
  [
    "restart checkout in staging, or if that does not work, restart search in staging. Otherwise tell ops",
    "restart checkout in staging",
    ["if that does not work, restart search in staging", "Otherwise tell ops"],
  ],
])("what is to happen where something fails is taken out and said: %s", (text, rest, leftOut) => {
  expect(withoutFailing(text)).toEqual({ text: rest, leftOut });
  expect(ways(text)).toBeNull();
  expect(withoutFailing(rest)).toBeNull();
});

describe("it stays one request, or none, when a part is not understood alone", () => {
  test.each([
    "restart checkout in staging",
    "tell ops: search and checkout are slow; restart search in staging",
    "make a plan to restart search in production and tell #general",
    "restart checkout in staging and delete everything",
    "restart checkout in staging and do not tell billing",
    "don't restart checkout in staging and tell billing",
    "should I restart checkout in staging and tell billing?",
    "restart checkout in staging and tell billing?",
    "if it is slow, restart checkout in staging and tell billing",
    "restart checkout in staging and, if it is slow, restart search in staging",
    "tell general that checkout is back when it is done",
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

describe("what is told and ends in a request of its own is asked about first", () => {
  const both = (text: string) => toldTogether(text, intents, known);
  test.each([
    [
      "tell general lunch is ready and remind me in 1 hour to clean up",
      "tell general: “lunch is ready and remind me in 1 hour to clean up”",
      ["tell general: lunch is ready", "remind me in 1 hour to clean up"],
    ],
    [
      "please tell general: lunch is ready, and restart checkout in staging",
      "tell general: “lunch is ready, and restart checkout in staging”",
      ["tell general: lunch is ready", "restart checkout in staging"],
    ],
  ])("%s", (text, whole, says) => {
    expect(both(text)).toMatchObject({ whole, ways: [says.map((say) => ({ say }))] });
    expect([both(whole), recognize(whole, intents, known).kind]).toEqual([null, "intent"]);
  });

  test.each([
    "tell general: lunch is ready and everybody is welcome",
    "tell general: “lunch is ready, and restart checkout in staging”",
    "tell general: the demo begins at noon, restart of checkout comes later",
    "remind me in 1 hour to clean up and restart checkout in staging",
    "restart checkout in staging and tell ops",
  ])("but not “%s”", (text) => {
    expect(both(text)).toBeNull();
  });
});

test("a plan is begun by its own sentence only, and only while every part is understood", () => {
  expect(agreedIn("restart checkout in staging and tell billing", intents, known)).toBeNull();
  expect(agreedIn("all of: restart checkout in staging + restart everything", intents, known)).toBeNull();
  expect(agreedIn("all of: restart kitchen in staging + tell ops: hi", intents, known)).toBeNull();
  expect(
    agreedIn(agreedSentence(Array(6).fill({ say: "restart checkout in staging", after: null })), intents, known),
  ).toBeNull();
  expect(agreedIn("/steward all of: restart checkout in staging + tell ops: hi", intents, known)).toEqual([
    { intent: { name: "restart-service", params: { service: "checkout", environment: "staging" } }, after: null },
    { intent: { name: "tell-channel", params: { channel: "ops", message: "hi" } }, after: null },
  ]);
  expect(agreedIn("all of: then restart checkout in staging + tell ops: hi", intents, known)).toBeNull();
});
