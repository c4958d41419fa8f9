import type { StewardYaml } from "./config/schema.ts";
import type { Settings } from "./config/settings.ts";
import type { Connectors } from "./connectors.ts";
import { deliver } from "./delivery.ts";
import { tellAsAlertmanager } from "./hooks.ts";
import type { RouteParts } from "./inbox/letter.ts";
import { route } from "./inbox/route.ts";
import type { createCourier } from "./messages/courier.ts";
import type { Kernel } from "./orchestrator/kernel.ts";
import type { Queue } from "./orchestrator/queue.ts";
import { noteProcess } from "./records.ts";
import type { Steward } from "./steward.ts";
import { createLeader } from "./store/chat.ts";
import type { Database } from "./store/database.ts";
import { keepSwept } from "./store/retention.ts";
import { trialStore } from "./store/trial.ts";
import { trialAlertStore } from "./store/trial-alerts.ts";
import { type Alerting, startAlerting } from "./trial/alerts.ts";

interface WorkParts {
  readonly settings: Settings;
  readonly yaml: StewardYaml;
  readonly tenant: string;
  readonly db: Database;
  readonly queue: Queue;
  readonly kernel: Kernel;
  readonly routing: RouteParts;
  readonly courier: ReturnType<typeof createCourier>;
  readonly platforms: Steward["platforms"];
  readonly webhooks: Steward["webhooks"];
  readonly connectors: Pick<Connectors, "close">;
  onError(error: Error): void;
}

/** What one process does from its start to its stop. */
export interface Work extends Pick<Steward, "start" | "stop" | "close"> {
  /** Something was done to a service of the trial company: its alerting looks. */
  wakeAlerting(): void;
}

const graceMs = 20_000;

/** The kernel's turns, deliveries and messages, the platforms' connections, and what is done now and then: sweeping and the trial company's alerting. */
export function workOf(parts: WorkParts): Work {
  const { settings, yaml, tenant, db, queue, kernel, routing, courier, platforms, webhooks, connectors } = parts;
  const { onError } = parts;
  const sweeping = new AbortController();
  let swept: Promise<void> | null = null;
  let alerting: Alerting | null = null;
  return {
    wakeAlerting: () => alerting?.wake(),
    async start() {
      kernel.start();
      queue.work("route", { size: 10, inFlight: 20 }, (job) => route(routing, job));
      queue.work("courier", { size: 10, inFlight: 20 }, (job) => deliver(db, queue, courier, job));
      if (settings.mode === "trial")
        alerting = startAlerting({
          tenant,
          store: trialStore(db),
          alerts: trialAlertStore(db),
          tell: (body) => tellAsAlertmanager(webhooks, settings, tenant, body),
          onError,
        });
      const { retention } = yaml;
      swept = keepSwept({ db, tenant, retention, leader: createLeader(db), onError }, sweeping.signal);
      await noteProcess(kernel, tenant, "start");
      await Promise.all(platforms.map(({ platform, intake }) => platform.start(intake)));
    },
    async stop() {
      sweeping.abort();
      await Promise.all([swept, alerting?.stop()]);
      await Promise.all(platforms.map(({ platform }) => platform.stop()));
      await noteProcess(kernel, tenant, "stop").catch(onError);
      await kernel.stop();
      await queue.stop(graceMs);
      await Promise.all([connectors.close(), db.close()]);
    },
    async close() {
      await queue.stop(0);
      await Promise.all([connectors.close(), db.close()]);
    },
  };
}
