import { expect, test } from "vitest";
import type { AuditLine } from "../../src/http/reads.ts";
import { effectId, gateId, runId, taskId } from "./database.ts";
import { jsonOf, startWorld } from "./world.ts";

const ids = (list: unknown) => (list as { id: string }[]).map(({ id }) => id);

test("what is said is accepted with 202, under the client's key, in a channel with or without #", async () => {
  const world = await startWorld();
  const answer = await world.ask("/api/chat/%23ops/messages", {
    as: "ana",
    body: { text: "help", thread: "a" },
    headers: { "idempotency-key": "k1" },
  });
  expect([answer.status, await answer.json()]).toEqual([202, { id: "new" }]);
  expect(world.heard.said).toEqual([
    { tenant: "default", channel: "ops", from: "ana", text: "help", thread: "a", deliveryKey: "k1" },
  ]);
});

test("messages are listed for the viewer only, after a number", async () => {
  const world = await startWorld();
  const idsFor = async (as: string, query = "") =>
    ids((await jsonOf(world.ask(`/api/chat/ops/messages${query}`, { as })))["messages"]);
  expect(await idsFor("ana")).toEqual(["a", "b", "c"]);
  expect(await idsFor("ben", "?after=1")).toEqual(["b"]);
  expect((await world.ask("/api/chat/ops/messages?after=soon", { as: "ana" })).status).toBe(400);
  expect((await world.ask("/api/chat/ops/messages")).status).toBe(401);
});

test("a press answers its outcome, a form for what is missing, or 403 with because", async () => {
  const world = await startWorld();
  const press = async (token: string, values?: object) => {
    const answer = await world.ask("/api/chat/presses", { as: "ben", body: { token, ...(values && { values }) } });
    return [answer.status, await answer.json()];
  };
  expect(await press("good")).toEqual([200, { outcome: "approved", sentence: "Decided." }]);
  expect(await press("deny")).toEqual([
    200,
    { outcome: "form", fields: [{ name: "reason", label: "Why?", required: true }] },
  ]);
  expect(await press("deny", { reason: "no" })).toEqual([200, { outcome: "denied", sentence: "Decided." }]);
  expect(await press("own")).toEqual([
    403,
    expect.objectContaining({ because: "own-request", detail: "Nobody approves their own request." }),
  ]);
  expect((await press("stale"))[0]).toBe(404);
});

