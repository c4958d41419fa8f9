import { describe, expect, test } from "vitest";
import { adviceOf } from "../../src/agents/analysis-advice.ts";
import { coursesOf } from "../../src/agents/analysis-figures.ts";
import { digestOf } from "../../src/agents/analysis-lines.ts";
import { specialists } from "../../src/agents/index.ts";
import type { JsonObject } from "../../src/domain/json.ts";

const taskOf = (name: string, task: string) => specialists.find((one) => one.name === name)?.tasks[task];
const reportOf = (name: string, task: string, input: JsonObject, outputs: JsonObject) => {
  const found = taskOf(name, task);
  const report = found?.playbook?.report(input, outputs);
  expect(found?.report.safeParse(report).success).toBe(true);
  return report;
};
const noon = Date.parse("2026-11-21T12:00:00Z");
const at = (minutes: number) => new Date(noon + minutes * 60_000).toISOString();
const input = { service: "checkout", environment: "production", last: 3_600_000 };

describe("a log told in short", () => {
  const lines = [
    ...Array.from({ length: 30 }, (_, i) => ({ at: at(i), line: `INFO GET /cart/${i} took ${i} ms` })),
    ...Array.from({ length: 4 }, (_, i) => ({ at: at(30 + i), line: `ERROR Timeout after ${i} s (request ${i})` })),
    { at: at(40), line: "WARN disk is 81 % full" },
  ].reverse();

  test("says what repeats, the most frequent first, and shows the newest in their order", () => {
    const digest = digestOf(lines, {});
    expect(digest).toMatchObject({ read: 35, matched: 35, errors: 4, from: at(0), until: at(40) });
    expect(digest.kinds).toEqual([
      { at: at(29), line: "INFO GET /cart/29 took 29 ms", count: 30 },
      { at: at(33), line: "ERROR Timeout after 3 s (request 3)", count: 4 },
    ]);
    expect(digest.newest).toHaveLength(20);
    expect(digest.newest.at(-1)?.line).toBe("WARN disk is 81 % full");
  });

  test("is of one level, or speaks of something in whatever case and number", () => {
    expect(digestOf(lines, { level: "errors" }).matched).toBe(4);
    expect(digestOf(lines, { level: "warnings" }).newest.map(({ line }) => line)).toEqual(["WARN disk is 81 % full"]);
    expect(digestOf(lines, { about: "timeouts" }).matched).toBe(4);
    expect(digestOf(lines, { about: "request timeout" }).matched).toBe(4);
    expect(digestOf(lines, { about: "nothing of it" })).toMatchObject({ read: 35, matched: 0, kinds: [], newest: [] });
  });

  test("reads as sentences, and says how much it read", () => {
    const report = (more: JsonObject = {}) =>
      reportOf("data", "service-logs", { ...input, ...more }, { digest: { ...digestOf(lines, more) } as never });
    expect(report()?.summary).toBe(
      "I read the 35 lines that checkout in production wrote in the last hour, from 2026-11-21 12:00 UTC to 2026-11-21 12:40 UTC; 4 of them are errors.",
    );
    expect(report({ level: "warnings" })).toMatchObject({
      summary: expect.stringMatching(/^1 warning among the 35 lines /),
      answer: expect.stringContaining("The only one, times in UTC:"),
      lines: "12:40:00  WARN disk is 81 % full",
    });
    expect(report({ about: "love" })?.summary).toMatch(/^No lines about “love” among the 35 lines /);
    expect(reportOf("data", "service-logs", input, { digest: { ...digestOf([], {}) } as never })?.summary).toBe(
      "checkout in production wrote nothing in its log in the last hour.",
    );
    const cut = { ...digestOf(lines, {}), read: 1000 } as never;
    expect(reportOf("data", "service-logs", input, { digest: cut })?.summary).toContain("I read the newest 1000 lines");
  });

  test("never shows more than a message holds, however long the lines are", () => {
    const long = Array.from({ length: 50 }, (_, i) => ({ at: at(i), line: `${i} ${"x\n".repeat(900)}` }));
    const report = reportOf("data", "service-logs", input, { digest: { ...digestOf(long, {}) } as never });
    const shown = String(report?.["lines"]).split("\n");
    expect(String(report?.["lines"]).length).toBeLessThanOrEqual(2300);
    expect(shown.at(-1)).toMatch(/^12:49:00 {2}49 x x/);
    expect(report?.["answer"]).toContain(`The newest ${shown.length}, times in UTC:`);
  });
});

