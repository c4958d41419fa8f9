import { expect, test } from "vitest";
import { type Example, trainClassifier } from "../../src/recognize/classify.ts";

const said = (label: string | null, texts: string): Example[] => texts.split(", ").map((text) => ({ text, label }));
const examples = [
  ...said(
    "water",
    "water the plants, give the plants water, the flowers need water, please water the flowers, watering the garden, flowers are dry",
  ),
  ...said(
    "light",
    "switch on the light, it is dark in here, turn the lamp on, lights on please, more light please, the lamp should be on",
  ),
  ...said(
    null,
    "what time is it, tell me a joke, where is the station, please call my mother, who are you, book a table",
  ),
];
const heldOut = [
  ...said("water", "water these flowers, the plants are dry"),
  ...said("light", "turn on the lights, the light please"),
  ...said(null, "where is my mother, tell me the time, who wrote this book, a table for two"),
];
const classifier = trainClassifier(examples, heldOut);

test.each([
  ["could you water my plants", "water"],
  ["the garden is dry", "water"],
  ["lamps on", "light"],
  ["it is too dark", "light"],
])("%s is about %s", (text, label) => {
  expect(classifier.guess(text).label).toBe(label);
});

test("what it knows it believes more than what it does not", () => {
  const [ours, theirs] = [classifier.guess("water the dry plants"), classifier.guess("where is the next bank")];
  expect(ours.confidence).toBeGreaterThan(0.6);
  expect(theirs.confidence).toBeLessThan(0.4);
});

test("the same examples make the same classifier", () => {
  const again = trainClassifier(examples, heldOut);
  for (const { text } of heldOut) expect(again.guess(text)).toEqual(classifier.guess(text));
});

test.each(["", "   ", "?!", "水をください", "\u{1f331}\u{1f331}", "x".repeat(5000), "\ud800"])(
  "%j is judged like anything else",
  (text) => {
    const { label, confidence } = classifier.guess(text);
    expect(["water", "light"]).toContain(label);
    expect(confidence).toBeGreaterThanOrEqual(0);
    expect(confidence).toBeLessThanOrEqual(1);
  },
);