test("the stream sends pages of news as server-sent events, and ends when we close", async () => {
  const world = await startWorld();
  const answer = await world.ask("/api/chat/stream", { as: "ana" });
  expect(answer.headers.get("content-type")).toContain("text/event-stream");
  world.closing.abort();
  expect(await answer.text()).toMatch(/event: messages\ndata: \{"channel":"ops"/);
});

test("a workflow is created by name with its input, shown, and terminated", async () => {
  const world = await startWorld();
  const created = await world.ask("/api/workflows/create", {
    as: "ana",
    body: { name: "restart-service", priority: "high", context: { service: "checkout" } },
    headers: { "idempotency-key": "once" },
  });
  expect([created.status, created.headers.get("location")]).toEqual([201, `/api/workflows/status/${runId}`]);
  expect(await created.json()).toMatchObject({
    workflowId: runId,
    id: expect.stringMatching(/^R-[0-9A-Z]{6}$/),
    status: "waiting",
    name: "restart-service",
  });
  expect(world.heard.started).toMatchObject([
    { name: "restart-service", priority: "high", context: { service: "checkout" }, key: "once", by: { id: "ana" } },
  ]);
  expect(
    await (
      await world.ask(`/api/workflows/status/${runId}`, { headers: { authorization: "Bearer stw_k_good" } })
    ).json(),
  ).toMatchObject({
    workflowId: runId,
    steps: [{ id: "ask" }, { id: "restart" }],
    gates: [{ id: gateId }, { state: "denied" }],
  });
  const ended = await world.ask(`/api/workflows/terminate/${runId}`, { as: "ana", method: "POST" });
  expect([ended.status, world.heard.acts]).toEqual([200, ["cancel"]]);
});

test("an unknown workflow is 422 with near names, a wrong input 422 with what is wrong, an unknown run 404", async () => {
  const world = await startWorld();
  const create = async (body: object) => {
    const answer = await world.ask("/api/workflows/create", { as: "ana", body });
    return [answer.status, await answer.json()];
  };
  expect(await create({ name: "restart-servis" })).toEqual([
    422,
    expect.objectContaining({
      near: ["restart-service"],
      detail: "There is no workflow “restart-servis”: did you mean restart-service?",
    }),
  ]);
  expect(await create({ name: "restart-service" })).toEqual([
    422,
    expect.objectContaining({ problems: ["service is missing: give its name."] }),
  ]);
  expect((await create({ name: "restart-service", priority: "soon" }))[0]).toBe(400);
  expect((await world.ask("/api/workflows/create", { as: "eve", body: { name: "restart-service" } })).status).toBe(403);
  for (const id of ["R-ABCDEF", gateId, "'"])
    expect((await world.ask(`/api/workflows/status/${id}`, { as: "ana" })).status).toBe(404);
  expect((await world.ask(`/api/workflows/status/${runId}`, { as: "eve" })).status).toBe(404);
});

test("a run is named by its id or by its R-..., in either case, wherever one is taken; another is 404 with a sentence", async () => {
  const world = await startWorld();
  const ask = async (path: string, as = "cara", body?: object) => {
    const answer = await world.ask(path, { as, ...(body && { body }) });
    const { detail, ...rest } = (await answer.json()) as Record<string, unknown>;
    return [answer.status, detail ?? rest];
  };
  for (const name of ["R-AAAAAA", "r-aaaaaa"]) {
    expect(await ask(`/api/workflows/status/${name}`)).toEqual([200, expect.objectContaining({ workflowId: runId })]);
    expect((await ask(`/api/workflows/terminate/${name}`, "ben", {}))[0]).toBe(200);
    expect((await ask(`/api/runs/${name}/control`, "ben", { act: "pause" }))[0]).toBe(200);
    expect(await ask(`/api/runs?before=${name}`)).toEqual([200, { runs: [] }]);
    expect(await ask(`/api/audit?actor=${name}`)).toEqual([200, expect.objectContaining({ stream: `actor:${runId}` })]);
    expect(await ask(`/api/spend?run=${name}`)).toEqual([200, expect.objectContaining({ calls: [expect.anything()] })]);
  }
  const missing =
    "There is no run R-ABCDEF, or several are called so, or it is not yours to see: give the workflowId, or the id R-…, that create answered.";
  for (const path of [
    "workflows/status/R-ABCDEF",
    "runs?before=r-abcdef",
    "audit?actor=R-ABCDEF",
    "spend?run=R-ABCDEF",
  ])
    expect([path, await ask(`/api/${path}`)]).toEqual([path, [404, missing]]);
  for (const path of ["workflows/status/R-AAAAAA", "runs?before=R-AAAAAA"])
    expect((await ask(`/api/${path}`, "eve"))[0]).toBe(404);
  expect((await ask("/api/spend?run=R-AAAAAA%00'"))[0]).toBe(400);
});

test("runs are listed as they are wanted, to guests their own alone, and a filter that is misspelt is refused", async () => {
  const world = await startWorld();
  const list = async (query: string, as = "ben") => {
    const answer = await world.ask(`/api/runs${query}`, { as });
    const body = (await answer.json()) as { runs?: { id: string }[]; detail?: string };
    return [answer.status, body.runs?.map(({ id }) => id) ?? body.detail];
  };
  for (const query of [
    "",
    "?state=open",
    "?requester=ana&workflow=restart-service",
    "?q=Checkout+prod",
    "?q=r-aaaaaa&limit=1",
  ])
    expect([query, await list(query)]).toEqual([query, [200, [runId]]]);
  for (const query of ["?state=failed", "?requester=ben", "?q=search", `?before=${runId}`])
    expect([query, await list(query)]).toEqual([query, [200, []]]);
  expect(await list("", "eve")).toEqual([200, []]);
  expect(await list("?state=running")).toEqual([400, "“state” in the query is not right: give open, ended or failed."]);
  expect(await list("?q=")).toEqual([400, "“q” in the query is not right: say what to look for, or leave it out."]);
  expect((await list("?stat=open"))[0]).toBe(400);
  expect((await list("?limit=1000"))[0]).toBe(400);
});

test("runs are steered and effects in doubt answered by POST only", async () => {
  const world = await startWorld();
  expect((await world.ask(`/api/runs/${runId}/control`, { as: "ben", body: { act: "pause" } })).status).toBe(200);
  expect((await world.ask(`/api/runs/${runId}/control`, { as: "ben", body: { act: "explode" } })).status).toBe(400);
  expect((await world.ask(`/api/effects/${effectId}/answer`, { as: "ben", body: { answer: "did-not" } })).status).toBe(
    200,
  );
  expect((await world.ask(`/api/runs/${runId}/control`, { as: "ben" })).status).toBe(404);
  expect(world.heard.acts).toEqual(["pause", "did-not"]);
});

test("a picture is an image that nobody else keeps, and a report a file", async () => {
  const world = await startWorld();
  const chat = await world.ask("/api/chat/pictures/m1/p1", { as: "ana" });
  expect([chat.status, Object.fromEntries(chat.headers)]).toMatchObject([
    200,
    {
      "content-type": "image/png",
      "cache-control": "private, max-age=31536000, immutable",
      "x-content-type-options": "nosniff",
    },
  ]);
  expect((await world.ask("/api/chat/pictures/m1/p1", { as: "ben" })).status).toBe(404);
  expect((await world.ask("/api/chat/pictures/m1/p1")).status).toBe(401);
  for (const id of ["'", taskId])
    expect((await world.ask(`/api/runs/${runId}/pictures/${id}`, { as: "ana" })).status).toBe(404);
  const report = await world.ask(`/api/runs/${runId}/reports/${taskId}`, { as: "ana" });
  expect([report.status, await report.text(), report.headers.get("content-type")]).toEqual([
    200,
    "# What happened\n\n- nothing <b>bold</b>",
    "text/markdown; charset=utf-8",
  ]);
  expect(report.headers.get("content-disposition")).toMatch(/^attachment; filename="R-[0-9A-Z]{6}\.md"$/);
  for (const path of ["reports", "pictures"])
    expect((await world.ask(`/api/runs/${runId}/${path}/${taskId}`, { as: "eve" })).status).toBe(404);
});

test("gates list what waits for me, and decide through the same function as a press", async () => {
  const world = await startWorld();
  const idsFor = async (as: string) => ids((await jsonOf(world.ask("/api/gates", { as })))["gates"]);
  expect([await idsFor("cara"), await idsFor("ana")]).toEqual([[gateId], []]);
  expect(await (await world.ask(`/api/gates/${gateId}`, { as: "cara" })).json()).toMatchObject({
    id: gateId,
    mayAnswer: true,
    actions: [{ describes: "Restart checkout in production" }],
  });
  const decided = await world.ask(`/api/gates/${gateId}/decision`, {
    as: "cara",
    body: { decision: "deny", reason: "later" },
  });
  expect(await decided.json()).toMatchObject({ outcome: "denied" });
  expect(world.heard.presses).toMatchObject([
    { gateId, answer: "deny", values: { reason: "later" }, person: { id: "cara" }, surface: "web" },
  ]);
  expect((await world.ask("/api/gates/nonsense", { as: "cara" })).status).toBe(404);
});

test("the audit is read and exported by those who may, verified by members", async () => {
  const world = await startWorld();
  const entries = await (await world.ask(`/api/audit?actor=${runId}`, { as: "cara" })).json();
  expect(entries).toMatchObject({
    stream: `actor:${runId}`,
    entries: [{ seq: 1 }, { seq: 2, body: { reason: "not on <Friday>" } }, { seq: 3, kind: "pause" }],
  });
  const refused = await world.ask(`/api/audit?actor=${runId}`, { as: "ana" });
  expect([refused.status, (await jsonOf(refused))["because"], world.heard.refusals]).toEqual([
    403,
    "not-an-auditor",
    ["not-an-auditor"],
  ]);
  expect(await (await world.ask("/api/audit/verify", { as: "ana" })).json()).toMatchObject({ ok: true, entries: 3 });
  const guest = await world.ask("/api/audit/verify", { as: "eve" });
  expect([guest.status, (await jsonOf(guest))["because"], world.heard.refusals.at(-1)]).toEqual([
    403,
    "guest",
    "guest",
  ]);
  expect(await (await world.ask("/api/audit/export", { as: "cara" })).text()).toBe('{"v":1}\n{"end":true}\n');
  expect((await world.ask("/api/audit", { as: "cara" })).status).toBe(400);
  for (const query of [
    `by=ben`,
    `kind=pause&run=${runId}`,
    "from=2026-01-02T03:04:06Z&until=2026-01-03",
    "run=restart",
  ]) {
    const found = (await (await world.ask(`/api/audit?${query}`, { as: "cara" })).json()) as { entries: AuditLine[] };
    const about = { machine: "plan", runId, short: "R-AAAAAA" };
    expect([query, found.entries[0]]).toMatchObject([query, { seq: 3, by: "ben", about }]);
  }
  const tool = await (await world.ask("/api/audit?tool=services.nothing", { as: "cara" })).json();
  expect(tool).toEqual({ entries: [], next: null, since: expect.stringMatching(/Z$/) });
  for (const query of ["from=yesterday", "by=", "by=ben&before=2026-11-21", `actor=${runId}&by=ben`])
    expect([query, (await world.ask(`/api/audit?${query}`, { as: "cara" })).status]).toEqual([query, 400]);
  expect((await world.ask("/api/audit?by=ben", { as: "ana" })).status).toBe(403);
});

test("health is true per component, and 503 when one is not well", async () => {
  const world = await startWorld();
  expect(await (await world.ask("/api/health")).json()).toEqual({
    status: "healthy",
    timestamp: expect.any(Number),
    version: "0.1.0",
    environment: "trial",
    components: { store: "healthy", queue: "healthy" },
  });
  world.heard.acts.push("sick");
  const sick = await world.ask("/api/health");
  expect([sick.status, (await jsonOf(sick))["status"]]).toEqual([503, "unhealthy"]);
});

test("services of the trial company are broken and mended by members", async () => {
  const world = await startWorld();
  const where = { service: "checkout", environment: "production" };
  expect(await (await world.ask("/api/trial/break", { as: "ana", body: { ...where, fault: "slow" } })).json()).toEqual({
    sentence: "checkout: slow.",
  });
  expect((await world.ask("/api/trial/break", { as: "ana", body: { ...where, fault: "meteor" } })).status).toBe(400);
  expect((await world.ask("/api/trial/mend", { as: "eve", body: where })).status).toBe(403);
});

test("an unknown path is a problem for programs and a page for people", async () => {
  const world = await startWorld();
  expect((await world.ask("/api/nothing", { as: "ana" })).headers.get("content-type")).toContain(
    "application/problem+json",
  );
  const page = await world.ask("/nothing", { as: "ana", headers: { accept: "text/html" } });
  expect([page.status, page.headers.get("content-type")]).toEqual([404, expect.stringContaining("text/html")]);
});
