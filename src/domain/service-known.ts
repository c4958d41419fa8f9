import { z } from "zod";
import type { AnyTool } from "./tool.ts";
import { defineTool } from "./tool.ts";

/** A service, and an environment it runs in. */
interface Place {
  readonly service: string;
  readonly environment: string;
}

const mostNamed = 12;

/** The tool that says of any words whether they name a service in an environment of it; `placesOf` gives those there are. */
export function knownTool(placesOf: (tenant: string) => Promise<readonly Place[]>): AnyTool {
  const word = z.string().max(500);
  return defineTool({
    name: "services.known",
    summary: "Says whether there is such a service in such an environment, and which there are",
    params: z.object({ service: word, environment: word }),
    result: z.object({ known: z.boolean(), because: z.string().nullable() }),
    risk: () => "read" as const,
    effect: "keyed",
    timeoutMs: 10_000,
    steers: [],
    describe: ({ service, environment }) => `See whether there is ${service} in ${environment}`,
    async run({ tenant, args }) {
      const because = strangeness(args, await placesOf(tenant));
      return { known: because === null, because };
    },
  });
}

/** "I know no service payments; I know billing and checkout", without a full stop; null for a place that is known. */
function strangeness({ service, environment }: Place, places: readonly Place[]): string | null {
  const environments = places.filter((one) => one.service === service).map((one) => one.environment);
  if (environments.includes(environment)) return null;
  if (environments.length > 0)
    return `I know no environment ${environment} of ${service}; I know ${listed(environments)}`;
  return `I know no service ${service}; I know ${listed(places.map((one) => one.service))}`;
}

function listed(all: readonly string[]): string {
  const names = [...new Set(all)].sort();
  const shown = names.length > mostNamed ? [...names.slice(0, mostNamed), "others"] : names;
  return [shown.slice(0, -1).join(", "), ...shown.slice(-1)].filter(Boolean).join(" and ");
}
