import { text as bodyOf } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { type AnyTool, riskOf } from "../../src/domain/tool.ts";
import { prometheusAsking } from "../../src/systems/prometheus/asking.ts";
import { prometheusTools } from "../../src/systems/prometheus/tools.ts";
import { serveLocally } from "./http-server.ts";
import { run } from "./run-tool.ts";

const noon = new Date("2026-11-21T12:00:00Z");

/** A server that answers as Prometheus does: the status, and this JSON; and the forms it was sent. */
async function prometheus(status: number, answer: unknown) {
  const forms: Record<string, string>[] = [];
  const server = await serveLocally(async (request, response) => {
    forms.push(Object.fromEntries(new URLSearchParams(await bodyOf(request))));
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  const url = `http://127.0.0.1:${server.port}/prom`;
  const [query, range] = prometheusTools([{ name: "main", url, private: true, headers: {} }], async () => noon) as [
    AnyTool,
    AnyTool,
  ];
  return Object.assign(server, { forms, query, range });
}

const success = (resultType: string, result: unknown, more = {}) => ({
  status: "success",
  data: { resultType, result },
  ...more,
});

test("a query gives each series its value, and says what it was", async () => {
  const result = [
    { metric: { __name__: "up", job: "api" }, value: [1795262400.5, "1"] },
    { metric: { __name__: "up", job: "web" }, value: [1795262400.5, "NaN"] },
  ];
  await using server = await prometheus(200, success("vector", result, { warnings: ["one block is missing"] }));
  expect(await run(server.query, { query: "up", at: "5m" })).toEqual({
    query: "up",
    series: [
      { labels: { __name__: "up", job: "api" }, points: [{ at: "2026-11-21T12:00:00.500Z", value: 1 }] },
      { labels: { __name__: "up", job: "web" }, points: [{ at: "2026-11-21T12:00:00.500Z", value: null }] },
    ],
    more: false,
    warnings: ["one block is missing"],
  });
  expect(server.asked[0]?.url).toBe("/prom/api/v1/query");
  expect(server.forms[0]).toEqual({
    query: "up",
    time: String(noon.getTime() / 1000 - 300),
    timeout: "10s",
    limit: "51",
  });
});

test("a range asks for no more points than are shown, however long it is", async () => {
  const values = Array.from({ length: 250 }, (_, i) => [1795262400 + i, String(i)]);
  await using server = await prometheus(200, success("matrix", [{ metric: {}, values }]));
  const given = (await run(server.range, {
    query: "rate(x[5m])",
    since: "30d",
    until: "2026-11-21T11:00:00+01:00",
  })) as {
    series: { points: unknown[] }[];
  };
  expect(given.series[0]?.points).toHaveLength(250);
  const { start, end, step } = server.forms[0] as { start: string; end: string; step: string };
  expect(Number(end)).toBe(Date.parse("2026-11-21T10:00:00Z") / 1000);
  expect(Number(start)).toBe(noon.getTime() / 1000 - 30 * 86_400);
  expect((Number(end) - Number(start)) / Number(step)).toBeLessThanOrEqual(249);
  await run(server.range, { query: "x", since: "1s" });
  expect(server.forms[1]?.["step"]).toBe("1");
});

test("of too many series the first are shown and it is said", async () => {
  const result = Array.from({ length: 60 }, (_, i) => ({ metric: { i: String(i) }, value: [0, "1"] }));
  await using server = await prometheus(200, success("vector", result));
  const given = (await run(server.query, { query: "up" })) as { series: unknown[]; more: boolean };
  expect(given.series).toHaveLength(50);
  expect(given.more).toBe(true);
});

test("a number alone is a series without labels", async () => {
  await using server = await prometheus(200, success("scalar", [1795262400, "3.5"]));
  expect(await run(server.query, { query: "3.5" })).toMatchObject({
    series: [{ labels: {}, points: [{ value: 3.5 }] }],
  });
});

describe("what goes wrong is a sentence", () => {
  test.each([
    [
      400,
      { status: "error", errorType: "bad_data", error: "1:4: parse error: unexpected end" },
      "bad-request",
      "main does not understand the query: 1:4: parse error: unexpected end",
    ],
    [
      503,
      { status: "error", errorType: "timeout", error: "query timed out" },
      "bad-request",
      "main gave up on the query: query timed out; ask for less.",
    ],
    [
      422,
      { status: "error", errorType: "execution", error: "many-to-many matching" },
      "bad-request",
      "main answered 422: many-to-many matching.",
    ],
    [500, { status: "error", errorType: "internal", error: "disk" }, "tool-failed", "main answered 500: disk."],
    [200, { hello: "world" }, "tool-failed", "main answered with what is no answer of a Prometheus (200)."],
    [
      200,
      success("vector", [{ metric: {}, value: "evil" }]),
      "tool-failed",
      "main answered with what is no answer of a Prometheus (200).",
    ],
    [404, "not here", "not-found", 'main answered 404: "not here".'],
  ])("%i %j", async (status, answer, code, message) => {
    await using server = await prometheus(status, answer);
    await expect(run(server.query, { query: "up" })).rejects.toMatchObject({ code, message });
  });

  test("an answer that is too large is none", async () => {
    await using server = await prometheus(200, success("vector", "x".repeat(5 * 2 ** 20)));
    await expect(run(server.query, { query: "up" })).rejects.toMatchObject({ code: "too-large" });
  });

  test("a range that ends before it begins", async () => {
    await using server = await prometheus(200, {});
    await expect(run(server.range, { query: "up", since: "5m", until: "1h" })).rejects.toThrow(
      "since (2026-11-21T11:55:00.000Z) must be before until (2026-11-21T11:00:00.000Z).",
    );
    await expect(run(server.range, { query: "up", since: "yesterday" })).rejects.toThrow("must be an instant such as");
    expect(server.asked).toEqual([]);
  });
});

test("a query that came from outside is not asked unseen", async () => {
  await using server = await prometheus(200, {});
  expect(riskOf(server.query, { query: "up" }, [])).toBe("read");
  expect(riskOf(server.query, { query: "up" }, ["query"])).toBe("dangerous");
  expect(server.query.egress).toEqual([`127.0.0.1:${server.port}`]);
  expect(prometheusTools([], async () => noon)).toEqual([]);
});

describe("what people ask themselves", () => {
  const askingOf = (server: { port: number }, why: string | null = null) => {
    const url = `http://127.0.0.1:${server.port}/prom`;
    const one = { server: { name: "main", url, private: true, headers: {} }, mayAsk: async () => why };
    return prometheusAsking([one], async () => noon)[0] as AnyTool;
  };

  test("is a line for each series: the value now, or how it went over a time", async () => {
    const labels = { __name__: "up", job: "api" };
    const now = [{ metric: labels, value: [1795262400, "1"] }];
    await using instant = await prometheus(200, success("vector", now));
    expect(await run(askingOf(instant), { query: "up" })).toEqual({
      answer: "main gives 1 series.",
      lines: "up\n\nseries      value\n----------  -----\nup job=api      1",
    });
    const values = ["3", "NaN", "9", "5"].map((value, i) => [1795262100 + i * 60, value]);
    await using range = await prometheus(200, success("matrix", [{ metric: {}, values }]));
    expect(await run(askingOf(range), { query: "sum(up)", lastMs: 7_200_000 })).toMatchObject({
      lines: expect.stringMatching(/\(no labels\) +5 +3 +9$/),
    });
    expect(range.forms[0]).toMatchObject({ step: "60", end: String(noon.getTime() / 1000) });
  });

  test("is refused in a sentence, and asks nothing then", async () => {
    await using server = await prometheus(200, success("vector", []));
    const tool = askingOf(server, "You may not.");
    expect(await tool.refuses?.({ tenant: "default", args: { query: "up" }, requesterId: "ana" })).toBe("You may not.");
    await expect(run(tool, { query: "up" })).rejects.toThrow("You may not.");
    await expect(run(askingOf(server), { server: "other", query: "up" })).rejects.toThrow(
      "There is no Prometheus “other” here. There are: main.",
    );
    expect(server.asked).toEqual([]);
    const [absent] = prometheusAsking([], async () => noon) as [AnyTool];
    await expect(run(absent, { query: "up" })).rejects.toThrow(/^No Prometheus is connected: .*docs\/connectors\.md/);
  });
});
