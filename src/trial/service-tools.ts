import { distance } from "fastest-levenshtein";
import { z } from "zod";
import { Fault } from "../domain/fault.ts";
import type { AnyTool } from "../domain/tool.ts";
import { defineTool } from "../domain/tool.ts";
import type { Service, TrialStore, Where } from "./company.ts";
import { sampleAt } from "./metrics.ts";

/** Waits, or stops at once when the signal says so. Tests pass one that does not wait. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

const Place = z.object({ service: z.string().min(1).max(100), environment: z.enum(["staging", "production"]) });
const State = z.object({
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  instances: z.array(
    z.object({ number: z.number(), status: z.enum(["running", "restarting", "failing"]), startedAt: z.string() }),
  ),
});
const Status = State.extend({ cpu: z.number(), memory: z.number(), errorRate: z.number(), latencyMs: z.number() });
const Lines = z.object({ lines: z.array(z.object({ at: z.string(), line: z.string() })) });
const restartMs = 400;

/** What can be done with the trial company's services. */
export function serviceTools(store: TrialStore, pause: Pause): AnyTool[] {
  return [restartTool(store, pause), statusTool(store), logsTool(store)];
}

function restartTool(store: TrialStore, pause: Pause) {
  return defineTool({
    name: "services.restart",
    summary: "Restart a service, one instance at a time",
    params: Place,
    result: State,
    risk: ({ environment }) => (environment === "production" ? "dangerous" : "write"),
    effect: "keyed",
    timeoutMs: 60_000,
    describe: ({ service, environment }) => `Restart ${service} in ${environment}, one instance at a time`,
    pin: async ({ tenant, args }) => ({ version: (await mustFind(store, { tenant, ...args })).version }),
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
      return State.parse(await store.finishRestart(where, effectId, stateOf(await mustFind(store, where))));
    },
  });
}

function statusTool(store: TrialStore) {
  return defineTool({
    name: "services.status",
    summary: "Version, instances and current figures of a service",
    params: Place,
    result: Status,
    risk: () => "read" as const,
    effect: "keyed",
    timeoutMs: 10_000,
    describe: ({ service, environment }) => `Look at ${service} in ${environment}`,
    async run({ tenant, args }) {
      const service = await mustFind(store, { tenant, ...args });
      const { at: _, ...figures } = sampleAt(service, (await store.now()).getTime());
      return { ...stateOf(service), ...figures };
    },
  });
}

function logsTool(store: TrialStore) {
  return defineTool({
    name: "services.logs",
    summary: "The latest log lines of a service",
    params: Place.extend({ limit: z.number().int().min(1).max(200).optional() }),
    result: Lines,
    risk: () => "read" as const,
    effect: "keyed",
    timeoutMs: 10_000,
    describe: ({ service, environment }) => `Read the log of ${service} in ${environment}`,
    async run({ tenant, args: { limit, ...place } }) {
      await mustFind(store, { tenant, ...place });
      return { lines: await store.logs({ tenant, ...place }, limit ?? 20) };
    },
  });
}

/** The service, or a Fault that names those there are, and the near one first. */
export async function mustFind(store: TrialStore, where: Where): Promise<Service> {
  const service = await store.service(where);
  if (service) return service;
  const names = (await store.services(where.tenant))
    .filter((one) => one.environment === where.environment)
    .map((one) => one.name);
  const near = names
    .map((name) => ({ name, slips: distance(name, where.service) }))
    .sort((a, b) => a.slips - b.slips)[0];
  const meant = near && near.slips <= 3 ? `Did you mean ${near.name}? ` : "";
  throw new Fault(
    "bad-request",
    `There is no service "${where.service}" in ${where.environment}. ${meant}There are: ${names.join(", ")}.`,
  );
}

function stateOf(service: Service): z.output<typeof State> {
  return {
    service: service.name,
    environment: service.environment,
    version: service.version,
    instances: service.instances.map(({ number, status, startedAt }) => ({ number, status, startedAt })),
  };
}
