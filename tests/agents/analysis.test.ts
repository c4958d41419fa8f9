import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changesIn, followed } from "../../src/agents/analysis-changes.ts";
import { readEvidence } from "../../src/agents/analysis-evidence.ts";
import { novelties, patternOf } from "../../src/agents/analysis-logs.ts";
import { rankCauses } from "../../src/agents/analysis-rank.ts";
import type { JsonObject } from "../../src/domain/json.ts";

/** Noise that is the same every time. */
const wobble = (i: number) => Math.sin(i * 12.9898) * 0.5;
const flat = (length: number, level: number) => Array.from({ length }, (_, i) => level + wobble(i));
const changes = (metric: string, values: number[]) =>
  changesIn({ since: 0, stepMs: 1000, metrics: { [metric]: values } });

describe("a change in a metric", () => {
  test("is dated by its first value", () => {
    expect(changes("cpu", [...flat(50, 30), ...flat(10, 80)])).toMatchObject([
      { metric: "cpu", onset: 50_000, shape: "step", before: expect.closeTo(30, 0), after: expect.closeTo(80, 0) },
    ]);
  });

  test("is seen in a single value", () => {
    expect(changes("errorRate", [...flat(50, 1), 60])).toMatchObject([{ onset: 50_000, after: 60 }]);
  });

  test("that grows is dated where it left the ground", () => {
    const values = [...flat(60, 40), ...flat(40, 40).map((value, i) => value + i)];
    const [ramp] = changes("memory", values);
    expect(ramp?.shape).toBe("ramp");
    expect(ramp?.onset).toBeGreaterThan(56_000);
    expect(ramp?.onset).toBeLessThan(64_000);
  });

  test("that is over is none, nor is noise, a slow drift, or a move that means nothing", () => {
    expect(changes("cpu", [...flat(50, 30), ...flat(10, 90), ...flat(20, 30)])).toEqual([]);
    expect(changes("cpu", flat(80, 30))).toEqual([]);
    expect(
      changes(
        "cpu",
        flat(80, 30).map((value, i) => value + i / 20),
      ),
    ).toEqual([]);
    expect(changes("disk", [...Array.from({ length: 50 }, () => 50), ...Array.from({ length: 10 }, () => 54)])).toEqual(
      [],
    );
    expect(changes("cpu", [1, 99])).toEqual([]);
    expect(
      changes(
        "cpu",
        Array.from({ length: 40 }, () => 0),
      ),
    ).toEqual([]);
  });

  test("follows another after some steps", () => {
    const leader = [...flat(40, 1), ...flat(20, 50)];
    const follower = [...flat(43, 1), ...flat(17, 40)];
    expect(followed(leader, follower, 8)).toEqual({ r: expect.closeTo(1, 2), lag: 3 });
  });
});

describe("what is new in a log", () => {
  const lines = (from: number, to: number, line: (i: number) => string) =>
    Array.from({ length: to - from }, (_, i) => ({ at: (from + i) * 10_000, line: line(i) }));

  test("are warnings and errors by their pattern, not those that were there before", () => {
    const log = [
      ...lines(0, 60, (i) => `WARN retry ${i}`),
      ...lines(60, 70, (i) => `ERROR cannot write /var/tmp/upload-${i}: no space left on device`),
      ...lines(60, 70, (i) => `INFO request ${i}`),
      ...lines(60, 70, (i) => `WARN retry ${i}`),
    ];
    expect(novelties(log, 600_000)).toEqual([
      { line: expect.stringContaining("upload-0"), at: 600_000, count: 10, grave: true, clues: ["disk"] },
    ]);
  });

  test("a line that becomes frequent counts, too", () => {
    const log = [...lines(0, 1, () => "WARN slow"), ...lines(60, 70, () => "WARN slow")];
    expect(novelties(log, 600_000)).toMatchObject([{ count: 10, grave: false }]);
  });

  test("of trouble that was over before it began again is no news", () => {
    const log = [
      ...lines(0, 60, (i) => `INFO request ${i}`),
      ...lines(60, 66, () => "ERROR no space left on device"),
      ...lines(78, 84, () => "ERROR settings: unknown region"),
    ];
    expect(novelties(log, 600_000, 780_000)).toMatchObject([{ at: 780_000, count: 6, clues: ["settings"] }]);
    expect(novelties(log, 600_000)).toHaveLength(2);
  });

  test("numbers and identifiers are no part of a pattern", () => {
    expect(patternOf('GET /a/7 took 1.5 ms for 4be0643f-1d98-573b-97cd-ca98a65347dd "ana"')).toBe(
      'GET /a/# took # ms for # "…"',
    );
  });
});

