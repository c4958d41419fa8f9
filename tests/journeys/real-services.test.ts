import { text as bodyOf } from "node:stream/consumers";
import { expect, test } from "vitest";
import { tasks } from "../../src/commands.ts";
import { openSlack } from "../support/surfaces/slack.ts";
import { startWorld } from "../support/world.ts";
import { serveLocally } from "../systems/http-server.ts";
import { kubernetesApi } from "../systems/kubernetes-api.ts";
import { alertOf, notificationOf } from "./incident-world.ts";

const minute = 60_000;

/** A Prometheus to which checkout's errors go up half a minute after version 2 came, and down once it is gone. */
function metricsOf(since: number, isBad: () => boolean) {
  return serveLocally(async (request, response) => {
    const form = new URLSearchParams(await bodyOf(request));
    const [start, end, step] = ["start", "end", "step"].map((key) => Number(form.get(key))) as [number, number, number];
    const rise = since / 1000 + 30;
    const values: [number, string][] = [];
    for (let at = start, i = 0; at <= end && step > 0; at += step, i++) {
      const bad = at >= rise && (isBad() || at < end - 5);
      const level = form.get("query") === "errors" ? (bad ? 35 : 0.4) : 120;
      values.push([at, String(level + (i % 3) * 0.1)]);
    }
    const data = { resultType: "matrix", result: [{ metric: {}, values }] };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ status: "success", data }));
  });
}

test("an alert about a real service: explained, approved by a person on Slack, rolled back once, over, written down", async () => {
  process.env["TEST_KUBERNETES_TOKEN"] = "k8s-secret";
  const deployedAt = Date.now() - 10 * minute;
  const api = await kubernetesApi({ born: deployedAt - minute });
  api.deploys("shop/checkout:2");
  const image = () => api.deployment.spec.template.spec.containers[0].image;
  await using prometheus = await metricsOf(deployedAt, () => image() === "shop/checkout:2");
  const url = `http://127.0.0.1:${prometheus.port}`;
  await using slack = await openSlack();
  await using world = await startWorld({
    database: "postgres",
    mode: "production",
    surfaces: [slack],
    alertmanagerToken: "alert-secret",
    connectors: {
      kubernetes: { url: api.url, tokenFromEnv: "TEST_KUBERNETES_TOKEN", namespaces: [{ name: "shop" }] },
      prometheus: [{ name: "main", url, private: true }],
    },
    services: [
      {
        name: "checkout",
        environments: {
          production: {
            kubernetes: { namespace: "shop", deployment: "checkout" },
            metrics: { errorRate: "errors", latencyMs: "latency" },
          },
        },
      },
    ],
  });
  expect([...world.steward.definitions.keys()]).toEqual(expect.arrayContaining(["incident", "restart-service"]));
  const said: string[] = [];
  await tasks["doctor"]?.(world.steward, [], (line) => said.push(line));
  expect(said).toContainEqual(
    expect.stringMatching(/^Left out, because no system offers directory\.\*.*: grant-access/),
  );

  const tell = async (status: "firing" | "resolved") =>
    fetch(new URL("/api/webhooks/alertmanager", world.url), {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer alert-secret" },
      body: JSON.stringify(notificationOf("checkout", [alertOf("checkout", 0, { status })])),
    });
  expect((await tell("firing")).status).toBe(202);
  const question = await world.eventually(async () => {
    const found = (await slack.reads("ben", { in: "approvals" })).find(({ buttons }) => buttons.includes("Approve"));
    expect(found, JSON.stringify(await slack.reads("ben", { in: "ops" }))).toBeDefined();
    return found;
  });
  expect(question?.words).toContain("Roll checkout in production back to version 1");
  const before = api.changes();
  await slack.presses("ben", "Approve", { in: "approvals" });
  await world.eventually(async () => expect(image()).toBe("shop/checkout:1"));
  await world.passes("1m");
  const everything = () => JSON.stringify(slack.rig.workspace.messages);
  await world.eventually(async () => expect(everything()).toContain("It looks well again"));
  expect((await tell("resolved")).status).toBe(202);
  await world.eventually(async () => expect(everything()).toContain("waiting whether it stays so"));
  await world.passes("1m");
  await world.eventually(async () => expect(everything()).toContain("Report on HighErrorRate of checkout"));
  expect(everything()).toContain("no logs are configured for checkout in production");
  expect(api.changes()).toBe(before + 1);
});

test("where nothing is connected, what would need it is neither loaded nor offered: whoever asks for it is asking people", async () => {
  await using slack = await openSlack();
  await using world = await startWorld({ database: "postgres", mode: "production", surfaces: [slack] });
  expect(world.steward.leftOut).toBe(
    "Left out, because no system offers directory.*, services.*: find-causes, grant-access, incident, my-access, restart-for-ticket, restart-service, rollback-service, scale-service, service-deploys, service-figures, service-logs, service-status, who-has-access. See docs/connectors.md.",
  );
  const offered = world.steward.intents.map(({ name }) => name);
  for (const name of ["restart-service", "service-status", "request-access", "revoke-access"])
    expect(offered).not.toContain(name);
  expect(offered).toEqual(expect.arrayContaining(["help", "ask-for-help", "take-request", "handover"]));
  await slack.asks("ana", "how is checkout?", { in: "ops" });
  await world.eventually(async () =>
    expect(JSON.stringify(await slack.reads("ana"))).toContain("Shall I put it to people in #help-needed?"),
  );
  await slack.presses("ana", "Put it to people");
  await world.eventually(async () =>
    expect(JSON.stringify(await slack.reads("ana"))).toContain("Ana needs help: how is checkout?"),
  );
});
