import { hash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Incoming } from "../../domain/incoming.ts";
import { environmentNames } from "../../domain/intent.ts";
import { digest, type JsonObject, sha256 } from "../../domain/json.ts";
import { worstSeverity } from "../../domain/severity.ts";
import { cleanJson, shorten as cut, oneLine as line } from "../../domain/text.ts";
import type { Hook, HookDelivery, Told } from "../../inbox/hook.ts";

const words = z.record(z.string(), z.string());
const Alert = z.object({
  status: z.enum(["firing", "resolved"]),
  labels: words,
  annotations: words.default({}),
  startsAt: z.iso.datetime({ offset: true }),
  endsAt: z.string().default(""),
  generatorURL: z.string().default(""),
  fingerprint: z.string().min(1),
});

/** Version 4 of https://prometheus.io/docs/alerting/latest/configuration/#webhook_config: one group of alerts. */
const Notification = z.object({
  version: z.literal("4"),
  groupKey: z.string().min(1),
  truncatedAlerts: z.number().int().min(0).default(0),
  status: z.enum(["firing", "resolved"]),
  receiver: z.string().default(""),
  groupLabels: words.default({}),
  commonLabels: words.default({}),
  commonAnnotations: words.default({}),
  externalURL: z.string().default(""),
  alerts: z.array(Alert).min(1),
});
type Notification = z.output<typeof Notification>;

const longestText = 2000;
const longestGroup = 500;
const mostAlerts = 20;
/** Severities that ask nobody to act; Watchdog of kube-prometheus, which always fires, has the first. */
const idle = ["none", "info"];

/**
 * Alertmanager's webhook. It signs nothing, so it must send our bearer token; with none configured it is believed only from
 * this very machine, and only where `trial` says so.
 */
export function alertmanagerHook(token: string | null, trial: boolean): Hook {
  return {
    name: "alertmanager",
    label: "Alertmanager",
    events: ["alert"],
    missing:
      token === null && !trial
        ? "Nothing is taken from Alertmanager yet: set ALERTMANAGER_TOKEN, and give the same to Alertmanager as http_config.authorization.credentials."
        : null,
    async read(delivery): Promise<Told> {
      const doubt = doubtOf(delivery, token);
      return doubt === null ? read(delivery) : doubt;
    },
  };
}

function doubtOf({ headers, fromHere }: HookDelivery, token: string | null): Told | null {
  if (token === null)
    return fromHere
      ? null
      : {
          kind: "forged",
          because: "not-from-here",
          sentence: "Without ALERTMANAGER_TOKEN alerts are taken only from this machine itself: set the token.",
        };
  const given = /^Bearer\s+(\S+)$/i.exec(headers["authorization"] ?? "")?.[1];
  if (given !== undefined && timingSafeEqual(sumOf(given), sumOf(token))) return null;
  return {
    kind: "forged",
    because: given === undefined ? "no-token" : "wrong-token",
    sentence: `${given === undefined ? "There is no bearer token" : "The bearer token is not ours"}: send “Authorization: Bearer TOKEN” with the value of ALERTMANAGER_TOKEN.`,
  };
}

/** Of one length, whatever was given: only then does comparing take the same time. */
function sumOf(text: string): Buffer {
  return hash("sha256", text, "buffer");
}

function read({ tenant, body, minute }: HookDelivery): Told {
  let json: unknown;
  try {
    json = cleanJson(JSON.parse(body));
  } catch {
    return { kind: "malformed", sentence: "The body is not JSON: send Alertmanager's webhook, version 4." };
  }
  const parsed = Notification.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join(".") || "the body";
    return {
      kind: "unsupported",
      what: "not a notification of version 4",
      because: `“${where.slice(0, 200)}” is not as Alertmanager's webhook of version 4 has it: ${issue?.message.slice(0, 200) ?? "it does not fit"}.`,
    };
  }
  const told = parsed.data;
  const data = dataOf(told);
  if (idle.includes(String(data["severity"])))
    return {
      kind: "unsupported",
      what: "an alert that asks nobody to act",
      because: `Its severity is “${data["severity"]}”: alerts of severity none and info, such as Watchdog, begin no incident.`,
    };
  // The same state told again is known: Alertmanager repeats what still fires, and sends again what was not answered.
  const state = digest([told.groupKey, told.status, told.alerts.map(stateOf).sort()]);
  const incoming: Incoming = {
    tenant,
    source: "alertmanager",
    deliveryKey: state,
    kind: "event",
    personId: null,
    text: "alert",
    place: null,
    addressed: false,
    data,
  };
  const again = { ...incoming, deliveryKey: `${state}@${minute}`, data: { ...data, repeats: state } };
  return { kind: "event", incoming, again };
}

function stateOf({ fingerprint, startsAt, status }: Notification["alerts"][number]): string {
  return `${fingerprint}:${startsAt}:${status}`;
}

