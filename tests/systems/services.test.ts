import { text as bodyOf } from "node:stream/consumers";
import { expect, test } from "vitest";
import { z } from "zod";
import { riskOf } from "../../src/domain/tool.ts";
import { deploymentRuntime } from "../../src/systems/kubernetes/runtime.ts";
import { kubernetesTools } from "../../src/systems/kubernetes/tools.ts";
import { lokiLines } from "../../src/systems/loki/service-lines.ts";
import { promFigure } from "../../src/systems/prometheus/figure.ts";
import type { Placed } from "../../src/systems/services/sources.ts";
import { serviceTools } from "../../src/systems/services/tools.ts";
import { trialCompany } from "../../src/trial/trial.ts";
import { serveLocally } from "./http-server.ts";
import { kubernetesApi } from "./kubernetes-api.ts";
import { callTool, toolNamed } from "./local-server.ts";

const noon = new Date("2026-11-21T12:00:00Z");
const place = { service: "checkout", environment: "production" };

/** Checkout in a cluster, with what else is configured for it; and billing, which it calls, with nothing. */
async function services(more: Partial<Placed> = {}) {
  const api = await kubernetesApi();
  const cluster = { url: api.url, token: "k8s-secret", ca: null, namespaces: [{ name: "shop", production: true }] };
  const runtime = deploymentRuntime(cluster, { namespace: "shop", deployment: "checkout" });
  const empty = { isProtected: false, figures: {}, lines: null, releases: null, runtime: null, dependsOn: [] };
  const tools = serviceTools(
    [
      { ...empty, ...place, runtime, dependsOn: ["billing"], ...more },
      { ...empty, service: "billing", environment: "production" },
    ],
    async () => noon,
    async () => undefined,
  );
  const pin = (name: string, args: object, effectId: string) =>
    toolNamed(tools, name).pin?.({ tenant: "default", args: { ...place, ...args }, effectId });
  return {
    api,
    tools,
    pin,
    call: (name: string, args = {}, id = "e1") => callTool(tools, name, { ...place, ...args }, id),
  };
}

test("a rollback is made once, is bound to what was approved, and can be taken back", async () => {
  const { api, call, pin, tools } = await services();
  api.deploys("shop/checkout:2");
  expect(await call("services.deploys")).toMatchObject({
    version: "2",
    deploys: [
      { version: "2", change: "version" },
      { version: "1", change: "version" },
    ],
  });
  const approved = await pin("services.rollback", { toVersion: "1" }, "e1");
  expect(approved).toMatchObject({ images: ["shop/checkout:2"], to: { version: "1", images: ["shop/checkout:1"] } });
  const done = { ...place, version: "1", fromVersion: "2" };
  expect(await call("services.rollback", { toVersion: "1" })).toEqual(done);
  const changes = api.changes();
  expect(await pin("services.rollback", { toVersion: "1" }, "e1")).toEqual(approved);
  expect(await call("services.rollback", { toVersion: "1" })).toEqual(done);
  expect(api.changes()).toBe(changes);
  expect(await call("services.deploys")).toMatchObject({ version: "1", deploys: [{ change: "rollback" }, {}] });
  const refusal = "checkout cannot go back to version 9 from 1. Kept are: 2.";
  expect(await call("services.rollback", { toVersion: "9" }, "e2")).toMatchObject({ message: refusal });
  const dryRun = (toVersion: string) =>
    toolNamed(tools, "services.rollback").dryRun?.({ tenant: "default", args: { ...place, toVersion } });
  await expect(dryRun("9")).rejects.toThrow(refusal);
  expect(await dryRun("2")).toMatch(/^Would put version 2 on \d+ instances? in place of 1, deployed at /);
});

test("a restart is no release, and other settings of the same image are one", async () => {
  const { api, call } = await services();
  await call("services.restart");
  expect((await call("services.deploys")).deploys).toHaveLength(1);
  api.deploys("shop/checkout:1", { env: [{ name: "REGION", value: "north" }] });
  expect((await call("services.deploys")).deploys).toMatchObject([
    { version: expect.stringMatching(/^1\+/), change: "configuration" },
    { version: "1" },
  ]);
});

