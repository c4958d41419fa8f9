import type { ConnectorSettings } from "./config/connectors.ts";
import type { ServiceEntry } from "./config/services.ts";
import type { Settings } from "./config/settings.ts";
import { Fault } from "./domain/fault.ts";
import type { AnyTool } from "./domain/tool.ts";
import type { HttpServer } from "./systems/http/connection.ts";
import type { Figure, Lines, Placed, Releases, Runtime } from "./systems/services/sources.ts";

/** What a service entry may refer to. */
interface Reach {
  readonly settings: Pick<Settings, "mode" | "github">;
  readonly configured: ConnectorSettings;
  /** The one clock. */
  now(): Promise<Date>;
}

/**
 * The tools `services.*` for the services of steward.yaml; none where there are none. Throws Fault("bad-config") for an entry
 * that names a connector which is not configured.
 */
export async function openServices(entries: readonly ServiceEntry[], reach: Reach): Promise<readonly AnyTool[]> {
  if (entries.length === 0) return [];
  if (reach.settings.mode === "trial")
    throw new Fault(
      "bad-config",
      "services are configured in trial mode, which has the services of the simulated company: leave them out, or set STEWARD_MODE=production.",
    );
  const { serviceTools } = await import("./systems/services/tools.ts");
  const placed = entries.flatMap((entry) =>
    Object.entries(entry.environments).map(([environment, one]) => place(entry, environment, one, reach)),
  );
  return serviceTools(await Promise.all(placed), () => reach.now());
}

async function place(
  { name, dependsOn, repository }: ServiceEntry,
  environment: string,
  one: ServiceEntry["environments"][string],
  { settings, configured }: Reach,
): Promise<Placed> {
  const where = `services: ${name} in ${environment}`;
  const metrics = Object.entries(one.metrics);
  return {
    service: name,
    environment,
    dependsOn,
    isProtected: one.protected,
    runtime: one.kubernetes ? await runtime(one.kubernetes, where, configured) : null,
    figures: metrics.length > 0 ? await figures(metrics, one.prometheus, where, configured) : {},
    lines: one.logs === undefined ? null : await lines(one.logs, one.loki, where, configured),
    releases: repository === undefined ? null : await releases(repository, settings),
  };
}

async function runtime(
  at: { readonly namespace: string; readonly deployment: string },
  where: string,
  { kubernetes }: ConnectorSettings,
): Promise<Runtime> {
  if (!kubernetes?.namespaces.some(({ name }) => name === at.namespace))
    throw new Fault(
      "bad-config",
      `${where}: the namespace ${at.namespace} is not in connectors.kubernetes; name it there, or leave kubernetes out.`,
    );
  return (await import("./systems/kubernetes/runtime.ts")).deploymentRuntime(kubernetes, at);
}

async function figures(
  queries: readonly (readonly [string, string])[],
  wanted: string | undefined,
  where: string,
  { prometheus }: ConnectorSettings,
): Promise<Record<string, Figure>> {
  const server = chosen("prometheus", prometheus, wanted, where);
  const { promFigure } = await import("./systems/prometheus/figure.ts");
  return Object.fromEntries(queries.map(([name, query]) => [name, promFigure(server, query)]));
}

async function lines(
  query: string,
  wanted: string | undefined,
  where: string,
  { loki }: ConnectorSettings,
): Promise<Lines> {
  const server = chosen("loki", loki, wanted, where);
  return (await import("./systems/loki/service-lines.ts")).lokiLines(server, query);
}

/** Without an account GitHub is not asked: the cluster knows what was deployed, if not by whom. */
async function releases(repository: string, { github }: Reach["settings"]): Promise<Releases | null> {
  return github ? (await import("./systems/github/releases.ts")).githubReleases(github, repository) : null;
}

function chosen(kind: string, servers: readonly HttpServer[], wanted: string | undefined, where: string): HttpServer {
  const server = wanted === undefined ? servers[0] : servers.find(({ name }) => name === wanted);
  if (server) return server;
  const there = servers.map(({ name }) => name).join(", ");
  throw new Fault(
    "bad-config",
    `${where}: connectors.${kind} has no ${wanted ?? "server"}; ${there === "" ? "configure one" : `there are ${there}`}.`,
  );
}
