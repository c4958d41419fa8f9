import { expect, test } from "vitest";
import { isPlea, matterOf, personToldIn } from "../../src/recognize/plea.ts";

test.each([
  "my chair is broken and my back hurts",
  "my laptop cannot reach the VPN",
  "my laptop does not start, it is stuck",
  "why is my laptop so slow?",
  "printer is broken",
  "VPN is down",
  "the coffee machine is empty again",
  "could you help me with the slides",
  "can somebody look at the projector in room 4",
  "i lost my badge",
  "customers complain they cant pay",
])("“%s” is a cry for help", (text) => {
  expect(isPlea(text)).toBe(true);
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
  "how do I get a new laptop?",
  "what is the wifi password for guests",
  "what did ben approve today",
  "handover pls, my shift ends",
  "what happend while i was away",
  "how many incidents did we have this week",
  "that was wrong",
  "is it friday yet",
  "dm ben i need him",
  "what happend here?",
  "can you show me the log lines",
  "im on vacation next week",
  "delegate my approvals to ben until monday",
  "who is my manager",
  "how many people work here",
  "how much did the model cost this month",
  "why did my request fail",
  "show me the audit for ana",
  "im going to lunch, who covers",
  "when's my next reminder",
  "whats the runbook for high error rate",
  "x".repeat(40_000),
])("“%.50s” is asked about first", (text) => {
  expect(isPlea(text)).toBe(false);
});

test.each([
  ["what did ben approve today", "record"],
  ["show me the audit for ana", "record"],
  ["how much did the model cost this month", "costs"],
  ["what did models cost this month?", "costs"],
  ["how much does a taxi cost", null],
  ["my chair is broken", null],
])("“%s” is a matter of: %s", (text, matter) => {
  expect(matterOf(text)).toBe(matter);
});

test.each([
  ["@steward tell ben i approved it", "ben"],
  ["dm @Ben i need him", "ben"],
  ["remind ben to look at the gate at 3pm", "ben"],
  ["tell billing i approved it", null],
  ["ben should be told", null],
])("“%s” wants somebody told alone: %s", (text, who) => {
  expect(personToldIn(text, ["ana", "ben"])).toBe(who);
});
