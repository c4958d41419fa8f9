import { z } from "zod";
import { RolledBack, restarted, Scaled, ServiceState, scalesLess } from "../../domain/service.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import { type Find, Place, unconfigured } from "./places.ts";
import type { Placed, Running, Runtime } from "./sources.ts";

/** How long a change may take to reach every instance; after that its state is told as it is. */
const patienceMs = 240_000;
const timeoutMs = 300_000;

/** Waits between two looks. Tests pass one that does not wait. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

/** What can be done to the configured services. */
export function serviceActs(all: readonly Placed[], find: Find, pause: Pause): AnyTool[] {
  const known = (place: z.output<typeof Place>) =>
    all.find((one) => one.service === place.service && one.environment === place.environment);
  const acting = {
    effect: "keyed",
    timeoutMs,
    egress: [...new Set(all.flatMap(({ runtime }) => runtime?.host ?? []))],
    // Until it has reached every instance.
    occupies: (place: z.output<typeof Place>) =>
      known(place)?.runtime?.thing ?? `services/${place.environment}/${place.service}`,
  } as const;
  const risk = (place: z.output<typeof Place>) => {
    const one = known(place);
    return one?.isProtected !== false || place.environment === "production" || one.runtime?.production !== false
      ? ("dangerous" as const)
      : ("write" as const);
  };
  const at = (place: z.output<typeof Place>): Runtime => {
    const { runtime } = find(place);
    if (runtime === null) throw unconfigured("cluster is", place);
    return runtime;
  };

  return [
    defineTool({
      ...acting,
      name: "services.restart",
      summary: "Restart a service, a few instances at a time",
      params: Place,
      result: ServiceState,
      risk: (args) => risk(args),
      risks: ["write", "dangerous"],
      final: restarted,
      describe: ({ service, environment }) => `Restart ${service} in ${environment}, a few instances at a time`,
      pin: async ({ args, effectId }) => at(args).pin(effectId, null),
      async dryRun({ args }) {
        const { version, instances } = await at(args).look();
        return `Would restart ${countOf(instances.length)} of version ${version}.`;
      },
      async run({ args, effectId, signal, progress }) {
        const runtime = at(args);
        await runtime.restart(effectId, signal);
        const { version, instances } = await settled(runtime, pause, signal, progress);
        return { ...args, version, instances };
      },
    }),
    defineTool({
      ...acting,
      name: "services.rollback",
      summary: "Put a version back that ran before",
      params: Place.extend({ toVersion: z.string().min(1).max(300) }),
      result: RolledBack,
      risk: (args) => risk(args),
      risks: ["write", "dangerous"],
      describe: ({ service, environment, toVersion }) =>
        `Roll ${service} in ${environment} back to version ${toVersion}`,
      pin: async ({ args, effectId }) => at(args).pin(effectId, args.toVersion),
      compensate: ({ service, environment }, { fromVersion }) => ({
        tool: "services.rollback",
        args: { service, environment, toVersion: fromVersion },
      }),
      async dryRun({ args }) {
        const runtime = at(args);
        // What an approval would be bound to: refused where this version is not kept.
        await runtime.pin("", args.toVersion);
        const [{ instances }, [latest]] = await Promise.all([runtime.look(), runtime.deploys()]);
        const now = latest ? `${latest.version}, deployed at ${latest.at}` : "what runs now";
        return `Would put version ${args.toVersion} on ${countOf(instances.length)} in place of ${now}.`;
      },
      async run({ args: { toVersion, ...place }, effectId, signal, progress }) {
        const runtime = at(place);
        const fromVersion = await runtime.rollback(effectId, toVersion, signal);
        await settled(runtime, pause, signal, progress);
        return { ...place, version: toVersion, fromVersion };
      },
    }),
    defineTool({
      ...acting,
      name: "services.scale",
      summary: "Run a service on more or fewer instances",
      params: Place.extend({ instances: z.int().min(1).max(100) }),
      result: Scaled,
      risk: (args) => risk(args),
      risks: ["write", "dangerous"],
      describe: ({ service, environment, instances }) => `Run ${service} in ${environment} on ${countOf(instances)}`,
      pin: async ({ args, effectId }) => at(args).pin(effectId, null),
      lessens: scalesLess,
      compensate: ({ service, environment }, { before }) => ({
        tool: "services.scale",
        args: { service, environment, instances: before },
      }),
      async dryRun({ args }) {
        const { version, instances } = await at(args).look();
        if (args.instances === instances.length)
          return `Would do nothing: it runs on ${countOf(instances.length)} already.`;
        return `Would run ${countOf(args.instances)} of version ${version} instead of ${instances.length}.`;
      },
      async run({ args: { instances, ...place }, effectId, signal, progress }) {
        const runtime = at(place);
        const before = await runtime.scale(effectId, instances, signal);
        await settled(runtime, pause, signal, progress);
        return { ...place, instances, before };
      },
    }),
  ];
}

/** Looks until the change has reached every instance, or for as long as anybody waits for that. */
async function settled(
  runtime: Runtime,
  pause: Pause,
  signal: AbortSignal,
  progress: (text: string) => void,
): Promise<Running> {
  const everyMs = 2000;
  for (let waitedMs = 0; ; waitedMs += everyMs) {
    const running = await runtime.look(signal);
    if (running.settled || waitedMs >= patienceMs) return running;
    const well = running.instances.filter(({ status }) => status === "running").length;
    progress(`${well} of ${countOf(running.instances.length)} running`);
    await pause(everyMs, signal);
  }
}

function countOf(instances: number): string {
  return instances === 1 ? "1 instance" : `${instances} instances`;
}
