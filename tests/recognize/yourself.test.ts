import { expect, test } from "vitest";
import { intents } from "../../intents/all.ts";
import { learnIntents } from "../../src/recognize/classify-intents.ts";
import { isAbout } from "../../src/recognize/meant.ts";
import { recognize } from "../../src/recognize/recognize.ts";

const known = { service: ["checkout", "billing"], person: ["ana", "ben"], channel: ["general", "ops"] };
const guess = learnIntents(intents);
const hear = (text: string) => recognize(text, intents, known, guess);

test.each([
  ["what reminders do I have?", "my-reminders", {}],
  ["my reminders", "my-reminders", {}],
  ["list my reminders pls", "my-reminders", {}],
  ["when's my next reminder", "my-reminders", {}],
  ["whens my next reminder?", "my-reminders", {}],
  ["cancel my reminder about the standup", "cancel-reminder", { what: "the standup" }],
  ["delete the standup reminder", "cancel-reminder", { what: "standup" }],
  ["please delete my reminder", "cancel-reminder", {}],
  ["stop all my reminders", "cancel-reminder", {}],
  ["cancel reminder r-abc123", "cancel-reminder", { request: "R-ABC123" }],
  ["dont remind me about the logs", "cancel-reminder", { what: "the logs" }],
  ["no need to remind me anymore", "cancel-reminder", {}],
  ["quiet hours from 10pm till 7am pls", "quiet-hours", { hours: "10pm till 7am pls" }],
  ["do not disturb me between 22:00 and 7:00", "quiet-hours", { hours: "22:00 and 7:00" }],
  ["set my quiet hours to 22-7", "quiet-hours", { hours: "22-7" }],
  ["no quiet hours anymore", "end-quiet-hours", { hours: "off" }],
  ["I don't want any quiet hours any more", "end-quiet-hours", { hours: "off" }],
  ["turn off my quiet hours", "end-quiet-hours", { hours: "off" }],
  ["when are my quiet hours?", "my-quiet-hours", {}],
])("%s: %s", (text, name, params) => {
  expect(hear(text)).toMatchObject({ kind: "intent", intent: { name, params } });
});

test.each(["dont disturb me tonight", "do not disturb me", "don't bother me now", "do not disturb"])(
  "“%s” is offered the usual hours of a night, and sets nothing by itself",
  (text) => {
    expect(hear(text)).toMatchObject({ kind: "didYouMean", suggestions: ["quiet hours 22:00 to 7:00"] });
    expect(hear("quiet hours 22:00 to 7:00")).toMatchObject({ kind: "intent", intent: { name: "quiet-hours" } });
  },
);

test("what the offer is not, is said", () => {
  expect(hear("dont disturb me tonight")).toMatchObject({ leftOut: ["tonight"] });
});

test.each([
  ["the standup", "go to the daily standup", true],
  ["my logs", "check logs", true],
  ["log", "check logs", true],
  ["the release", "check logs", false],
  ["check the release", "check logs", false],
])("a reminder about “%s” may be “%s”: %s", (said, what, is) => {
  const spec = intents.find(({ name }) => name === "cancel-reminder");
  const intent = { name: "cancel-reminder", params: { what: said } };
  expect(isAbout(intent, { request: "R-ABC123", what }, spec)).toBe(is);
  expect(
    isAbout({ name: "cancel-reminder", params: { request: "R-ABC124" } }, { request: "R-ABC123", what }, spec),
  ).toBe(false);
});
