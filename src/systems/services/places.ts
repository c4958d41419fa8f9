import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import { nearestName } from "../../domain/nearest-name.ts";
import type { Placed } from "./sources.ts";

/** Which service, where: what every tool about one takes. */
export const Place = z.object({ service: z.string().min(1).max(100), environment: z.string().min(1).max(100) });

export type Find = (place: z.output<typeof Place>) => Placed;

/** The configured service, or a Fault that names the near one and those there are. */
export function finder(all: readonly Placed[]): Find {
  return ({ service, environment }) => {
    const found = all.find((one) => one.service === service && one.environment === environment);
    if (found) return found;
    const elsewhere = all.filter((one) => one.service === service).map((one) => one.environment);
    if (elsewhere.length > 0)
      throw refusal(`${service} is not configured in “${environment}”`, environment, elsewhere, "environments");
    const here = [...new Set(all.map((one) => one.service))];
    throw refusal(`There is no service “${service}” in ${environment}`, service, here, "services");
  };
}

function refusal(sentence: string, wanted: string, names: readonly string[], what: string): Fault {
  const near = nearestName(wanted, names, 3);
  const meant = near === null ? "" : ` Did you mean ${near}?`;
  return new Fault("bad-request", `${sentence}.${meant} The ${what} of steward.yaml are: ${names.join(", ")}.`, {
    undone: true,
  });
}

/** What is said of something that nobody configured. */
export function unconfigured(what: string, { service, environment }: z.output<typeof Place>): Fault {
  return new Fault("not-found", `no ${what} configured for ${service} in ${environment}`, { undone: true });
}
