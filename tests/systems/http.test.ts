import { randomUUID } from "node:crypto";
import { text as bodyOf } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import type { JsonObject } from "../../src/domain/json.ts";
import { type AnyTool, riskOf } from "../../src/domain/tool.ts";
import { checkServer } from "../../src/systems/http/connection.ts";
import { httpTools, type WebService } from "../../src/systems/http/tools.ts";
import { serveLocally } from "./http-server.ts";
import { run } from "./run-tool.ts";

const token = "s3cr3t-of-billing";

function billing(port: number, more: Partial<WebService> = {}): WebService {
  return {
    name: "billing",
    url: `http://127.0.0.1:${port}/api`,
    private: true,
    headers: { Authorization: `Bearer ${token}` },
    methods: { POST: "write", DELETE: "never" },
    idempotencyHeader: null,
    costUsd: null,
    ...more,
  };
}

function toolsOf(service: WebService): [get: AnyTool, send: AnyTool] {
  return httpTools([service]) as [AnyTool, AnyTool];
}

test("a service is read with its credentials, which never come back", async () => {
  await using server = await serveLocally((request, response) => {
    const { authorization = "" } = request.headers;
    response.setHeader("content-type", "application/json; charset=utf-8");
    response.end(
      JSON.stringify({ asked: request.url, authorization, packed: Buffer.from(authorization).toString("base64") }),
    );
  });
  const [get] = toolsOf(billing(server.port));
  expect(await run(get, { path: "/invoices/7", query: { page: 2, q: "a&b=c" } })).toEqual({
    status: 200,
    body: { asked: "/api/invoices/7?page=2&q=a%26b%3Dc", authorization: "[secret]", packed: "[secret]" },
    whole: true,
    note: null,
  });
});

describe("a path cannot leave where the service is", () => {
  test.each([
    "invoices",
    "//evil.test/",
    "/../admin",
    "/a/../../admin",
    "/%2e%2e/admin",
    "/a/%2E%2e/admin",
    "/..%2fadmin",
    "/..%5cadmin",
    "/..;/admin",
    "/%252e%252e/admin",
    "/a\\..\\admin",
    "/.",
    "/a?b=c",
    "/a#b",
    "/a\nb",
    "/a%0d%0ahost:%20evil",
    "/%00",
    "/%ff",
    "/a b",
    "/ü",
    "@evil.test/",
    ":80@evil.test/",
    "/\thttp://evil.test",
  ])("%j", async (path) => {
    await using server = await serveLocally((_request, response) => response.end());
    for (const tool of toolsOf(billing(server.port)))
      await expect(run(tool, { method: "POST", path })).rejects.toMatchObject({ code: "bad-request", undone: true });
    expect(server.asked).toEqual([]);
  });
});

describe("what changes something", () => {
  test("is dangerous unless the configuration says otherwise, and always where something from outside steers it", () => {
    const [get, send] = toolsOf(billing(1));
    const args = (method: string): JsonObject => ({ method, path: "/x", body: { note: "from a ticket" } });
    expect(riskOf(get, { path: "/x" }, [])).toBe("read");
    expect(riskOf(get, { path: "/x" }, ["path"])).toBe("dangerous");
    expect(riskOf(get, { path: "/x", query: { q: 1 } }, ["query"])).toBe("dangerous");
    expect(riskOf(send, args("POST"), [])).toBe("write");
    expect(riskOf(send, args("PUT"), [])).toBe("dangerous");
    expect(riskOf(send, args("POST"), ["body"])).toBe("write");
    for (const name of ["method", "path", "query"]) expect(riskOf(send, args("POST"), [name])).toBe("dangerous");
    expect(riskOf(send, args("GET"), [])).toBe("dangerous");
  });

  test("is opaque, or keyed by the effect where the service knows a key", async () => {
    const bodies: string[] = [];
    await using server = await serveLocally(async (request, response) => {
      bodies.push(await bodyOf(request));
      response.writeHead(201).end();
    });
    expect(toolsOf(billing(server.port))[1].effect).toBe("opaque");
    const [, send] = toolsOf(billing(server.port, { idempotencyHeader: "Idempotency-Key" }));
    expect(send.effect).toBe("keyed");
    const effectId = randomUUID();
    const args = { method: "POST", path: "/invoices", body: { b: 1, a: "é" } };
    expect(await run(send, args, effectId)).toMatchObject({ status: 201 });
    expect(server.asked[0]?.headers["idempotency-key"]).toBe(effectId);
    expect(server.asked[0]?.headers["content-type"]).toBe("application/json");
    expect(bodies).toEqual(['{"a":"é","b":1}']);
  });

  test("says to an approver what is sent where, and is bound to that address", async () => {
    const [, send] = toolsOf(billing(8443));
    expect(send.describe({ method: "POST", path: "/invoices/7/void" })).toBe(
      "Send POST /invoices/7/void to billing (127.0.0.1:8443)",
    );
    expect(await send.pin?.({ tenant: "default", args: {}, effectId: "e1" })).toEqual({
      url: "http://127.0.0.1:8443/api",
    });
    expect(send.egress).toEqual(["127.0.0.1:8443"]);
  });

  test("is not sent by a method that is never to be used", async () => {
    await using server = await serveLocally((_request, response) => response.end());
    await expect(run(toolsOf(billing(server.port))[1], { method: "DELETE", path: "/x" })).rejects.toThrow(
      "billing takes no DELETE; POST, PUT, PATCH.",
    );
    expect(server.asked).toEqual([]);
  });
});