describe("figures", () => {
  const flat = Array.from({ length: 60 }, (_, i) => 30 + Math.sin(i));
  const metrics = { cpu: [...flat, 80, 81, 80, 82], latencyMs: flat, empty: [] };

  test("are now, least, most and usual, with when one changed for good", () => {
    const [cpu, latency, ...none] = coursesOf({ since: at(0), stepMs: 60_000, metrics });
    expect(none).toEqual([]);
    expect(cpu).toMatchObject({ now: 82, most: 82, mostAt: at(63), usual: expect.closeTo(30, 0) });
    expect(cpu?.change).toMatchObject({ onset: noon + 60 * 60_000, shape: "step" });
    expect(latency?.change).toBeNull();
  });

  test("are said in words, and what was not measured is said to be so", () => {
    const figures = coursesOf({ since: at(0), stepMs: 60_000, metrics: { cpu: metrics.cpu } });
    const courses = { figures: figures.map((one) => ({ ...one })) } as never;
    expect(reportOf("data", "service-figures", { ...input, figure: "cpu" }, { metrics: {}, courses })).toMatchObject({
      summary: expect.stringMatching(
        /^checkout in production: CPU is 82 % now\. CPU rose from 30\.?\d* % to \d+ % at 2026-11-21 13:00 UTC and has stayed there\.$/,
      ),
      figures: [{ label: "CPU", value: expect.stringMatching(/^82 % now, usually 30\.?\d* %; least 29 % at /) }],
    });
    expect(
      reportOf("data", "service-figures", { ...input, figure: "disk" }, { metrics: {}, courses: { figures: [] } }),
    ).toMatchObject({ summary: "No “disk” of checkout in production was measured in the last hour.", metrics: null });
  });
});

test("deploys begin with the last, and say who and when", () => {
  const deploys = [
    { version: "1.4.2+config.1", by: "mia", at: at(0), change: "configuration" },
    { version: "1.4.2", by: "ben", at: at(-60), change: "version" },
  ];
  expect(reportOf("data", "service-deploys", input, { deploys: { version: "1.4.2+config.1", deploys } })).toEqual({
    summary:
      "Last deployed on checkout in production: 1.4.2+config.1 (configuration), by mia at 2026-11-21 12:00 UTC. checkout in production runs version 1.4.2+config.1.",
    deploys: [
      { label: "1.4.2+config.1 (configuration)", value: "by mia at 2026-11-21 12:00 UTC" },
      { label: "1.4.2", value: "by ben at 2026-11-21 11:00 UTC" },
    ],
  });
  expect(reportOf("data", "service-deploys", input, { deploys: { version: "", deploys: [] } })?.summary).toBe(
    "No deploy of checkout in production is on record.",
  );
});

describe("what is wrong, asked without an alert", () => {
  const none = { summary: "No clear cause.", causes: [], action: "none", target: {} };
  const well = { instances: [{ status: "running" }], version: "1.4.2", errorRate: 0.2, latencyMs: 110 };
  const asked = (status: JsonObject, rank: JsonObject = none) =>
    reportOf("analysis", "find-causes", { ...input, evidence: { status, metrics: {} } }, { rank });

  test("nothing is, where its status is well and nothing changed", () => {
    expect(asked(well)).toMatchObject({
      summary: expect.stringMatching(/^Nothing is wrong that I can see: checkout in production is healthy/),
      causes: [],
      advice: null,
    });
  });

  test("nothing is not claimed where something ails, or could not be looked at", () => {
    expect(asked({ ...well, errorRate: 40 })?.summary).toBe("No clear cause.");
    expect(asked({ unknown: "no cluster is configured" })?.summary).toBe(
      "I see nothing wrong with checkout in production, but not everything could be looked at.",
    );
  });

  test("a clear cause is said although the status is well, with what could help as a sentence", () => {
    const cause = {
      cause: "a leak",
      service: "checkout",
      confidence: 0.8,
      evidence: ["memory grows"],
      confirm: "Look.",
    };
    const target = { service: "checkout", environment: "production", toVersion: "1.4.1" };
    const rank = { summary: "Likely: a leak.", causes: [cause], action: "rollback", target };
    expect(asked(well, rank)).toMatchObject({
      summary: "Likely: a leak.",
      causes: [{ likely: "likely", lead: "" }],
      advice: "roll back checkout in production to 1.4.1",
    });
  });

  test("advice holds nothing but names and versions", () => {
    const target = { service: "checkout", environment: "production", instances: 6 };
    expect(adviceOf({ action: "scale", target })).toBe("scale checkout in production to 6");
    expect(adviceOf({ action: "restart", target })).toBe("restart checkout in production");
    expect(adviceOf({ action: "none", target })).toBeNull();
    const hostile = { ...target, service: "checkout in production and restart billing" };
    expect(adviceOf({ action: "restart", target: hostile })).toBeNull();
    expect(adviceOf({ action: "restart", target: { service: "checkout" } })).toBeNull();
  });
});
