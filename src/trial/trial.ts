import { setTimeout as wait } from "node:timers/promises";
import { Fault } from "../domain/fault.ts";
import { knownTool } from "../domain/service-known.ts";
import { type AnyTool, withAround } from "../domain/tool.ts";
import type { Deploy, Grant, LogLine, Service, TrialStore, Where } from "./company.ts";
import { deskOf, deskTools } from "./desk-tools.ts";
import { directoryTools, type NameOf } from "./directory-tools.ts";
import { calls, faultKinds } from "./faults.ts";
import type { Sample } from "./metrics.ts";
import { ailing, logOf, samplesOf, serviceLooks } from "./service-looks.ts";
import type { Pause } from "./service-tools.ts";
import { mustFind, onKnown, serviceTools } from "./service-tools.ts";

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
  /** Where issues are kept that no account reaches. */
  readonly desk: ReturnType<typeof deskOf>;
  seed(tenant: string): Promise<void>;
  services(tenant: string): Promise<Service[]>;
  /** What ails each of them now, by its figures. */
  ailing(tenant: string): ReturnType<typeof ailing>;
  /** Who has access to what now. */
  grants(tenant: string): Promise<Grant[]>;
  page(where: Where): Promise<ServicePage>;
  /** Refuses, as Fault("bad-request"), services and faults there are not. A bad deploy or configuration brings a release with it. */
  breakService(where: Where, fault: string, by: string): Promise<void>;
  /** Puts it right; a bad release is rolled back to the one before. */
  mend(where: Where, by: string): Promise<void>;
  deploy(where: Where, version: string, by: string, change?: Deploy["change"]): Promise<void>;
}

const realPause: Pause = async (ms, signal) => {
  await wait(ms, undefined, { signal });
};

/** The company on its store. `pause` is how long things take; `changed` hears when somebody did something to a service. */
export function trialCompany(
  store: TrialStore,
  {
    pause = realPause,
    changed = () => undefined,
    nameOf = (id) => id,
  }: { readonly pause?: Pause; changed?(): void; readonly nameOf?: NameOf } = {},
): TrialCompany {
  const heard =
    <A extends unknown[]>(act: (...args: A) => Promise<void>) =>
    (...args: A) =>
      act(...args).then(changed);
  return {
    tools: [
      ...serviceTools(store, pause).map((tool) =>
        onKnown(
          store,
          withAround(tool, (go) => go().finally(changed)),
        ),
      ),
      ...serviceLooks(store).map((tool) => onKnown(store, tool)),
      knownTool(async (tenant) =>
        (await store.services(tenant)).map(({ name, environment }) => ({ service: name, environment })),
      ),
      ...directoryTools(store, nameOf),
      ...deskTools(store),
    ].map((tool) => ({ ...tool, origin: "the trial company" })),
    desk: deskOf(store),
    seed: (tenant) => store.seed(tenant),
    services: (tenant) => store.services(tenant),
    ailing: (tenant) => ailing(store, tenant),
    grants: (tenant) => store.grants(tenant, null),
    async page(where) {
      const service = await mustFind(store, where);
      const samples = await samplesOf(store, where, hour, 121);
      return { service, samples, logs: await logOf(store, where, hour, 50), deploys: await store.deploys(where, 10) };
    },
    breakService: heard((where: Where, fault: string, by: string) => breakService(store, where, fault, by)),
    mend: heard((where: Where, by: string) => mend(store, where, by)),
    deploy: heard(async (where: Where, version: string, by: string, change?: Deploy["change"]) => {
      await mustFind(store, where);
      await store.deploy(where, version, by, change);
    }),
  };
}

const hour = 3_600_000;

async function breakService(store: TrialStore, where: Where, fault: string, by: string): Promise<void> {
  const service = await mustFind(store, where);
  const kind = faultKinds.find((one) => one === fault);
  if (!kind) throw new Fault("bad-request", `There is no fault "${fault}"; there are ${faultKinds.join(", ")}.`);
  if (kind === "dependency-down") {
    const callee = calls[where.service]?.[0];
    if (callee === undefined)
      throw new Fault("bad-request", `${where.service} calls no other service, so none can be down for it.`);
    return breakService(store, { ...where, service: callee }, "hung", by);
  }
  if (service.fault?.kind === kind) return;
  const brought = kind === "bad-deploy" || kind === "config-change";
  if (brought) {
    const known = (await store.deploys(where, 100)).map(({ version }) => version);
    const next = kind === "bad-deploy" ? nextVersion : nextConfiguration;
    let version = next(service.version);
    while (known.includes(version)) version = next(version);
    await store.deploy(where, version, by, kind === "bad-deploy" ? "version" : "configuration");
  }
  await store.setFault(where, kind, brought);
}

async function mend(store: TrialStore, where: Where, by: string): Promise<void> {
  const { fault, version } = await mustFind(store, where);
  if (!fault) return;
  if (fault.kind === "bad-deploy" || fault.kind === "config-change") {
    const before = (await store.deploys(where, 100)).find((one) => one.version !== version);
    if (before) await store.deploy(where, before.version, by, "rollback");
  }
  await store.setFault(where, null);
  await store.log(where, "INFO back to normal");
}

/** "1.4.2" becomes "1.4.3"; a new version comes with the usual configuration. */
function nextVersion(version: string): string {
  return version.replace(/\+.*$/, "").replace(/\d+$/, (patch) => String(Number(patch) + 1));
}

/** "1.4.2" becomes "1.4.2+config.1", and that "1.4.2+config.2". */
function nextConfiguration(version: string): string {
  const [release = version, number = "0"] = version.split("+config.");
  return `${release}+config.${Number(number) + 1}`;
}
