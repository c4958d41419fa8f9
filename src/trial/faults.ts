import type { FaultKind } from "./company.ts";

/** How a service can be broken. With "dependency-down" the fault lies in the service it calls first, which hangs. */
export const faultKinds = [
  "crashloop",
  "memory-leak",
  "bad-deploy",
  "config-change",
  "slow",
  "hung",
  "traffic-spike",
  "disk-full",
  "noisy-neighbour",
  "cert-expired",
  "dependency-down",
] as const satisfies readonly (FaultKind | "dependency-down")[];

/** What a restart puts right: fresh memory, connections and scratch disk, and another host. A release wants a rollback, a crowd more instances; the rest wants a person. */
export const healedByRestart: readonly FaultKind[] = ["memory-leak", "slow", "hung", "disk-full", "noisy-neighbour"];

/** Whom a service calls, in every environment; no circles. */
export const calls: Readonly<Record<string, readonly string[]>> = {
  website: ["checkout", "search"],
  checkout: ["billing"],
  billing: [],
  search: [],
};