describe("an answer that is none", () => {
  test.each([
    [400, "bad-request", null, "billing answered 400: bad [secret]."],
    [
      401,
      "platform-refused",
      null,
      "billing answered 401: bad [secret]. Check what the token in its headers is allowed to do.",
    ],
    [404, "not-found", null, "billing answered 404: bad [secret]."],
    [429, "platform-busy", 7000, "billing answered 429: bad [secret]."],
    [503, "tool-failed", 5000, "billing answered 503: bad [secret]."],
  ])("%i is a failure that says whether to try again", async (status, code, retryAfterMs, message) => {
    await using server = await serveLocally((_request, response) =>
      response.writeHead(status, { "content-type": "text/plain", "retry-after": "7" }).end(`bad\n${token}`),
    );
    const failure = run(toolsOf(billing(server.port))[1], { method: "POST", path: "/x" });
    await expect(failure).rejects.toBeInstanceOf(Fault);
    await expect(failure).rejects.toMatchObject({ code, retryAfterMs, message });
  });

  test("a redirect is not followed and says where it points", async () => {
    await using server = await serveLocally((_request, response) =>
      response.writeHead(302, { location: `http://169.254.169.254/?t=${token}` }).end(),
    );
    for (const tool of toolsOf(billing(server.port, { redirects: 0 })))
      expect(await run(tool, { method: "POST", path: "/x" })).toMatchObject({
        status: 302,
        note: "It points to http://169.254.169.254/?t=[secret], which was not followed.",
      });
    expect(server.asked).toHaveLength(2);
  });
});

test("of a long answer the beginning is read, and no half of a secret", async () => {
  const most = 256 * 1024;
  await using server = await serveLocally((_request, response) => {
    response.setHeader("content-type", "text/plain");
    response.end(`${"x".repeat(most - 10)}${token}${"y".repeat(most)}`);
  });
  const given = (await run(toolsOf(billing(server.port))[0], { path: "/x" })) as {
    body: string;
    whole: boolean;
    note: string;
  };
  expect(given.whole).toBe(false);
  expect(given.body).toMatch(/^x+$/);
  expect(given.note).toBe(`Only its first ${given.body.length} characters were read.`);
});

test("a picture is not shown, and broken JSON is text", async () => {
  await using server = await serveLocally((request, response) => {
    const picture = request.url === "/api/picture";
    response.setHeader("content-type", picture ? "image/png" : "application/json");
    response.end(picture ? Buffer.from([137, 80]) : "{");
  });
  const [get] = toolsOf(billing(server.port));
  expect(await run(get, { path: "/picture" })).toMatchObject({
    body: null,
    note: "It is image/png, which is not shown.",
  });
  expect(await run(get, { path: "/broken" })).toMatchObject({ body: "{", note: null });
});

test("a check says what is missing", async () => {
  await using server = await serveLocally((request, response) =>
    response.writeHead(request.headers.authorization === `Bearer ${token}` ? 200 : 401).end(),
  );
  const { port } = server;
  expect(await checkServer(billing(port), "/")).toEqual([]);
  expect(await checkServer(billing(port, { headers: {} }), "/")).toEqual([
    "billing answered 401. Check what the token in its headers is allowed to do.",
  ]);
  await server[Symbol.asyncDispose]();
  expect(await checkServer(billing(port), "/")).toEqual([`127.0.0.1:${port} refuses connections (ECONNREFUSED).`]);
});
