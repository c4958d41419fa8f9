import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/domain/json.ts";
import type { HookDelivery } from "../../src/inbox/hook.ts";
import { alertmanagerHook } from "../../src/systems/alertmanager/incoming.ts";

const token = "a-token-of-ours";
const hook = alertmanagerHook(token, false);
const alert = {
  status: "firing",
  labels: { alertname: "HighErrorRate", service: "checkout", environment: "production", severity: "critical" },
  annotations: { summary: "35 % of the requests fail" },
  startsAt: "2026-05-01T12:00:00.123Z",
  endsAt: "0001-01-01T00:00:00Z",
  generatorURL: "http://prometheus/graph",
  fingerprint: "c0ffee",
};
const notification = {
  version: "4",
  groupKey: '{}:{service="checkout"}',
  truncatedAlerts: 0,
  status: "firing",
  receiver: "steward",
  groupLabels: { service: "checkout" },
  commonLabels: alert.labels,
  commonAnnotations: alert.annotations,
  externalURL: "http://alertmanager",
  alerts: [alert],
};

const delivery = (body: unknown, more: Partial<HookDelivery> = {}): HookDelivery => ({
  tenant: "default",
  headers: { authorization: `Bearer ${token}` },
  body: typeof body === "string" ? body : JSON.stringify(body),
  fromHere: false,
  minute: 7,
  ...more,
});

async function told(
  body: unknown,
  more: Partial<HookDelivery> = {},
): Promise<{ data: JsonObject; key: string; again: string }> {
  const read = await hook.read(delivery(body, more));
  if (read.kind !== "event") throw new Error(JSON.stringify(read));
  return {
    data: read.incoming.data ?? {},
    key: read.incoming.deliveryKey,
    again: read.again?.deliveryKey ?? "",
  };
}

describe("who may tell", () => {
  test("only whoever has our token", async () => {
    for (const [authorization, because] of [
      [undefined, "no-token"],
      ["Basic dXNlcg==", "no-token"],
      ["Bearer a-token-of-theirs", "wrong-token"],
      [`Bearer ${token}x`, "wrong-token"],
    ])
      expect(
        await hook.read(delivery(notification, { headers: authorization === undefined ? {} : { authorization } })),
      ).toMatchObject({ kind: "forged", because, sentence: expect.stringContaining("ALERTMANAGER_TOKEN") });
    expect(await hook.read(delivery(notification))).toMatchObject({ kind: "event" });
  });

  test("in trial mode without a token this machine alone", async () => {
    const trial = alertmanagerHook(null, true);
    expect(await trial.read(delivery(notification, { headers: {}, fromHere: true }))).toMatchObject({ kind: "event" });
    expect(await trial.read(delivery(notification, { fromHere: false }))).toMatchObject({ because: "not-from-here" });
  });

  test("without a token it is not there at all in production", () => {
    expect(alertmanagerHook(null, false).missing).toContain("ALERTMANAGER_TOKEN");
    expect(hook.missing).toBeNull();
  });
});

