import { describe, expect, test } from "vitest";
import { faultKinds } from "../../src/trial/company.ts";
import { sampleAt, series } from "../../src/trial/metrics.ts";

const noon = Date.parse("2026-05-04T12:00:00Z");
const calm = { name: "checkout", environment: "production", fault: null } as const;
const broken = (kind: (typeof faultKinds)[number]) => ({
  ...calm,
  fault: { kind, since: new Date(noon).toISOString() },
});

test("the same instant always gives the same figures", () => {
  expect(sampleAt(calm, noon)).toEqual(sampleAt(calm, noon));
  expect(series(calm, new Date(noon), 3_600_000, 61).at(-1)).toEqual(sampleAt(calm, noon));
});

test("before the fault all was well", () => {
  for (const kind of faultKinds) expect(sampleAt(broken(kind), noon - 1)).toEqual(sampleAt(calm, noon - 1));
});

test("a leak grows", () => {
  const memory = [0, 10, 20, 30].map((minutes) => sampleAt(broken("memory-leak"), noon + minutes * 60_000).memory);
  expect(memory).toEqual([...memory].sort((a, b) => a - b));
  expect(memory.at(-1)).toBeGreaterThan(90);
});

describe("every fault can be told from health an hour later", () => {
  test.each(faultKinds)("%s", (kind) => {
    const [sick, well] = [sampleAt(broken(kind), noon + 3_600_000), sampleAt(calm, noon + 3_600_000)];
    expect(sick.errorRate > well.errorRate + 5 || sick.latencyMs > well.latencyMs * 3).toBe(true);
  });
});