test("a deployment is changed by one call at a time, whether as a service or as what it is in its cluster", async () => {
  const { api, tools } = await services();
  const cluster = { url: api.url, token: "k8s-secret", ca: null, namespaces: [{ name: "shop", production: true }] };
  const thing = `kubernetes/${new URL(api.url).host}/shop/checkout`;
  for (const name of ["services.restart", "services.rollback", "services.scale"])
    expect(toolNamed(tools, name).occupies?.(place), name).toBe(thing);
  for (const tool of kubernetesTools(cluster))
    expect(tool.occupies?.({ namespace: "shop", deployment: "checkout" }), tool.name).toBe(
      tool.name === "kubernetes.status" ? undefined : thing,
    );
  expect(toolNamed(tools, "services.scale").occupies?.({ ...place, service: "billing" })).toBe(
    "services/production/billing",
  );
});

test("what can change production is dangerous, and so is what nobody configured", async () => {
  const { tools, call, api } = await services();
  const restart = toolNamed(tools, "services.restart");
  expect(riskOf(restart, place, [])).toBe("dangerous");
  expect(riskOf(restart, { ...place, service: "other" }, [])).toBe("dangerous");
  expect(await call("services.scale", { instances: 5 })).toEqual({ ...place, instances: 5, before: 2 });
  expect(api.deployment.spec.replicas).toBe(5);
});

test("what is not configured is answered with a sentence that names what there is", async () => {
  const { tools, call } = await services();
  expect(await call("services.metrics")).toMatchObject({
    message: "no metrics are configured for checkout in production",
  });
  expect(await call("services.logs")).toMatchObject({ message: "no logs are configured for checkout in production" });
  expect(await callTool(tools, "services.status", { service: "chekout", environment: "production" })).toMatchObject({
    message:
      "There is no service “chekout” in production. Did you mean checkout? The services of steward.yaml are: checkout, billing.",
  });
  expect((await call("services.dependencies")).dependencies).toMatchObject([
    { service: "billing", calledBy: ["checkout"], metrics: {}, deploys: [], lines: [] },
  ]);
});

test("figures lie on one grid, gaps are filled, and lines come from Loki", async () => {
  await using prometheus = await serveLocally(async (request, response) => {
    const form = new URLSearchParams(await bodyOf(request));
    const end = Number(form.get("end"));
    const values = form.get("query") === "errors" ? [[end - 60, "7"]] : [[end, "NaN"]];
    const data = { resultType: "matrix", result: [{ metric: {}, values }] };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ status: "success", data }));
  });
  await using loki = await serveLocally((_request, response) => {
    const values = [[`${BigInt(noon.getTime()) * 1_000_000n}`, "ERROR no"]];
    const data = { resultType: "streams", result: [{ stream: {}, values }] };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ status: "success", data }));
  });
  const at = ({ port }: { port: number }) => ({
    name: "m",
    url: `http://127.0.0.1:${port}`,
    private: true,
    headers: {},
  });
  const { call } = await services({
    figures: { errorRate: promFigure(at(prometheus), "errors"), cpu: promFigure(at(prometheus), "cpu") },
    lines: lokiLines(at(loki), '{app="checkout"}'),
  });
  expect(await call("services.metrics", { lastMs: 120_000, points: 3 })).toEqual({
    ...place,
    since: "2026-11-21T11:58:00.000Z",
    stepMs: 60_000,
    metrics: { errorRate: [7, 7, 7] },
  });
  expect(await call("services.logs")).toEqual({ lines: [{ at: noon.toISOString(), line: "ERROR no" }] });
  expect(await call("services.status")).toMatchObject({ version: "1", instances: [{ status: "running" }, {}] });
});

test("the simulated company offers the same tools with the same results", async () => {
  const { tools } = await services();
  const trial = trialCompany({} as never).tools.filter(({ name }) => name.startsWith("services."));
  expect(trial.map(({ name }) => name).sort()).toEqual(tools.map(({ name }) => name).sort());
  for (const tool of trial) {
    const real = toolNamed(tools, tool.name);
    expect(z.toJSONSchema(real.result), tool.name).toEqual(z.toJSONSchema(tool.result));
    expect(keysOf(real.params), tool.name).toEqual(keysOf(tool.params));
    for (const key of ["lastMs", "points", "limit"])
      expect(propertyOf(real.params, key), `${tool.name} ${key}`).toEqual(propertyOf(tool.params, key));
    expect(real.effect).toBe(tool.effect);
    expect(real.steers).toEqual(tool.steers);
  }
});

function keysOf(schema: z.ZodType): string[] {
  return Object.keys((schema as z.ZodObject).shape).sort();
}

function propertyOf(schema: z.ZodType, key: string): unknown {
  return (z.toJSONSchema(schema) as { properties: Record<string, unknown> }).properties[key];
}
