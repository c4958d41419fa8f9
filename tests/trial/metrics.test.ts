import { describe, expect, test } from "vitest";
import { chatter } from "../../src/trial/chatter.ts";
import type { FaultKind, Spell } from "../../src/trial/company.ts";
import { faultKinds } from "../../src/trial/faults.ts";
import { sampleAt, series } from "../../src/trial/metrics.ts";

const minute = 60_000;
const noon = Date.parse("2026-05-04T12:00:00Z");
const place = (service: string) => ({ service, environment: "production" }) as const;
const checkout = place("checkout");
const spell = (kind: FaultKind, minutes: number | null = null, service = "checkout"): Spell => ({
  service,
  kind,
  since: new Date(noon).toISOString(),
  until: minutes === null ? null : new Date(noon + minutes * minute).toISOString(),
});
const kinds = faultKinds.filter((kind) => kind !== "dependency-down");

test("the same instant always gives the same figures", () => {
  expect(sampleAt(checkout, [], noon)).toEqual(sampleAt(checkout, [], noon));
  expect(series(checkout, [], new Date(noon), 3_600_000, 61).at(-1)).toEqual(sampleAt(checkout, [], noon));
});

test("before a fault all was well, and after it all is well again, but its past stays", () => {
  for (const kind of kinds) {
    const mended = [spell(kind, 60)];
    for (const at of [noon - 1, noon + 62 * minute])
      expect(sampleAt(checkout, mended, at)).toEqual(sampleAt(checkout, [], at));
    expect(sampleAt(checkout, mended, noon + 59 * minute)).toEqual(
      sampleAt(checkout, [spell(kind)], noon + 59 * minute),
    );
  }
});

test("a leak grows", () => {
  const memory = [0, 10, 20, 30].map(
    (after) => sampleAt(checkout, [spell("memory-leak")], noon + after * minute).memory,
  );
  expect(memory).toEqual([...memory].sort((a, b) => a - b));
  expect(memory.at(-1)).toBeGreaterThan(90);
});

describe("every fault can be told from health an hour later", () => {
  test.each(kinds)("%s", (kind) => {
    const [sick, well] = [[spell(kind)], []].map((spells) => sampleAt(checkout, spells, noon + 60 * minute));
    expect(
      (sick?.errorRate ?? 0) > (well?.errorRate ?? 0) + 5 || (sick?.latencyMs ?? 0) > (well?.latencyMs ?? 0) * 3,
    ).toBe(true);
  });
});

describe("whoever calls a sick service suffers with it", () => {
  test("a little later, less, and through those in between", () => {
    const sick = [spell("hung", null, "billing")];
    const errors = (service: string, at: number) => Math.round(sampleAt(place(service), sick, at).errorRate / 10);
    expect(["billing", "checkout", "website"].map((service) => errors(service, noon + 1000))).toEqual([10, 0, 0]);
    expect(["billing", "checkout", "website"].map((service) => errors(service, noon + 25_000))).toEqual([10, 8, 0]);
    expect(["billing", "checkout", "website"].map((service) => errors(service, noon + minute))).toEqual([10, 8, 6]);
    expect(errors("search", noon + minute)).toBe(0);
  });

  test("and says whom it called", () => {
    const lines = (service: string, spells: readonly Spell[]) =>
      chatter(place(service), spells, noon, noon + 10 * minute).filter(({ line }) => line.startsWith("ERROR"));
    expect(lines("checkout", [spell("hung", null, "billing")]).every(({ line }) => line.includes("billing"))).toBe(
      true,
    );
    expect(lines("checkout", [spell("hung", null, "billing")]).length).toBeGreaterThan(5);
    expect(lines("checkout", [])).toEqual([]);
    expect(lines("search", [spell("hung", null, "billing")])).toEqual([]);
  });
});

test("a service says what ails it from the moment it does, and no longer", () => {
  const sick = chatter(checkout, [spell("disk-full", 5)], noon - 10 * minute, noon + 10 * minute);
  const moaned = sick.filter(({ line }) => line.includes("ENOSPC")).map(({ at }) => Date.parse(at));
  expect(moaned[0]).toBe(noon);
  expect(moaned.length).toBeGreaterThan(5);
  expect(moaned.at(-1)).toBeLessThan(noon + 5 * minute);
  expect(sick).toEqual(chatter(checkout, [spell("disk-full", 5)], noon - 10 * minute, noon + 10 * minute));
});
