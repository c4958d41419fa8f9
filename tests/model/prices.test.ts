import { expect, test } from "vitest";
import { checkPriced, costOf, ModelsEntry, mostOf, type Price, priceOf } from "../../src/model/prices.ts";
import { bytesOf } from "../../src/model/request.ts";

const price = (model: string, since: string, factor: number): Price => ({
  model,
  since,
  input: factor,
  output: 5 * factor,
  cacheWrite: 1.25 * factor,
  cacheRead: 0.1 * factor,
});
const prices = [price("a", "2026-01-01", 3), price("a", "2026-06-01", 2), price("b", "2026-01-01", 1)];
const none = { input: 0, output: 0, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, thinking: 0 };

test("a model costs what it cost on the day", () => {
  expect(priceOf(prices, "a", "2026-05-31T23:59:59.999Z")).toMatchObject({ as: "a since 2026-01-01", flagged: false });
  expect(priceOf(prices, "a", "2026-06-01T00:00:00.000Z")).toMatchObject({ as: "a since 2026-06-01", flagged: false });
  expect(priceOf(prices, "b-20260301", "2026-06-01T00:00:00.000Z").price.input).toBe(1);
});

test.each(["c", "b-2", "b-preview", "ab", ""])("“%s” has no price of its own: it costs the most there is", (model) => {
  expect(priceOf(prices, model, "2026-07-01T00:00:00.000Z")).toMatchObject({
    flagged: true,
    price: { input: 3, output: 15, cacheWrite: 3.75 },
  });
});

test("a price that does not hold yet is none", () => {
  expect(priceOf(prices, "b", "2025-12-31T12:00:00.000Z").flagged).toBe(true);
});

test("a model to be asked has a price on the day of the start, whatever is planned", () => {
  const models = ModelsEntry.parse({ default: "a", prices });
  const check = (model: string, at: string) => () => checkPriced(models, model, "models.default", at);
  expect(check("b-20260301", "2026-01-01T00:00:00.000Z")).not.toThrow();
  expect(check("a", "2025-12-31T23:59:59.999Z")).toThrow(
    "models.default is a, which has no price before 2026-01-01, and today is 2025-12-31: add today's under models.prices in steward.yaml, in US dollars per million tokens.",
  );
  expect(check("c", "2026-07-01T00:00:00.000Z")).toThrow("models.default is c, which has no price: add it under");
});

test("costs are whole millionths, rounded up, and thinking is not paid twice", () => {
  const priced = priceOf(prices, "b", "2026-07-01T00:00:00.000Z");
  expect(costOf({ ...none, cacheRead: 1 }, priced)).toBe(1);
  expect(costOf({ ...none, cacheRead: 30 }, priced)).toBe(3);
  expect(costOf({ ...none, output: 100, thinking: 90 }, priced)).toBe(500);
  expect(costOf({ ...none, cacheWrite1h: 100 }, priced)).toBe(200);
});

test("the most a question may cost is never less than what it costs", () => {
  const priced = priceOf(prices, "a", "2026-07-01T00:00:00.000Z");
  const bytes = 4000;
  const most = mostOf(bytes, 1000, priced);
  expect(most).toBeGreaterThanOrEqual(costOf({ ...none, cacheWrite5m: bytes / 2, output: 1000 }, priced));
  expect(most).toBeGreaterThanOrEqual(costOf({ ...none, input: bytes / 2, output: 1000 }, priced));
});

test("letters of which every byte may be a token are held back for as such", () => {
  const asked = (text: string) =>
    bytesOf({ max_tokens: 1, system: [], tools: [], messages: [{ role: "user", content: [{ type: "text", text }] }] });
  const empty = asked("");
  expect(asked("aaaa") - empty).toBe(4);
  expect(asked("restarting") - empty).toBe(10);
  // So may every digit, sign and letter of what is no word.
  expect(asked("0123") - empty).toBe(8);
  expect(asked("~}{!") - empty).toBe(8);
  expect(asked("qZxKvWjQ") - empty).toBe(16);
  expect(asked("qzxkvwjqhxzkjqvwpzx") - empty).toBe(38);
  // Three bytes and four bytes in UTF-8, and with two bytes a token as many tokens.
  expect(asked("\u4e00") - empty).toBe(6);
  expect(asked("\u{1f600}") - empty).toBe(8);
});
