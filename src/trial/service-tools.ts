import { z } from "zod";
import { Fault, faultOf } from "../domain/fault.ts";
import { nearestName } from "../domain/nearest-name.ts";
import { neverRan, RolledBack, restarted, Scaled, ServiceState as State, scalesLess } from "../domain/service.ts";
import type { AnyTool } from "../domain/tool.ts";
import { defineTool } from "../domain/tool.ts";
import type { Environment, Service, TrialStore, Where } from "./company.ts";
import { healedByRestart } from "./faults.ts";

/** Waits, or stops at once when the signal says so. Tests pass one that does not wait. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

/** Which service, where: what every tool about one takes. */
export const Place = z.object({ service: z.string().min(1).max(100), environment: z.enum(["staging", "production"]) });
const restartMs = 400;
const mostInstances = 20;
const mostDeploys = 1000;

/** What can be done to the trial company's services. */
export function serviceTools(store: TrialStore, pause: Pause): AnyTool[] {
  return [restartTool(store, pause), rollbackTool(store), scaleTool(store)];
}

/** Whatever is done to a service, one call at a time does it. */
function occupies({ service, environment }: z.output<typeof Place>): string {
  return `services/${environment}/${service}`;
}

function riskIn(environment: Environment) {
  return environment === "production" ? ("dangerous" as const) : ("write" as const);
}

function restartTool(store: TrialStore, pause: Pause) {
  return defineTool({
    name: "services.restart",
    summary: "Restart a service, one instance at a time",
    params: Place,
    result: State,
    risk: ({ environment }) => riskIn(environment),
    risks: ["write", "dangerous"],
    final: restarted,
    effect: "keyed",
    timeoutMs: 60_000,
    occupies,
    describe: ({ service, environment }) => `Restart ${service} in ${environment}, one instance at a time`,
    pin: async ({ tenant, args }) => ({ version: (await mustFind(store, { tenant, ...args })).version }),
    async dryRun({ tenant, args }) {
      const { version, instances } = await mustFind(store, { tenant, ...args });
      return `Would restart ${countOf(instances.length)} of version ${version}.`;
    },
    async run({ tenant, args, effectId, signal, progress }) {
      const where = { tenant, ...args };
      const { instances } = await mustFind(store, where);
      const operation = await store.begin(tenant, effectId, "services.restart", args);
      if (operation.result !== null) return State.parse(operation.result);
      for (let number = operation.progress + 1; number <= instances.length; number++) {
        signal.throwIfAborted();
        await store.takeDown(where, effectId, number);
        await pause(restartMs, signal);
        if (await store.bringUp(where, effectId, number))
          progress(`Restarted instance ${number} of ${instances.length}`);
      }
      const after = stateOf(await mustFind(store, where));
      return State.parse(await store.finishRestart(where, effectId, healedByRestart, after));
    },
  });
}

function rollbackTool(store: TrialStore) {
  return defineTool({
    name: "services.rollback",
    summary: "Put a version back that ran before",
    params: Place.extend({ toVersion: z.string().min(1).max(100) }),
    result: RolledBack,
    risk: ({ environment }) => riskIn(environment),
    risks: ["write", "dangerous"],
    effect: "keyed",
    timeoutMs: 30_000,
    occupies,
    describe: ({ service, environment, toVersion }) => `Roll ${service} in ${environment} back to version ${toVersion}`,
    // Tried again after a crash it finds its own work done: what counts is the version it began with.
    async pin({ tenant, args, effectId }) {
      const done = RolledBack.safeParse((await store.operation(tenant, effectId))?.result);
      if (done.success) return { version: done.data.fromVersion };
      const where = whereOf(tenant, args);
      const { version } = await mustFind(store, where);
      await mustHaveRun(store, where, version, args.toVersion);
      return { version };
    },
    compensate: ({ service, environment }, { fromVersion }) => ({
      tool: "services.rollback",
      args: { service, environment, toVersion: fromVersion },
    }),
    async dryRun({ tenant, args }) {
      const where = whereOf(tenant, args);
      const { version, instances } = await mustFind(store, where);
      const latest = await mustHaveRun(store, where, version, args.toVersion);
      if (args.toVersion === version) return `Would do nothing: version ${version} runs already.`;
      const since = latest ? `, deployed by ${latest.by} at ${latest.at}` : "";
      return `Would put version ${args.toVersion} on ${countOf(instances.length)} in place of ${version}${since}.`;
    },
    async run({ tenant, args, effectId, requesterId }) {
      const where = whereOf(tenant, args);
      await mustFind(store, where);
      return RolledBack.parse(await store.rollback(where, effectId, args.toVersion, requesterId ?? "steward"));
    },
  });
}

