import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { harmless, play, scenariosOf } from "../../bench/injected.ts";
import { openFresh } from "../support/fresh.ts";

let db: Awaited<ReturnType<typeof openFresh>>;
beforeAll(async () => {
  db = await openFresh();
});
afterAll(() => db.close());

/** A sample of what `npm run bench:causes` judges, of a seed that it does not use. */
const sample = scenariosOf("sample").filter(({ truth }) => truth?.fault !== "slow" && truth?.fault !== "traffic-spike");

describe("the true cause comes first, and what is proposed ends the fault", () => {
  test.each(sample)("$name", async (scenario) => {
    const { rank, healed, report, confidence } = await play(db, scenario);
    expect({ rank, healed }, JSON.stringify(report, null, 1)).toEqual({ rank: 1, healed: true });
    expect(confidence).toBeGreaterThan(0.5);
  });
});

describe("where nothing is wrong there is no clear cause, and nothing is proposed", () => {
  test.each(harmless("sample"))("$name", async (scenario) => {
    const { report } = await play(db, scenario);
    expect(report).toMatchObject({ action: "none", target: {}, summary: expect.stringMatching(/^No clear cause/) });
  });
});

test("the evidence says what changed, when, and how soon after which release", async () => {
  const start = Date.UTC(2031, 5, 1, 12);
  const { report } = await play(db, {
    name: "one bad release",
    environment: "production",
    start,
    events: [{ at: 0, service: "checkout", what: "", do: "break", fault: "bad-deploy" }],
    alert: { service: "checkout", at: 30_000 },
    look: 300_000,
    truth: { fault: "bad-deploy", service: "checkout" },
  });
  expect(report).toMatchObject({
    summary: "Very likely: version 1.4.3 of checkout, deployed by mia at 2031-06-01 12:00:00 UTC, broke it.",
    action: "rollback",
    target: { service: "checkout", environment: "production", toVersion: "1.4.2" },
  });
  const [first] = report["causes"] as { evidence: string[]; confirm: string }[];
  expect(first?.evidence).toEqual([
    expect.stringMatching(/^it began (just when|\d+ s after) version 1\.4\.3 was deployed by mia$/),
    expect.stringMatching(/^the error rate of checkout rose from 0\.\d % to 35\.\d % at 2031-06-01 12:00:\d\d UTC$/),
    expect.stringMatching(/^latency of checkout rose from 1\d\d ms to 1\d\d ms at 2031-06-01 12:00:\d\d UTC$/),
    expect.stringMatching(
      /^“ERROR TypeError: cart\.total is not a function \(request \d+\)” is new in the log of checkout since 2031-06-01 12:00:00 UTC, \d+ times$/,
    ),
  ]);
  expect(first?.confirm).toContain("version 1.4.3");
});
