import { expect, test } from "vitest";
import { depthOf } from "../../src/http/body.ts";
import { jsonOf, startWorld } from "./world.ts";

test.each([
  ["from another machine", { peer: "10.0.0.7" }],
  ["under another host name", { headers: { host: "steward.example" } }],
  ["when forwarded", { headers: { "x-forwarded-for": "127.0.0.1" } }],
  ["when forwarded, in the standard's words", { headers: { forwarded: "for=127.0.0.1" } }],
  ["from another origin", { headers: { origin: "http://evil.example" } }],
  ["from no origin in particular", { headers: { origin: "null" } }],
])("a person header is not believed %s", async (_, request) => {
  const world = await startWorld();
  const answer = await world.ask("/api/chat/channels", { as: "ben", ...request });
  expect(answer.status).toBe(400);
  expect(answer.headers.get("content-type")).toContain("application/problem+json");
  expect(world.heard.refusals).toEqual(["person-claimed"]);
});

test.each(["localhost:3000", "127.0.0.1:3000", "[::1]:3000"])(
  "a person header is believed at %s, with our own origin",
  async (host) => {
    const world = await startWorld();
    expect(
      (await world.ask("/api/chat/channels", { as: "ben", headers: { host, origin: `http://${host}` } })).status,
    ).toBe(200);
  },
);

test("an unknown person is told who there is", async () => {
  const world = await startWorld();
  const answer = await world.ask("/api/chat/channels", { as: "mallory" });
  expect([answer.status, await answer.json()]).toEqual([
    400,
    expect.objectContaining({
      detail: "There is no person “mallory” here: the trial company has ana, ben, cara, dan, eve.",
    }),
  ]);
  expect(world.heard.refusals).toEqual(["unknown-person"]);
});

test.each([
  { origin: "http://evil.example" },
  { origin: "null" },
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
])("a change asked for by another site is refused and audited: %o", async (headers) => {
  const world = await startWorld();
  const answer = await world.ask("/api/session", { headers, body: { person: "ben" } });
  expect([answer.status, (await jsonOf(answer))["because"]]).toEqual([403, "cross-site"]);
  expect(world.heard.refusals).toEqual(["cross-site"]);
});

test("a session begins with POST, is held by a strict cookie, and cannot be forged", async () => {
  const world = await startWorld();
  const begun = await world.ask("/api/session", { body: { person: "ben" } });
  const cookie = begun.headers.get("set-cookie") ?? "";
  expect(cookie).toMatch(/HttpOnly; SameSite=Strict$/);
  const held = cookie.split(";")[0] ?? "";
  expect(await (await world.ask("/api/session", { headers: { cookie: held } })).json()).toMatchObject({
    person: { id: "ben" },
  });
  expect(
    await (await world.ask("/api/session", { headers: { cookie: held.replace("=ben", "=cara") } })).json(),
  ).toEqual({ person: null });
  expect(await (await world.ask("/api/session", { headers: { cookie: held, host: "evil.example" } })).json()).toEqual({
    person: null,
  });
  const ended = await world.ask("/api/session", { method: "DELETE", headers: { cookie: held } });
  expect([ended.status, ended.headers.get("set-cookie")]).toEqual([204, expect.stringContaining("Max-Age=0")]);
});

test("a page that was drawn for one person acts for nobody else, and says who is signed in now", async () => {
  const world = await startWorld();
  const begun = await world.ask("/api/session", { body: { person: "ben" } });
  const cookie = begun.headers.get("set-cookie")?.split(";")[0] ?? "";
  const asks = async (drawnFor: string, more: object = {}) => {
    const headers = { cookie, "x-steward-drawn-for": drawnFor };
    const answer = await world.ask("/api/chat/ops/messages", { headers, ...more });
    return [answer.status, await jsonOf(answer)] as const;
  };
  const sentence = "You are Ben now in this browser, and this page was drawn for Ana: nothing was done.";
  const refused = [409, expect.objectContaining({ because: "another-person", detail: sentence })];
  expect(await asks("ana", { body: { text: "restart checkout in production" } })).toEqual(refused);
  expect(await asks("ana")).toEqual(refused);
  expect(await asks("nobody-here")).toMatchObject([409, { detail: expect.stringContaining("for somebody else") }]);
  expect(await asks("ana", { headers: { "x-steward-drawn-for": "ana" } })).toMatchObject([
    409,
    { detail: expect.stringMatching(/^Nobody is signed in in this browser/) },
  ]);
  expect(await asks("ben")).toMatchObject([200, { messages: expect.any(Array) }]);
  const changing = { headers: { cookie, "x-steward-drawn-for": "ana" }, body: { person: "cara" } };
  expect((await world.ask("/api/session", changing)).status).toBe(200);
});