/** When an alert ended; one that has not says so with the year 1. */
function endOf({ endsAt }: Notification["alerts"][number]): string[] {
  const at = Date.parse(endsAt);
  return at > 0 ? [new Date(at).toISOString()] : [];
}

/** Labels that name a service; one without is known by its job or instance. */
const serviceLabels = ["service", "app"];

function serviceOf({ labels }: Notification["alerts"][number]): string {
  return line(serviceLabels.flatMap((name) => labels[name] ?? []).find(Boolean) ?? "");
}

function environmentOf(labels: Readonly<Record<string, string>>): string {
  const said = line(["environment", "env"].flatMap((name) => labels[name] ?? []).find(Boolean) ?? "") || "production";
  return environmentNames[said.toLowerCase()] ?? said;
}

/** As many services besides the one that a group is about can be asked about on its card. */
const mostOthers = 3;
/** What can stand in a sentence that a button says: a name, and no words that mean something else there. */
const plainName = /^[A-Za-z0-9][\w.-]{0,62}$/;

/** The services of a group besides the first, with the place of an alert of each. */
function othersIn(alerts: Notification["alerts"], services: readonly [string, number][]): JsonObject[] {
  return services
    .slice(1)
    .map(([service, count]) => {
      const { labels = {} } = alerts.find((alert) => serviceOf(alert) === service) ?? {};
      return { service, environment: environmentOf(labels), alerts: count };
    })
    .filter(({ service, environment }) => plainName.test(service) && plainName.test(environment))
    .slice(0, mostOthers);
}

/** How many of these alerts are about each service, the most first; of as many the one that was named first. */
function servicesOf(alerts: Notification["alerts"]): [string, number][] {
  const counts = new Map<string, number>();
  for (const alert of alerts) {
    const service = serviceOf(alert);
    if (service !== "") counts.set(service, (counts.get(service) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a);
}

/** A group's key holds labels, whoever chose their values; a run remembers it. Of a long one its hash still tells it from others. */
function groupOf(key: string): string {
  return key.length <= longestGroup ? key : `${cut(key, longestGroup - 65)} ${sha256(key)}`;
}

/**
 * What workflows see of it, every text cut to what a card can show. `since` is when the first of those that fire began, `service`
 * what most of them are about; `services` names all where there are several, and `others` those besides it that may be asked about.
 */
function dataOf({ groupKey, status, alerts, truncatedAlerts, externalURL, ...common }: Notification): JsonObject {
  const firing = alerts.filter((alert) => alert.status === "firing");
  const shown = firing.length > 0 ? firing : alerts;
  const services = servicesOf(shown);
  const first = shown.find((alert) => serviceOf(alert) === services[0]?.[0]) ?? shown[0];
  const labels: Record<string, string> = { ...first?.labels, ...common.commonLabels };
  const notes: Record<string, string> = { ...first?.annotations, ...common.commonAnnotations };
  const label = (...names: string[]) => line(names.flatMap((name) => labels[name] ?? []).find(Boolean) ?? "");
  const name = label("alertname") || "an alert without a name";
  const others = othersIn(shown, services);
  const summary = line(notes["summary"] ?? notes["description"] ?? name);
  return {
    group: groupOf(groupKey),
    status,
    name,
    origin: `the alert “${name}” of Alertmanager`,
    service: label(...serviceLabels, "job", "instance") || "unknown",
    ...(services.length > 1 && { services: line(services.map(([name, count]) => `${name} (${count})`).join(", ")) }),
    ...(others.length > 0 && { others }),
    environment: environmentOf(labels),
    severity:
      line(common.commonLabels["severity"] || worstSeverity(shown.map((alert) => alert.labels["severity"] ?? ""))) ||
      "unknown",
    summary,
    description: cut(notes["description"] ?? summary, longestText),
    since: shown.map(({ startsAt }) => new Date(startsAt).toISOString()).sort()[0] ?? "",
    /** When the last of them ended; null while one fires. */
    ended: firing.length > 0 ? null : (alerts.flatMap(endOf).sort().at(-1) ?? null),
    firing: firing.length + (status === "firing" ? truncatedAlerts : 0),
    resolved: alerts.length - firing.length,
    truncated: truncatedAlerts,
    alerts: shown.slice(0, mostAlerts).map(({ labels: own, annotations, startsAt }) => ({
      name: line(own["alertname"] ?? name),
      instance: line(own["instance"] ?? own["pod"] ?? own["service"] ?? ""),
      summary: line(annotations["summary"] ?? ""),
      since: startsAt,
    })),
    url: line(externalURL),
    labels: Object.fromEntries(
      Object.entries(labels)
        .slice(0, 30)
        .map(([key, value]) => [line(key), line(value)]),
    ),
  };
}