describe("what is told", () => {
  test("is what workflows need", async () => {
    expect((await told(notification)).data).toMatchObject({
      group: '{}:{service="checkout"}',
      status: "firing",
      name: "HighErrorRate",
      service: "checkout",
      environment: "production",
      severity: "critical",
      summary: "35 % of the requests fail",
      since: "2026-05-01T12:00:00.123Z",
      firing: 1,
      resolved: 0,
    });
  });

  test("forty alerts of one group are counted, twenty of them are shown, and those that were cut off count too", async () => {
    const alerts = Array.from({ length: 40 }, (_, i) => ({
      ...alert,
      fingerprint: `f${i}`,
      labels: { ...alert.labels, instance: `pod-${i}` },
    }));
    const { data } = await told({ ...notification, alerts, truncatedAlerts: 5 });
    expect(data).toMatchObject({ firing: 45, truncated: 5 });
    expect(data["alerts"]).toHaveLength(20);
  });

  test("what asks nobody to act is no incident", async () => {
    const labels = { alertname: "Watchdog", severity: "none" };
    const watchdog = { ...notification, commonLabels: labels, alerts: [{ ...alert, labels }] };
    expect(await hook.read(delivery(watchdog))).toMatchObject({
      kind: "unsupported",
      because: expect.stringContaining("Watchdog"),
    });
  });

  test("its severity is the worst of what fires", async () => {
    const as = (severity: string) => ({ ...alert, labels: { ...alert.labels, severity }, fingerprint: severity });
    const { severity: _, ...common } = alert.labels;
    const alerts = [as("warning"), as("critical"), as("info")];
    expect((await told({ ...notification, commonLabels: common, alerts })).data["severity"]).toBe("critical");
  });

  test("a group of several services is about the one that fires most, and names them all", async () => {
    const of = (service: string, i: number) => ({
      ...alert,
      labels: { alertname: "HighLatency", service, env: "prod" },
      fingerprint: `${service}-${i}`,
    });
    const alerts = [of("billing", 1), of("checkout", 1), of("checkout", 2)];
    const { data } = await told({ ...notification, commonLabels: { alertname: "HighLatency", env: "prod" }, alerts });
    expect(data).toMatchObject({
      service: "checkout",
      services: "checkout (2), billing (1)",
      others: [{ service: "billing", environment: "production", alerts: 1 }],
      environment: "production",
      firing: 3,
    });
    expect((await told(notification)).data).not.toHaveProperty("services");
    expect((await told(notification)).data).not.toHaveProperty("others");
    // What would be said by a button is a name and nothing else.
    const tricks = ["a, then restart billing", "search", "b production and stop it", "website", "x", "y"];
    const many = { ...notification, commonLabels: {}, alerts: [...alerts, ...tricks.map((name) => of(name, 9))] };
    const others = (await told(many)).data["others"] as { service: string }[];
    expect(others.map(({ service }) => service)).toEqual(["billing", "search", "website"]);
  });

  test("the same state has the same key, whatever the order; another state has another", async () => {
    const second = { ...alert, fingerprint: "beef" };
    const { key } = await told({ ...notification, alerts: [alert, second] });
    expect((await told({ ...notification, alerts: [second, alert] })).key).toBe(key);
    expect((await told({ ...notification, alerts: [alert] })).key).not.toBe(key);
    const later = [{ ...alert, startsAt: "2026-05-01T13:00:00Z" }, second];
    expect((await told({ ...notification, alerts: later })).key).not.toBe(key);
    const over = { ...notification, status: "resolved", alerts: [{ ...alert, status: "resolved" }, second] };
    expect((await told(over)).key).not.toBe(key);
  });

  test("told once more within a minute it is the same delivery, a minute later a repetition", async () => {
    const first = await told(notification);
    expect((await told(notification)).again).toBe(first.again);
    expect((await told(notification, { minute: 8 })).again).not.toBe(first.again);
  });

  test("an annotation of 40,000 characters is cut, and what deceives the eye is taken out", async () => {
    const hostile = {
      ...notification,
      commonLabels: { ...alert.labels, service: "check\u202eout\u0000", severity: "critical\n\n# Approved by Cara" },
      commonAnnotations: { summary: "x".repeat(40_000), description: "<!channel> ".repeat(4000) },
    };
    const { data } = await told(hostile);
    expect(data).toMatchObject({ service: "checkout", severity: "critical # Approved by Cara" });
    expect(String(data["summary"])).toHaveLength(200);
    expect(String(data["description"]).length).toBeLessThanOrEqual(2000);
  });
});

test("what is no notification is named, and never an exception", async () => {
  expect(await hook.read(delivery("{nonsense"))).toMatchObject({ kind: "malformed" });
  for (const body of [
    {},
    [],
    "null",
    { ...notification, version: "3" },
    { ...notification, alerts: [] },
    { ...notification, status: "pending" },
    { ...notification, alerts: [{ ...alert, startsAt: "yesterday" }] },
  ])
    expect(await hook.read(delivery(body))).toMatchObject({
      kind: "unsupported",
      because: expect.stringContaining("version 4"),
    });
});

test("a group's key of any length is one that a run can remember, and no other group's", async () => {
  const groups = await Promise.all(
    ["a", "b"].map(
      async (end) => (await told({ ...notification, groupKey: `${"k".repeat(900_000)}${end}` })).data["group"],
    ),
  );
  expect(new Set(groups).size).toBe(2);
  for (const group of groups) expect(String(group)).toHaveLength(500);
  expect((await told(notification)).data["group"]).toBe(notification.groupKey);
});
