import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/domain/json.ts";
import { type AnyTool, riskOf } from "../../src/domain/tool.ts";
import { lokiTools } from "../../src/systems/loki/tools.ts";
import { serveLocally } from "./http-server.ts";
import { run } from "./run-tool.ts";

const noon = new Date("2026-11-21T12:00:00Z");

async function loki(status: number, answer: unknown) {
  const server = await serveLocally((_request, response) => {
    const json = typeof answer !== "string";
    response.writeHead(status, { "content-type": json ? "application/json" : "text/plain" });
    response.end(json ? JSON.stringify(answer) : answer);
  });
  const [search] = lokiTools(
    [
      {
        name: "main",
        url: `http://127.0.0.1:${server.port}`,
        private: true,
        headers: { "X-Scope-OrgID": "tenant-one" },
      },
    ],
    async () => noon,
  ) as [AnyTool];
  const asked = () => Object.fromEntries(new URL(server.asked.at(-1)?.url ?? "", "http://loki").searchParams);
  return Object.assign(server, { search, askedFor: asked });
}

const streams = (...result: unknown[]) => ({ status: "success", data: { resultType: "streams", result } });
const nano = (offset: number) => `${BigInt(noon.getTime()) * 1_000_000n + BigInt(offset)}`;

test("lines of all streams come in one order, the newest first", async () => {
  await using server = await loki(
    200,
    streams(
      {
        stream: { pod: "a" },
        values: [
          [nano(3), "third"],
          [nano(1), "first"],
        ],
      },
      { stream: { pod: "b" }, values: [[nano(2), "second", { trace: "7" }]] },
    ),
  );
  expect(await run(server.search, { service: "checkout", since: "30m" })).toEqual({
    query: '{service_name="checkout"}',
    lines: [
      { at: "2026-11-21T12:00:00.000Z", line: "third", labels: { pod: "a" } },
      { at: "2026-11-21T12:00:00.000Z", line: "second", labels: { pod: "b" } },
      { at: "2026-11-21T12:00:00.000Z", line: "first", labels: { pod: "a" } },
    ],
    more: false,
  });
  expect(server.askedFor()).toEqual({
    query: '{service_name="checkout"}',
    start: `${BigInt(noon.getTime() - 1_800_000) * 1_000_000n}`,
    end: nano(0),
    limit: "101",
    direction: "backward",
  });
  expect(server.asked[0]?.headers["x-scope-orgid"]).toBe("tenant-one");
});

test("a service and a text cannot become more than that", async () => {
  await using server = await loki(200, streams());
  await run(server.search, { service: 'a"} or {b="', contains: '" | json \\', since: "2026-11-21T10:00:00Z" });
  expect(server.askedFor()["query"]).toBe('{service_name="a\\"} or {b=\\""} |= "\\" | json \\\\"');
});

test("more lines than were asked for, or longer ones than are shown, are said to be there", async () => {
  const values = Array.from({ length: 6 }, (_, i) => [nano(i), "x".repeat(3000)]);
  await using server = await loki(200, streams({ stream: {}, values }));
  const given = (await run(server.search, { query: "{a=`b`}", since: "1h", limit: 5 })) as {
    lines: { line: string }[];
    more: boolean;
  };
  expect(given.lines).toHaveLength(5);
  expect(given.lines[0]?.line).toBe(`${"x".repeat(2000)}…`);
  expect(given.more).toBe(true);
  const all = (await run(server.search, { query: "{a=`b`}", since: "1h", limit: 6 })) as { more: boolean };
  expect(all.more).toBe(false);
});

describe("what goes wrong is a sentence", () => {
  test.each([
    [
      400,
      "parse error at line 1, col 3\n",
      "bad-request",
      "main does not understand the query: parse error at line 1, col 3",
    ],
    [
      200,
      { status: "success", data: { resultType: "matrix", result: [] } },
      "bad-request",
      "This LogQL query counts; ask for lines.",
    ],
    [
      200,
      streams({ stream: {}, values: [["soon", "x"]] }),
      "tool-failed",
      "main answered with what is no answer of a Loki (200).",
    ],
    [502, "<html>bad gateway</html>", "tool-failed", "main answered 502: <html>bad gateway</html>."],
    [
      401,
      "no org id",
      "platform-refused",
      "main answered 401: no org id. Check what the token in its headers is allowed to do.",
    ],
  ])("%i %j", async (status, answer, code, message) => {
    await using server = await loki(status, answer);
    await expect(run(server.search, { query: "{", since: "1h" })).rejects.toMatchObject({ code, message });
  });

  test.each<JsonObject>([
    { since: "1h" },
    { since: "1h", query: "{}", service: "a" },
    { query: "{}" },
    { query: "{}", since: "soon" },
  ])("%j is not asked", async (args) => {
    await using server = await loki(200, streams());
    await expect(run(server.search, args)).rejects.toThrow();
    expect(riskOf(server.search, args, [])).toBe("dangerous");
    expect(server.asked).toEqual([]);
  });
});
