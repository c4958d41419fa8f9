import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/domain/json.ts";
import { kubernetesTools } from "../../src/systems/kubernetes/tools.ts";
import { kubernetesApi } from "./kubernetes-api.ts";
import { callTool, toolNamed } from "./local-server.ts";

const place = { namespace: "shop", deployment: "checkout" };

async function cluster() {
  const api = await kubernetesApi();
  const tools = kubernetesTools({
    url: api.url,
    token: "k8s-secret",
    ca: null,
    namespaces: [
      { name: "shop", production: true },
      { name: "lab", production: false },
    ],
  });
  const pin = (name: string, args: JsonObject, effectId: string) =>
    toolNamed(tools, name).pin?.({ tenant: "default", args, effectId });
  const dryRun = (name: string, args: JsonObject) => toolNamed(tools, name).dryRun?.({ tenant: "default", args });
  return { api, tools, pin, dryRun };
}

test("a deployment's state names the revisions it can go back to", async () => {
  const { api, tools } = await cluster();
  api.deploys("shop/checkout:2");
  expect(await callTool(tools, "kubernetes.status", place)).toEqual({
    ...place,
    images: ["shop/checkout:2"],
    replicas: 2,
    ready: 2,
    updated: 2,
    generation: 2,
    conditions: ["Available is True: ok"],
    revisions: [
      { revision: 2, images: ["shop/checkout:2"] },
      { revision: 1, images: ["shop/checkout:1"] },
    ],
  });
});

test("a restart makes other pods of the same images", async () => {
  const { api, tools, dryRun } = await cluster();
  expect(await dryRun("kubernetes.restart", place)).toBe("2 pods of shop/checkout:1 would be replaced.");
  expect(await callTool(tools, "kubernetes.restart", place, "e1")).toMatchObject({ generation: 2 });
  expect(api.deployment.spec.template.metadata.annotations).toEqual({ "steward/restart": "e1" });
  await callTool(tools, "kubernetes.restart", place, "e2");
  expect(api.deployment.spec.template.metadata.annotations).toEqual({ "steward/restart": "e2" });
  // A first restart that is tried again after another one has happened does nothing more.
  await callTool(tools, "kubernetes.restart", place, "e1");
  expect(api.changes()).toBe(2);
});

test("scaling is taken back to what it was", async () => {
  const { api, tools, dryRun } = await cluster();
  const args = { ...place, replicas: 5 };
  expect(await dryRun("kubernetes.scale", args)).toBe("It has 2 replicas, 2 of them ready; it would have 5.");
  const scaled = await callTool(tools, "kubernetes.scale", args, "e1");
  expect(scaled).toMatchObject({ replicas: 5, before: 2 });
  const back = toolNamed(tools, "kubernetes.scale").compensate?.(args, scaled);
  await callTool(tools, "kubernetes.scale", back?.args ?? {}, "e2");
  expect(api.deployment.spec.replicas).toBe(2);
});

test("a rollback runs what ran before, and can be taken back", async () => {
  const { api, tools, dryRun } = await cluster();
  api.deploys("shop/checkout:2");
  expect(await dryRun("kubernetes.rollback", place)).toBe(
    "It would go from shop/checkout:2 (revision 2) to shop/checkout:1 (revision 1).",
  );
  const rolled = await callTool(tools, "kubernetes.rollback", place, "e1");
  expect(rolled).toMatchObject({ images: ["shop/checkout:1"], before: 2 });
  expect(api.deployment.spec.template.metadata.labels).toEqual({ app: "checkout" });
  const back = toolNamed(tools, "kubernetes.rollback").compensate?.(place, rolled);
  expect(await callTool(tools, "kubernetes.rollback", back?.args ?? {}, "e2")).toMatchObject({
    images: ["shop/checkout:2"],
  });
});

test("a rollback to what is not kept is refused with those there are", async () => {
  const { tools, pin } = await cluster();
  expect(await callTool(tools, "kubernetes.rollback", place)).toMatchObject({
    code: "bad-request",
    undone: true,
    message: "checkout cannot go back from revision 1. Kept are: 1.",
  });
  await expect(pin("kubernetes.rollback", { ...place, toRevision: 9 }, "e1")).rejects.toThrow("to revision 9");
});