test("a session cannot be taken by a page that rebound its name to this machine", async () => {
  const world = await startWorld();
  const answer = await world.ask("/api/session", {
    headers: { host: "evil.example:3000", origin: "http://evil.example:3000" },
    body: { person: "ben" },
  });
  expect([answer.status, answer.headers.get("set-cookie")]).toEqual([400, null]);
});

test.each([
  ["is not JSON", "{oops", 400, /not valid JSON/],
  ["is too deep", `${"[".repeat(65)}${"]".repeat(65)}`, 400, /deeper than 64/],
  ["is far too deep", "[".repeat(200_000), 400, /deeper than 64/],
  ["is too large", JSON.stringify({ text: "x".repeat(300 * 1024) }), 413, /larger than 256 KB/],
  ["lacks what is needed", "{}", 400, /“text” in the body/],
])("a body that %s is refused with one sentence", async (_, body, status, detail) => {
  const world = await startWorld();
  const answer = await world.ask("/api/chat/ops/messages", { as: "ana", body });
  expect(answer.status).toBe(status);
  expect((await jsonOf(answer))["detail"]).toMatch(detail);
  expect(world.heard.said).toEqual([]);
});

test("a platform may send more than a person, and not without end", async () => {
  const world = await startWorld();
  const long = "x".repeat(900 * 1024);
  expect((await world.ask("/api/messages", { body: long })).status).toBe(200);
  expect(world.heard.platform).toEqual([long.length]);
  const refused = await world.ask("/api/messages", { body: long + long });
  expect([refused.status, (await jsonOf(refused))["detail"]]).toEqual([
    413,
    "The body is larger than 1024 KB: send less.",
  ]);
  expect(world.heard.platform).toHaveLength(1);
});

test("a body of another type is refused, and NUL and lone surrogates never get further", async () => {
  const world = await startWorld();
  expect(
    (
      await world.ask("/api/chat/ops/messages", {
        as: "ana",
        body: "text=hi",
        headers: { "content-type": "application/x-www-form-urlencoded" },
      })
    ).status,
  ).toBe(415);
  await world.ask("/api/chat/ops/messages", { as: "ana", body: '{"text":"a\\u0000b\\ud800c"}' });
  expect(world.heard.said).toMatchObject([{ text: "ab\ufffdc", from: "ana", channel: "ops" }]);
});

test("depth counts nesting, not brackets in texts", () => {
  expect([depthOf('{"a":"[[[\\"[["}'), depthOf("[[],[[]]]"), depthOf("1")]).toEqual([1, 3, 0]);
});

test("production closes chat, session and pages with a sentence, and takes keys", async () => {
  const world = await startWorld("production");
  for (const path of ["/api/session", "/api/chat/channels", "/", "/runs"])
    expect((await world.ask(path)).status).toBe(503);
  expect((await world.ask("/api/chat/channels", { as: "ana" })).status).toBe(400);
  expect((await world.ask("/api/runs", { headers: { authorization: "Bearer stw_k_good" } })).status).toBe(200);
  expect((await world.ask("/api/health")).status).toBe(200);
});

test("an unknown key is 401 and audited, a key without the scope 403, nobody 401", async () => {
  const world = await startWorld("production");
  const unknown = await world.ask("/api/runs", { headers: { authorization: "Bearer stw_k_bad" } });
  expect([unknown.status, unknown.headers.get("www-authenticate"), world.heard.refusals]).toEqual([
    401,
    "Bearer",
    ["unknown-key"],
  ]);
  expect((await world.ask("/api/gates", { headers: { authorization: "Bearer stw_k_good" } })).status).toBe(403);
  expect((await world.ask("/api/runs")).status).toBe(401);
});

test("every answer forbids foreign content, sniffing and frames", async () => {
  const world = await startWorld();
  for (const path of ["/", "/api/health", "/nothing", "/assets/app.js"]) {
    const { headers } = await world.ask(path);
    expect(headers.get("content-security-policy")).toMatch(/default-src 'self'; frame-ancestors 'none'/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cache-control")).toMatch(/no-store|no-cache/);
  }
});
