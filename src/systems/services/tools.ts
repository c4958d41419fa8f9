import { setTimeout as wait } from "node:timers/promises";
import { faultOf } from "../../domain/fault.ts";
import { knownTool } from "../../domain/service-known.ts";
import type { AnyTool } from "../../domain/tool.ts";
import { type Pause, serviceActs } from "./acts.ts";
import { serviceLooks } from "./looks.ts";
import { finder } from "./places.ts";
import type { Placed } from "./sources.ts";

const realPause: Pause = async (ms, signal) => {
  await wait(ms, undefined, { signal });
};

/** The tools `services.*` on real systems: the same names, parameters and results as the simulated company's. */
export function serviceTools(all: readonly Placed[], now: () => Promise<Date>, pause = realPause): AnyTool[] {
  const find = finder(all);
  const origin = "the services of steward.yaml";
  const there = [...serviceLooks(all, find, now), ...serviceActs(all, find, pause)];
  return [
    { ...knownTool(async () => all), origin },
    ...there.map((tool): AnyTool => ({ ...tool, origin, refuses: ({ args }) => faultOf(async () => find(args)) })),
  ];
}
