import { describe, expect, test } from "vitest";
import { intents } from "../../intents/all.ts";
import { sinceIn } from "../../src/recognize/moment.ts";
import { waysToTake } from "../../src/recognize/parts.ts";
import { recognize } from "../../src/recognize/recognize.ts";

const known = {
  service: ["checkout", "billing", "search", "website"],
  person: ["ana", "ben"],
  channel: ["ops"],
  database: ["reporting", "shop"],
};
const heard = (text: string) => recognize(text, intents, known);
const hour = 3_600_000;
const checkout = { service: "checkout", environment: "production" };

describe("data and causes are asked for in whole sentences", () => {
  test.each<[string, string, object]>([
    ["logs of checkout in the last hour", "service-logs", { ...checkout, last: hour }],
    ["show me errors in checkout's log", "service-logs", { ...checkout, last: hour, level: "errors" }],
    ["logs of checkout about timeout", "service-logs", { ...checkout, last: hour, about: "timeout" }],
    [
      "logs of checkout about connection pool in staging in the last 30 minutes",
      "service-logs",
      { service: "checkout", environment: "staging", last: hour / 2, about: "connection pool" },
    ],
    ["what's in the log of billing?", "service-logs", { service: "billing", environment: "production", last: hour }],
    ["cpu of checkout over the last 2 hours", "service-figures", { ...checkout, last: 2 * hour, figure: "cpu" }],
    ["show me latency of checkout", "service-figures", { ...checkout, last: hour, figure: "latency" }],
    [
      "error rate of search in staging",
      "service-figures",
      { service: "search", environment: "staging", last: hour, figure: "error rate" },
    ],
    ["what was deployed to checkout?", "service-deploys", checkout],
    ["latest deploys of checkout", "service-deploys", checkout],
    ["who deployed checkout last?", "service-deploys", checkout],
    ["why is checkout slow?", "find-causes", checkout],
    ["why is checkout not responding in staging?", "find-causes", { service: "checkout", environment: "staging" }],
    ["what is the root cause of the errors in checkout", "find-causes", checkout],
    ["find out what is wrong with checkout", "find-causes", checkout],
    ["tables of reporting", "list-tables", { database: "reporting" }],
    ["tickets about checkout timeouts", "find-tickets", { about: "checkout timeouts" }],
  ])("%s", (text, name, params) => {
    expect(heard(text)).toMatchObject({ kind: "intent", intent: { name, params } });
  });

  test("how far back is at most a day, and said in a sentence", () => {
    expect(heard("logs of checkout in the last 3 days")).toMatchObject({
      kind: "incomplete",
      missing: [{ question: "I look back from 1 minute to 24 hours, not 3 days. How far back shall I look?" }],
    });
  });

  test.each(["deploy website", "show me the audit log", "restart checkout because it leaks memory", "open requests"])(
    "“%s” is none of it",
    (text) => {
      const said = heard(text);
      const name = said.kind === "intent" || said.kind === "incomplete" ? said.intent.name : "";
      expect(["", "restart-service", "open-requests"]).toContain(name);
    },
  );
});

describe("a query is taken as it was written", () => {
  const query = `select "a b", count(*) -- all\nfrom t where x = 'it''s' and not y;`;

  test.each([
    `query reporting: ${query}`,
    `@steward sql reporting:\n${query}`,
    `query reporting: \`\`\`sql\n${query}\`\`\``,
  ])("%s", (text) => {
    expect(heard(text)).toMatchObject({ intent: { name: "query-database", params: { database: "reporting", query } } });
  });

  test("with its labels and ranges, and the time it is asked over", () => {
    const promql = `sum(rate(http_requests_total{job="api", code!~"5.."}[5m])) by (job)`;
    expect(heard(`promql ${promql}`)).toMatchObject({ intent: { params: { query: promql } } });
    expect(heard(`promql main: ${promql} over the last 2 hours`)).toMatchObject({
      intent: { name: "query-metrics", params: { server: "main", query: promql, last: 2 * hour } },
    });
  });

  test("however long it is up to a limit, and never as a part of another request", () => {
    expect(heard(`sql select '${"x".repeat(2000)}'`)).toMatchObject({ kind: "intent" });
    expect(heard(`sql select '${"x".repeat(5000)}'`).kind).toBe("incomplete");
    expect(waysToTake("restart checkout in staging and query reporting: select 'a'", intents, known)).toBeNull();
  });

  test("a database that is not there is said so, with the near one", () => {
    expect(heard("query reportin: select 1")).toEqual({
      kind: "didYouMean",
      suggestions: ["query reporting: select 1"],
    });
  });
});

describe("since when is counted back in the zone of whoever asks", () => {
  // A Saturday, 14:30 in Berlin.
  const here = { now: new Date("2026-11-21T13:30:00Z"), zone: "Europe/Berlin" };
  test.each<[string, string | null]>([
    ["logs of checkout since 14:00", "logs of checkout over the last 30 minutes"],
    ["logs of checkout since 9am in staging", "logs of checkout over the last 330 minutes in staging"],
    ["logs of checkout today", "logs of checkout over the last 870 minutes"],
    ["cpu of checkout since 23:00", "cpu of checkout over the last 930 minutes"],
    ["cpu of checkout since monday", "cpu of checkout over the last 8070 minutes"],
    ["cpu of checkout since this morning", "cpu of checkout over the last 510 minutes"],
    ["cpu of checkout since 2 hours ago", "cpu of checkout over the last 2 hours"],
    ["logs of checkout since yesterday at noon", "logs of checkout over the last 1590 minutes"],
    ["logs of checkout since the deploy", null],
    ["logs of checkout since 5 december", null],
    ["logs of checkout", null],
  ])("%s", (text, wanted) => {
    expect(sinceIn(text, here)).toBe(wanted);
  });
});
