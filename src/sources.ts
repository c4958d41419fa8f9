import type { ConnectorSettings } from "./config/connectors.ts";
import { Fault } from "./domain/fault.ts";
import { sentenceEnd } from "./domain/text.ts";
import type { AnyTool } from "./domain/tool.ts";
import { type FindPerson, mayAskBy } from "./systems/asker.ts";
import { type ConnectorHealth, createBreaker } from "./systems/breaker.ts";

/** Web services, databases, metrics and logs that steward.yaml connects, each kind behind a breaker. */
export interface Sources {
  readonly tools: readonly AnyTool[];
  health(): readonly ConnectorHealth[];
  /** Asks each now: what is missing before it can be used, as sentences. */
  examine(): Promise<readonly { readonly connector: string; readonly found: readonly string[] }[]>;
}

interface Parts {
  readonly mode: "trial" | "production";
  /** Whoever asks a source in their own words. */
  readonly person: FindPerson;
  /** What "30m ago" is counted from. */
  now(): Promise<Date>;
  onError(error: Error): void;
}

/** One kind of source, opened: which there are, and how each is looked at. */
interface Opened {
  readonly connector: string;
  readonly tools: readonly AnyTool[];
  readonly checks: Readonly<Record<string, () => Promise<readonly string[]>>>;
}

/** Opens what is configured, and loads the code of nothing else. Throws Fault("bad-config") for what must not be used. */
export async function openSources(settings: ConnectorSettings, parts: Parts): Promise<Sources> {
  const opened = (
    await Promise.all([
      ...settings.http.map((service) => openHttp(service, parts)),
      settings.sql.length > 0 ? openSql(settings.sql, parts) : [],
      settings.prometheus.length > 0 ? openPrometheus(settings.prometheus, parts) : [],
      settings.loki.length > 0 ? openLoki(settings.loki, parts) : [],
      settings.logs.length > 0 ? openLogs(settings.logs) : [],
    ])
  ).flat();
  const guarded = opened.map((one) => ({ ...one, breaker: createBreaker(one.connector) }));
  return {
    tools: [
      ...guarded.flatMap(({ connector, tools, breaker }) =>
        tools.map((tool) => breaker.guard({ ...tool, origin: `the connector ${connector}` })),
      ),
      ...(settings.sql.length > 0 ? [] : (await import("./systems/sql/asking.ts")).sqlAsking([])),
      ...(settings.prometheus.length > 0
        ? []
        : (await import("./systems/prometheus/asking.ts")).prometheusAsking([], parts.now)),
    ],
    health: () => guarded.map(({ breaker }) => breaker.health()),
    examine: () =>
      Promise.all(
        opened.flatMap(({ checks }) =>
          Object.entries(checks).map(async ([connector, check]) => ({ connector, found: await check() })),
        ),
      ),
  };
}

async function openHttp(service: ConnectorSettings["http"][number], { mode }: Parts): Promise<Opened> {
  const { httpTools } = await import("./systems/http/tools.ts");
  const { checkServer } = await import("./systems/http/connection.ts");
  const connector = `http.${service.name}`;
  const readOnly = (["POST", "PUT", "PATCH", "DELETE"] as const).every((method) => service.methods[method] === "never");
  if (mode === "trial" && Object.keys(service.headers).length > 0 && !readOnly)
    throw new Fault(
      "bad-config",
      `connectors.${connector} has credentials with which things could be changed, in trial mode, where anyone who reaches the port may act as anyone: set its methods POST, PUT, PATCH and DELETE to never, or set STEWARD_MODE=production.`,
    );
  return { connector, tools: httpTools([service]), checks: { [connector]: () => checkServer(service, "/") } };
}

/**
 * One whose role could change it stops the start, and so does one that lets nobody in. One that cannot be reached now does not:
 * it is looked at again before it is asked.
 */
async function openSql(databases: ConnectorSettings["sql"], { onError, person }: Parts): Promise<Opened> {
  const { readDatabase } = await import("./systems/sql/database.ts");
  const { sqlTools } = await import("./systems/sql/tools.ts");
  const { sqlAsking } = await import("./systems/sql/asking.ts");
  const asked = databases.map(({ name, url, askedBy }) => {
    const key = "askedBy of connectors.sql";
    return {
      database: readDatabase(name, url),
      mayAsk: mayAskBy(person, { what: `the database ${name}`, key, askedBy }),
    };
  });
  const opened = asked.map(({ database }) => database);
  const examined = opened.map((one) =>
    one.examine().catch((error: Error) => {
      if (error instanceof Fault && error.retryAfterMs === null)
        return [
          `connectors.sql, ${one.name}: ${sentenceEnd(error.message)} Check the address in the variable that its urlFromEnv names.`,
        ];
      onError(error);
      return [];
    }),
  );
  const wrong = (await Promise.all(examined)).flat();
  if (wrong.length > 0) throw new Fault("bad-config", wrong.join("\n"));
  return {
    connector: "sql",
    tools: [...sqlTools(opened), ...sqlAsking(asked)],
    checks: checksOf("sql", opened, (one) => one.examine().catch((error: Error) => [error.message])),
  };
}

async function openPrometheus(servers: ConnectorSettings["prometheus"], { now, person }: Parts): Promise<Opened> {
  const { prometheusTools } = await import("./systems/prometheus/tools.ts");
  const { prometheusAsking } = await import("./systems/prometheus/asking.ts");
  const asked = servers.map((server) => {
    const key = "askedBy of connectors.prometheus";
    return { server, mayAsk: mayAskBy(person, { what: server.name, key, askedBy: server.askedBy }) };
  });
  const { checkServer } = await import("./systems/http/connection.ts");
  return {
    connector: "prometheus",
    tools: [...prometheusTools(servers, now), ...prometheusAsking(asked, now)],
    checks: checksOf("prometheus", servers, (one) => checkServer(one, "/api/v1/status/buildinfo")),
  };
}

async function openLoki(servers: ConnectorSettings["loki"], { now }: Parts): Promise<Opened> {
  const { lokiTools } = await import("./systems/loki/tools.ts");
  const { checkServer } = await import("./systems/http/connection.ts");
  return {
    connector: "loki",
    tools: lokiTools(servers, now),
    checks: checksOf("loki", servers, (one) => checkServer(one, "/loki/api/v1/labels")),
  };
}

async function openLogs(folders: ConnectorSettings["logs"]): Promise<Opened> {
  const { checkLogs, logTools } = await import("./systems/logs/tools.ts");
  return { connector: "logs", tools: logTools(folders), checks: checksOf("logs", folders, checkLogs) };
}

function checksOf<T extends { readonly name: string }>(
  kind: string,
  all: readonly T[],
  check: (one: T) => Promise<readonly string[]>,
): Opened["checks"] {
  return Object.fromEntries(all.map((one) => [`${kind}.${one.name}`, () => check(one)]));
}
