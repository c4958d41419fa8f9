import { setTimeout as wait } from "node:timers/promises";
import { sha256 } from "../domain/json.ts";
import { healthLimits } from "../domain/service.ts";
import type { AlertStore, FoundAlert, Spell, TrialStore, Where } from "./company.ts";
import { calls } from "./faults.ts";
import { type Figures, sampleAt } from "./metrics.ts";

interface Rule {
  readonly name: string;
  readonly severity: "critical" | "warning";
  ails(figures: Figures): boolean;
  says(figures: Figures): string;
}

const rules: readonly Rule[] = [
  {
    name: "HighErrorRate",
    severity: "critical",
    ails: ({ errorRate }) => errorRate > healthLimits.errorRate,
    says: ({ errorRate }) => `${errorRate} % of its requests fail`,
  },
  {
    name: "HighLatency",
    severity: "warning",
    ails: ({ latencyMs }) => latencyMs > healthLimits.latencyMs,
    says: ({ latencyMs }) => `a request takes ${latencyMs} ms`,
  },
  {
    name: "MemoryNearlyFull",
    severity: "warning",
    ails: ({ memory }) => memory > healthLimits.memory,
    says: ({ memory }) => `its memory is ${memory} % full`,
  },
  {
    name: "DiskNearlyFull",
    severity: "warning",
    ails: ({ disk }) => disk > healthLimits.disk,
    says: ({ disk }) => `its disk is ${disk} % full`,
  },
];

/** What the rules find wrong, as sentences; none while all is well. */
export function ailmentsOf(figures: Figures): string[] {
  return rules.filter((rule) => rule.ails(figures)).map((rule) => rule.says(figures));
}

const everyMs = 2000;
const repeatMs = 5 * 60_000;
/** Whoever took on to tell something and has not after so long is gone. */
const tellingMs = 10_000;
/** An alert ends when all has been well for so long: longer than a caller takes to recover from what it calls. */
const quietMs = 60_000;
const quietStepMs = 5000;
/** As long after a fault is mended it may still be felt. */
const lingerMs = 2 * 60_000;
const lookBackMs = 10 * 60_000;

export interface Alerting {
  /** Something may have gone wrong: looks until all is well, told, and nothing is broken. */
  wake(): void;
  stop(): Promise<void>;
}

/**
 * The trial company's own alerting: rules over the figures of its services, told as Alertmanager tells, one group for each
 * service. Who only suffers from a service it calls does not begin to fire while that one fires; what fires already goes on
 * until its own figures are well. Of several replicas that look at the same moment one tells. Costs nothing while all is well.
 */
export function startAlerting(parts: {
  readonly tenant: string;
  readonly store: Pick<TrialStore, "now" | "services" | "spells">;
  readonly alerts: AlertStore;
  /** Sends one notification, the JSON of Alertmanager's webhook. */
  tell(body: string): Promise<void>;
  onError(error: Error): void;
}): Alerting {
  const ended = new AbortController();
  let going: Promise<void> | null = null;
  let woken = false;
  const go = async () => {
    for (let more = true; (more || woken) && !ended.signal.aborted; ) {
      woken = false;
      more = await look(parts).catch((error: Error) => {
        parts.onError(error);
        return true;
      });
      if (more) await wait(everyMs, undefined, { signal: ended.signal }).catch(() => undefined);
    }
    going = null;
  };
  const wake = () => {
    woken = true;
    going ??= go();
  };
  wake();
  return {
    wake,
    async stop() {
      ended.abort();
      await going;
    },
  };
}

