import { expect } from "vitest";
import type { ChatMessage } from "../../src/http/chat-port.ts";
import type { World } from "../support/world.ts";

const first = Date.parse("2026-05-01T12:00:00Z");

/** One alert of Alertmanager's webhook, version 4; `n` counts alerts of the same group. */
export function alertOf(service: string, n = 0, more: { status?: "firing" | "resolved"; at?: number } = {}) {
  return {
    status: more.status ?? "firing",
    labels: {
      alertname: "HighErrorRate",
      service,
      environment: "production",
      severity: "critical",
      instance: `pod-${n}`,
    },
    annotations: { summary: `too many requests to ${service} fail` },
    startsAt: new Date(first + (more.at ?? 0) + n).toISOString(),
    endsAt: "0001-01-01T00:00:00Z",
    generatorURL: "http://prometheus.example/graph",
    fingerprint: `f${n}`,
  };
}

/** A notification about these alerts of one service. */
export function notificationOf(service: string, alerts: readonly ReturnType<typeof alertOf>[]) {
  return {
    version: "4",
    groupKey: `{}:{service="${service}"}`,
    truncatedAlerts: 0,
    status: alerts.some(({ status }) => status === "firing") ? "firing" : "resolved",
    receiver: "steward",
    groupLabels: { service },
    commonLabels: { alertname: "HighErrorRate", service, environment: "production", severity: "critical" },
    commonAnnotations: {},
    externalURL: "http://alertmanager.example",
    alerts,
  };
}

/** Sends one to Alertmanager's door, from this machine. */
export async function tell(
  world: Pick<World, "url">,
  body: unknown,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(new URL("/api/webhooks/alertmanager", world.url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Every run there is, newest first. */
export async function runs(
  world: World,
): Promise<{ id: string; state: string; name: string; title: string; done: boolean }[]> {
  return (await world.cara.get("/api/runs?limit=50")).body.runs;
}

/** The threads of incidents in #ops, oldest first: the card that began each, and what was said in it. */
export async function incidents(world: World): Promise<{ card: ChatMessage; thread: readonly ChatMessage[] }[]> {
  const messages = await world.ben.sees("ops");
  return messages
    .filter((message) => message.thread === null && message.card?.fields.some(({ label }) => label === "Incident"))
    .map((card) => ({ card, thread: messages.filter((message) => message.thread === card.id) }));
}

/** A field of a card. */
export function field(message: ChatMessage, label: string): string | undefined {
  return message.card?.fields.find((one) => one.label === label)?.value;
}

/** The only incident there is, once it is there. */
export function incident(world: World): Promise<{ card: ChatMessage; thread: readonly ChatMessage[] }> {
  return world.eventually(async () => {
    const all = await incidents(world);
    expect(all).toHaveLength(1);
    return all[0] as (typeof all)[number];
  });
}

/** Someone reads this in the incident's thread, sooner or later. */
export function reads(world: World, text: RegExp): Promise<void> {
  return world.eventually(async () => {
    const { thread } = await incident(world);
    expect(thread.map((message) => message.text)).toContainEqual(expect.stringMatching(text));
  });
}

/** The alert has ended, and the time in which it might fire again passes. */
export async function staysOver(world: World): Promise<void> {
  await reads(world, /The alert has ended; waiting whether it stays so\.$/);
  await world.passes("1m");
}

/** Breaks a service of the trial company, as its page does. */
export async function breaks(world: World, service: string, fault: string): Promise<void> {
  expect(await world.ana.post("/api/trial/break", { service, environment: "production", fault })).toMatchObject({
    status: 200,
  });
}

/** How it is on the company's page. */
export async function serviceNow(world: World, name: string): Promise<{ version: string; fault: string | null }> {
  const { services } = (await world.ana.get("/api/trial")).body;
  return services.find(
    (one: { name: string; environment: string }) => one.name === name && one.environment === "production",
  );
}