/** The latest deploy, null where none is on record; a Fault where this version was never deployed there. */
async function mustHaveRun(store: TrialStore, where: Where, now: string, wanted: string) {
  const deploys = await store.deploys(where, mostDeploys);
  const others = [...new Set(deploys.map(({ version }) => version))].filter((version) => version !== now);
  if (wanted !== now && !others.includes(wanted))
    throw new Fault("bad-request", neverRan(wanted, where.service, where.environment, others), { undone: true });
  return deploys[0] ?? null;
}

function scaleTool(store: TrialStore) {
  return defineTool({
    name: "services.scale",
    summary: "Run a service on more or fewer instances",
    params: Place.extend({ instances: z.number().int().min(1).max(mostInstances) }),
    result: Scaled,
    risk: ({ environment }) => riskIn(environment),
    risks: ["write", "dangerous"],
    effect: "keyed",
    timeoutMs: 30_000,
    occupies,
    describe: ({ service, environment, instances }) => `Run ${service} in ${environment} on ${countOf(instances)}`,
    pin: async ({ tenant, args }) => ({
      instances: (await mustFind(store, whereOf(tenant, args))).instances.length,
    }),
    lessens: scalesLess,
    compensate: ({ service, environment }, { before }) => ({
      tool: "services.scale",
      args: { service, environment, instances: before },
    }),
    async dryRun({ tenant, args }) {
      const { version, instances } = await mustFind(store, whereOf(tenant, args));
      if (args.instances === instances.length)
        return `Would do nothing: it runs on ${countOf(instances.length)} already.`;
      return `Would run ${countOf(args.instances)} of version ${version} instead of ${instances.length}.`;
    },
    async run({ tenant, args, effectId }) {
      const where = whereOf(tenant, args);
      await mustFind(store, where);
      return Scaled.parse(await store.scale(where, effectId, args.instances));
    },
  });
}

function whereOf(tenant: string, { service, environment }: z.output<typeof Place>): Where {
  return { tenant, service, environment };
}

function countOf(instances: number): string {
  return instances === 1 ? "1 instance" : `${instances} instances`;
}

/** The service, or a Fault that names the near one and those there are. */
export async function mustFind(store: TrialStore, where: Where): Promise<Service> {
  const service = await store.service(where);
  if (service) return service;
  const names = (await store.services(where.tenant))
    .filter((one) => one.environment === where.environment)
    .map((one) => one.name);
  const near = nearestName(where.service, names, 3);
  const meant = near === null ? "" : `Did you mean ${near}? `;
  throw new Fault(
    "bad-request",
    `There is no service "${where.service}" in ${where.environment}. ${meant}There are: ${names.join(", ")}.`,
  );
}

/** The same tool about a service, that begins nothing for one there is not. */
export function onKnown(store: TrialStore, tool: AnyTool): AnyTool {
  const found = ({ tenant, args }: { tenant: string; args: z.output<typeof Place> }) =>
    mustFind(store, whereOf(tenant, args));
  return { ...tool, refuses: (call) => faultOf(() => found(call)) };
}

/** A service as its tools show it. */
export function stateOf(service: Service): z.output<typeof State> {
  return {
    service: service.name,
    environment: service.environment,
    version: service.version,
    instances: service.instances.map((instance) => ({ ...instance })),
  };
}
