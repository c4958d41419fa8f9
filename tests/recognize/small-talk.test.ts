import { expect, test } from "vitest";
import { smallTalkIn } from "../../src/recognize/small-talk.ts";

test.each([
  ["@steward thanks a lot!", "thanks"],
  ["@steward great, thank you", "thanks"],
  ["thanks a lot, you're great!", "thanks"],
  ["thanks for looking at checkout", "thanks"],
  ["ty", "thanks"],
  ["sorry", "sorry"],
  ["oh, sorry about that, my laptop is broken", null],
  ["perfect", "praise"],
  ["great job", "praise"],
  ["you are useless, idiot", "insult"],
  ["Stupid bot", "insult"],
  ["this is terrible", "insult"],
  ["is it bad?", null],
  ["hello, is it up?", null],
  ["hi, help", null],
  ["this is no good", null],
  ["the printer is useless", null],
  ["hello there!", "greeting"],
  ["how are you?", "greeting"],
  ["steward, good night", "goodbye"],
  ["@steward hi i'm new here, what is this", "greeting"],
  ["hey, we are new here!", "greeting"],
  ["what is this", "greeting"],
  ["what is this error in checkout", null],
  ["I am new here and my laptop is broken", null],
  ["ok", null],
  ["@steward", null],
  ["thanks, now restart checkout in production", null],
  ["thanks for that, and my chair is broken", null],
  ["x thanks".repeat(10_000), null],
])("“%.50s” is small talk: %s", (text, which) => {
  expect(smallTalkIn(text)).toBe(which);
});
