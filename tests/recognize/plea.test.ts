import { expect, test } from "vitest";
import {
  accessAskedFor,
  isPlea,
  matterOf,
  personToldIn,
  remindedInstead,
  tellsOfTrouble,
} from "../../src/recognize/plea.ts";

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

test.each([
  ["what did ben approve today", "record"],
  ["who has restarted checkout in prod today", "record"],
  ["why did ana get website access", "record"],
  ["show audit of today", "record"],
  ["show my requests", "runs"],
  ["list my runs", "runs"],
  ["how much did the model cost this month", "costs"],
  ["need billing read 1h for audit w/ finance", null],
  ["what do I have to approve?", null],
  ["how is checkout?", null],
])("“%s” is a matter of the page %s", (text, page) => {
  expect(matterOf(text)).toBe(page);
});

test.each([
  ["ben needs access to billing for 2 hours", "ben"],
  ["give dan read access to billing for 2 hours", "dan"],
  ["@ben should have access to billing", "ben"],
  ["I need access to billing", null],
  ["give me and ben access to billing", null],
  ["revoke ben's access to billing", null],
  ["ben needs a chair", null],
])("“%s” asks for access for %s", (text, whom) => {
  expect(accessAskedFor(text, ["ana", "ben", "dan"])).toBe(whom);
});

test.each([
  ["remind ben to look at the gate at 3pm", "remind me to look at the gate at 3pm"],
  ["please remind @ben about lunch", "remind me about lunch"],
  ["tell ben about lunch", null],
])("“%s” may be a reminder for its writer: %s", (text, mine) => {
  expect(remindedInstead(text)).toBe(mine);
});

test.each([
  ["we see elevated errors on billing, customers cant pay since 10 min", true],
  ["anyone else seeing 502s on website?", true],
  ["upgrade checkout in staging", false],
  ["fix the broken checkout", false],
  ["restart the broken checkout", false],
])("“%s” tells of trouble and orders nothing: %s", (text, tells) => {
  expect(tellsOfTrouble(text)).toBe(tells);
});