describe.each<[string, JsonObject]>([
  ["kubernetes.restart", place],
  ["kubernetes.scale", { ...place, replicas: 3 }],
  ["kubernetes.rollback", place],
])("%s", (name, args) => {
  test.for(["before", "after"] as const)("happens once when the connection breaks %s it is done", async (when) => {
    const { api, tools, pin } = await cluster();
    api.deploys("shop/checkout:2");
    const changes = api.changes();
    const approved = await pin(name, args, "e1");
    api.breaks(when);
    expect(await callTool(tools, name, args, "e1")).toMatchObject({ code: "tool-failed", undone: false });
    api.breaks(null);
    // The second try finds the target as it was approved, although the first may have changed it.
    expect(await pin(name, args, "e1")).toEqual(approved);
    const result = await callTool(tools, name, args, "e1");
    expect(api.changes()).toBe(changes + 1);
    expect(await callTool(tools, name, args, "e1")).toEqual(result);
    expect(api.changes()).toBe(changes + 1);
  });

  test("is no longer what was approved once somebody else has deployed", async () => {
    const { api, pin } = await cluster();
    api.deploys("shop/checkout:2");
    const approved = await pin(name, args, "e1");
    api.deploys("shop/checkout:3");
    expect(await pin(name, args, "e1")).not.toEqual(approved);
  });

  test("changed at the same moment by somebody else is a conflict, and nothing is overwritten", async () => {
    const { api, tools } = await cluster();
    api.deploys("shop/checkout:2");
    // The deployment moves between reading and writing.
    const { metadata } = api.deployment;
    let reads = 0;
    Object.defineProperty(api.deployment, "metadata", {
      enumerable: true,
      get: () => (reads++ === 0 ? metadata : { ...metadata, resourceVersion: "999" }),
    });
    expect(await callTool(tools, name, args, "e1")).toMatchObject({
      code: "conflict",
      retryAfterMs: 1000,
      undone: true,
    });
    expect(api.deployment.spec.template.spec.containers[0].image).toBe("shop/checkout:2");
  });

  test("is dangerous where production is", async () => {
    const { tools } = await cluster();
    expect(toolNamed(tools, name).risk(args)).toBe("dangerous");
    expect(toolNamed(tools, name).risk({ ...args, namespace: "lab" })).toBe("write");
  });
});

test.for([{ namespace: "kube-system" }, { deployment: "../secrets/x" }, { deployment: "a/b" }, { deployment: ".." }])(
  "%j is out of reach",
  async (more) => {
    const { api, tools } = await cluster();
    expect(toolNamed(tools, "kubernetes.status").params.safeParse({ ...place, ...more }).success).toBe(false);
    expect(api.asked).toEqual([]);
  },
);

test("a deployment that is not there, and a token that is not accepted, are sentences", async () => {
  const { api, tools } = await cluster();
  expect(await callTool(tools, "kubernetes.status", { ...place, deployment: "cart" })).toMatchObject({
    code: "not-found",
    message: 'Kubernetes answered 404: deployments.apps "cart" not found.',
  });
  const others = kubernetesTools({
    url: api.url,
    token: "wrong-secret",
    ca: null,
    namespaces: [{ name: "shop", production: true }],
  });
  const refused = await callTool(others, "kubernetes.status", place);
  expect(refused).toMatchObject({ code: "platform-refused" });
  expect(refused.message).not.toContain("wrong-secret");
});

test("an annotation that somebody edited stops a change instead of doing it twice", async () => {
  const { api, tools } = await cluster();
  api.deployment.metadata.annotations = { "steward/effects": "{" };
  expect(await callTool(tools, "kubernetes.restart", place)).toMatchObject({ code: "conflict", undone: true });
  expect(api.changes()).toBe(0);
});

/** Made where the test runs: no private key lies in this repository. */
async function selfSigned(folder: string) {
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  await promisify(execFile)("openssl", [
    ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=kubernetes".split(" "),
    ..."-addext subjectAltName=IP:127.0.0.1".split(" "),
    ...["-keyout", key, "-out", certificate],
  ]);
  return { key: await readFile(key, "utf8"), cert: await readFile(certificate, "utf8") };
}

test("an API server proves who it is by the named authority, and gets no token before", async () => {
  const folder = await mkdtemp(join(tmpdir(), "steward-tls-"));
  const identity = await selfSigned(folder);
  const tokens: unknown[] = [];
  const server = createServer(identity, (request, response) => {
    tokens.push(request.headers.authorization);
    response.writeHead(404, { "content-type": "application/json" }).end(JSON.stringify({ message: "not found" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const namespaces = [{ name: "shop", production: true }];
  const unknown = kubernetesTools({ url, token: "k8s-secret", ca: null, namespaces });
  expect(await callTool(unknown, "kubernetes.status", place)).toMatchObject({ undone: true, retryAfterMs: null });
  expect(tokens).toEqual([]);
  const known = kubernetesTools({ url, token: "k8s-secret", ca: identity.cert, namespaces });
  expect(await callTool(known, "kubernetes.status", place)).toMatchObject({ code: "not-found" });
  expect(tokens).toEqual(["Bearer k8s-secret"]);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});
