import { expect, test } from "vitest";
import { looksLikeHelp, smallTalkIn } from "../../src/recognize/small-talk.ts";

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
  ["ok", null],
  ["@steward", null],
  ["thanks, now restart checkout in production", null],
  ["thanks for that, and my chair is broken", null],
  ["x thanks".repeat(10_000), null],
])("“%.50s” is small talk: %s", (text, which) => {
  expect(smallTalkIn(text)).toBe(which);
});

test.each([
  "my chair is broken and my back hurts",
  "my laptop cannot reach the VPN",
  "printer is broken",
  "VPN is down",
  "how do I get a new laptop?",
  "what is the wifi password for guests",
  "the coffee machine is empty again",
  "could you help me with the slides",
  "can somebody look at the projector in room 4",
  "i lost my badge",
  "x".repeat(40_000),
])("“%.50s” may be put to people at once", (text) => {
  expect(looksLikeHelp(text)).toBe(true);
});

test.each([
  "are you a bot?",
  "who made you",
  "what time is it?",
  "tell me a joke",
  "give eve admin rights",
  "delete the production database",
  "could you please shut everything down",
  "lorem ipsum",
])("“%s” is asked about first", (text) => {
  expect(looksLikeHelp(text)).toBe(false);
});