test("an alert that is older than what was seen makes no old line new", () => {
  const now = Date.parse("2026-05-04T12:00:00Z");
  const logs = {
    lines: Array.from({ length: 100 }, (_, i) => ({
      at: new Date(now - i * 60_000).toISOString(),
      line: `WARN heap is growing ${i}`,
    })),
  };
  for (const startedAt of ["2026-05-01T00:00:00Z", "2026-05-04T11:59:00Z", "never"])
    expect(
      rankCauses({ service: "checkout", environment: "production", startedAt, evidence: { logs } }).causes,
    ).toEqual([]);
});

describe("evidence comes from outside", () => {
  const asked = { service: "checkout", environment: "production", startedAt: "2026-05-04T12:00:00Z" };

  test.each<[string, JsonObject]>([
    ["nothing", {}],
    ["nulls", { status: null, metrics: null, logs: null, deploys: null, dependencies: null }],
    ["texts", { status: "x", metrics: "x", logs: "x", deploys: "x", dependencies: "x" }],
    [
      "wrong insides",
      { metrics: { since: "never", stepMs: -1, metrics: { cpu: ["a"] } }, logs: { lines: [1, { at: "x" }] } },
    ],
    ["references it could not read", { metrics: { artifact: "a", bytes: 1 } }],
  ])("%s is no clear cause", (_, evidence) => {
    expect(rankCauses({ ...asked, evidence })).toEqual({
      summary: "No clear cause for the trouble of checkout in production.",
      causes: [],
      action: "none",
      target: {},
      calm: false,
      could: {},
    });
  });

  test("services that call each other in a circle end the search", () => {
    const sick = {
      since: "2026-05-04T11:00:00Z",
      stepMs: 60_000,
      metrics: { errorRate: [...flat(55, 1).map((value) => value / 10), ...flat(6, 60)] },
    };
    const dependencies = ["a", "b"].map((service) => ({ ...sick, service, calledBy: ["a", "b"] }));
    expect(() => rankCauses({ ...asked, evidence: { metrics: sick, dependencies: { dependencies } } })).not.toThrow();
  });

  test("whatever it is, the ranking is a ranking", () => {
    const evidence = fc.dictionary(
      fc.constantFrom("status", "metrics", "logs", "deploys", "dependencies"),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(evidence, fc.string(), (given, startedAt) => {
        const { causes, action } = rankCauses({ ...asked, startedAt, evidence: given as JsonObject });
        expect(causes.every(({ confidence }) => confidence >= 0 && confidence <= 1)).toBe(true);
        expect(action).toBe("none");
      }),
      { numRuns: 300 },
    );
  });

  test("a thousand services with long logs are cut to a size", () => {
    const one = (service: string) => ({
      service,
      calledBy: ["checkout"],
      lines: Array.from({ length: 6000 }, () => ({ at: "2026-05-04T11:00:00Z", line: "x".repeat(2000) })),
    });
    const seen = readEvidence("checkout", {
      dependencies: { dependencies: Array.from({ length: 60 }, (_, i) => one(`s${i}`)) },
    });
    expect(seen).toHaveLength(51);
    expect(seen[1]?.lines).toHaveLength(4000);
    expect(seen[1]?.lines[0]?.line).toHaveLength(500);
  });
});