/** Looks once and tells what changed; whether anything is still wrong. */
async function look({ tenant, store, alerts, tell }: Parameters<typeof startAlerting>[0]): Promise<boolean> {
  const [now, services, found] = [await store.now(), await store.services(tenant), await alerts.found(tenant)];
  const since = new Date(now.getTime() - lookBackMs);
  const figures = new Map<string, Figures>();
  const firing = new Set(found.filter(({ endsAt }) => endsAt === null).map(keyOf));
  let broken = false;
  for (const environment of ["staging", "production"] as const) {
    const spells = await store.spells(tenant, environment, since);
    const lasts = ({ until }: Spell) => until === null || now.getTime() - Date.parse(until) < lingerMs;
    broken ||= spells.some(lasts);
    // Those that are called come first: whether they fire decides what their callers' figures mean.
    const names = services.filter((service) => service.environment === environment).map(({ name }) => name);
    for (const name of names.toSorted((a, b) => callees(a).length - callees(b).length)) {
      const where: Where = { tenant, service: name, environment };
      const own = spells.some((spell) => spell.service === name && lasts(spell));
      const suffers = !own && callees(name).some((service) => firing.has(keyOf({ service, environment })));
      const lately = Array.from({ length: quietMs / quietStepMs + 1 }, (_, step) =>
        sampleAt(where, spells, now.getTime() - step * quietStepMs),
      );
      const figuresNow = sampleAt(where, spells, now.getTime());
      figures.set(keyOf(where), figuresNow);
      for (const rule of rules) {
        const fires = found.some((one) => isOf(one, where) && one.name === rule.name && one.endsAt === null);
        if (!fires && !suffers && rule.ails(figuresNow)) {
          await alerts.fire(where, rule.name);
          firing.add(keyOf(where));
        }
        if (fires && !lately.some((sample) => rule.ails(sample))) await alerts.resolve(where, rule.name);
      }
    }
  }
  const after = await alerts.found(tenant);
  for (const [key, group] of Map.groupBy(after, keyOf)) {
    const news = group.filter((one) => {
      const agoMs = one.toldAt === null ? Number.POSITIVE_INFINITY : now.getTime() - Date.parse(one.toldAt);
      return agoMs >= (statusOf(one) === one.told ? repeatMs : tellingMs);
    });
    if (news.length === 0 || !(await alerts.claim(tenant, news))) continue;
    await tell(notification(group, figures.get(key)));
    await alerts.told(tenant, group);
  }
  return broken || after.length > 0;
}

/** Alertmanager's webhook, version 4, for the group of one service. */
function notification(group: readonly FoundAlert[], figures: Figures | undefined): string {
  const { service = "", environment = "production" } = group[0] ?? {};
  const alerts = group.map((alert) => {
    const rule = rules.find(({ name }) => name === alert.name);
    const labels = { alertname: alert.name, environment, service, severity: rule?.severity ?? "warning" };
    const summary = `${service} in ${environment}: ${figures && rule ? rule.says(figures) : alert.name}`;
    return {
      status: statusOf(alert),
      labels,
      annotations: { summary },
      startsAt: alert.startsAt,
      endsAt: alert.endsAt ?? "0001-01-01T00:00:00Z",
      generatorURL: "",
      fingerprint: sha256(JSON.stringify(labels)).slice(0, 16),
    };
  });
  return JSON.stringify({
    version: "4",
    groupKey: `{}:{environment="${environment}", service="${service}"}`,
    truncatedAlerts: 0,
    status: alerts.some(({ status }) => status === "firing") ? "firing" : "resolved",
    receiver: "steward",
    groupLabels: { environment, service },
    commonLabels: alerts.length === 1 ? alerts[0]?.labels : { environment, service },
    commonAnnotations: alerts.length === 1 ? alerts[0]?.annotations : {},
    externalURL: "",
    alerts,
  });
}

function statusOf({ endsAt }: FoundAlert): "firing" | "resolved" {
  return endsAt === null ? "firing" : "resolved";
}

/** Everything a service calls, and what those call. */
function callees(service: string): string[] {
  return (calls[service] ?? []).flatMap((one) => [one, ...callees(one)]);
}

function keyOf({ service, environment }: Pick<Where, "service" | "environment">): string {
  return `${service}/${environment}`;
}

function isOf(alert: FoundAlert, where: Where): boolean {
  return keyOf(alert) === keyOf(where);
}
