import { setTimeout as wait } from "node:timers/promises";
import { Fault } from "../domain/fault.ts";
import type { AnyTool } from "../domain/tool.ts";
import type { Deploy, FaultKind, Grant, LogLine, Service, TrialStore, Where } from "./company.ts";
import { faultKinds } from "./company.ts";
import { deskTools } from "./desk-tools.ts";
import { directoryTools } from "./directory-tools.ts";
import type { Sample } from "./metrics.ts";
import { series } from "./metrics.ts";
import type { Pause } from "./service-tools.ts";
import { mustFind, serviceTools } from "./service-tools.ts";

/** What the page of one service shows. */
export interface ServicePage {
  readonly service: Service;
  readonly samples: readonly Sample[];
  readonly logs: readonly LogLine[];
  readonly deploys: readonly Deploy[];
}

/** The simulated company: tools that really change it, and a hand to break and mend it. */
export interface TrialCompany {
  readonly tools: readonly AnyTool[];
  seed(tenant: string): Promise<void>;
  services(tenant: string): Promise<Service[]>;
  /** Who has access to what now. */
  grants(tenant: string): Promise<Grant[]>;
  page(where: Where): Promise<ServicePage>;
  /** Refuses, as Fault("bad-request"), services and faults there are not. A bad deploy brings a new version with it. */
  breakService(where: Where, fault: string, by: string): Promise<void>;
  /** Puts it right; a bad deploy is rolled back to the version before. */
  mend(where: Where, by: string): Promise<void>;
  deploy(where: Where, version: string, by: string): Promise<void>;
}

const realPause: Pause = async (ms, signal) => {
  await wait(ms, undefined, { signal });
};

/** The company on its store. `pause` is how long things take. */
export function trialCompany(store: TrialStore, pause: Pause = realPause): TrialCompany {
  return {
    tools: [...serviceTools(store, pause), ...directoryTools(store), ...deskTools(store)],
    seed: (tenant) => store.seed(tenant),
    services: (tenant) => store.services(tenant),
    grants: (tenant) => store.grants(tenant, null),
    async page(where) {
      const service = await mustFind(store, where);
      const [now, logs, deploys] = [await store.now(), await store.logs(where, 50), await store.deploys(where, 10)];
      return { service, samples: series(service, now, 3_600_000, 61), logs, deploys };
    },
    breakService: (where, fault, by) => breakService(store, where, fault, by),
    mend: (where, by) => mend(store, where, by),
    async deploy(where, version, by) {
      await mustFind(store, where);
      await store.deploy(where, version, by);
    },
  };
}

const symptoms: Record<FaultKind, string> = {
  crashloop: "FATAL cannot open /etc/app/routes.json: exit 1, restarting",
  "memory-leak": "WARN heap is growing, garbage collection takes longer each time",
  "bad-deploy": "ERROR TypeError: cart.total is not a function",
  slow: "WARN query took 1840 ms (connection pool exhausted)",
};

async function breakService(store: TrialStore, where: Where, fault: string, by: string): Promise<void> {
  const service = await mustFind(store, where);
  const kind = faultKinds.find((one) => one === fault);
  if (!kind) throw new Fault("bad-request", `There is no fault "${fault}"; there are ${faultKinds.join(", ")}.`);
  if (service.fault?.kind === kind) return;
  if (kind === "bad-deploy") await store.deploy(where, nextVersion(service.version), by);
  await store.setFault(where, kind);
  await store.log(where, symptoms[kind]);
}

async function mend(store: TrialStore, where: Where, by: string): Promise<void> {
  const service = await mustFind(store, where);
  if (!service.fault) return;
  const before = service.fault.kind === "bad-deploy" ? (await store.deploys(where, 2))[1] : undefined;
  if (before) await store.deploy(where, before.version, by);
  await store.setFault(where, null);
  await store.log(where, "INFO back to normal");
}

/** "1.4.2" becomes "1.4.3". */
function nextVersion(version: string): string {
  return version.replace(/\d+$/, (patch) => String(Number(patch) + 1));
}
