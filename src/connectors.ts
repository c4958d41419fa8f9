import type { ConnectorSettings } from "./config/connectors.ts";
import { Fault } from "./domain/fault.ts";
import type { AnyTool } from "./domain/tool.ts";

/** A system that is connected, for whoever looks after it. */
export interface Connector {
  /** As in steward.yaml: "sql", "loki". */
  readonly kind: string;
  readonly name: string;
  /** What is missing before it can be used, as sentences; empty when it answers. */
  check(): Promise<readonly string[]>;
}

export interface Connected {
  readonly tools: readonly AnyTool[];
  readonly connectors: readonly Connector[];
}

interface Parts {
  now(): Promise<Date>;
  onError(error: Error): void;
}

/** The connectors that are configured; the rooms of others are not loaded. Throws Fault("bad-config") for one that must not be used. */
export async function openConnectors(settings: ConnectorSettings, parts: Parts): Promise<Connected> {
  const opened = await Promise.all([
    openHttp(settings.http),
    openSql(settings.sql, parts),
    openPrometheus(settings.prometheus, parts),
    openLoki(settings.loki, parts),
    openLogs(settings.logs),
  ]);
  return {
    tools: opened.flatMap(({ tools }) => tools),
    connectors: opened.flatMap(({ connectors }) => connectors),
  };
}

const none: Connected = { tools: [], connectors: [] };

async function openHttp(services: ConnectorSettings["http"]): Promise<Connected> {
  if (services.length === 0) return none;
  const { httpTools } = await import("./systems/http/tools.ts");
  const { checkServer } = await import("./systems/http/connection.ts");
  return {
    tools: httpTools(services),
    connectors: services.map((one) => ({ kind: "http", name: one.name, check: () => checkServer(one, "/") })),
  };
}

/** A database that cannot be reached now is looked at again before it is asked; one that could be changed stops the start. */
async function openSql(databases: ConnectorSettings["sql"], { onError }: Parts): Promise<Connected> {
  if (databases.length === 0) return none;
  const { readDatabase } = await import("./systems/sql/database.ts");
  const { sqlTools } = await import("./systems/sql/tools.ts");
  const opened = databases.map(({ name, url }) => readDatabase(name, url));
  const wrong = await Promise.all(
    opened.map((one) =>
      one.examine().catch((error: Error) => {
        onError(error);
        return [];
      }),
    ),
  );
  if (wrong.flat().length > 0) throw new Fault("bad-config", wrong.flat().join("\n"));
  const check = (one: (typeof opened)[number]) => () => one.examine().catch((error: Error) => [error.message]);
  return {
    tools: sqlTools(opened),
    connectors: opened.map((one) => ({ kind: "sql", name: one.name, check: check(one) })),
  };
}

async function openPrometheus(servers: ConnectorSettings["prometheus"], { now }: Parts): Promise<Connected> {
  if (servers.length === 0) return none;
  const { prometheusTools } = await import("./systems/prometheus/tools.ts");
  const { checkServer } = await import("./systems/http/connection.ts");
  const check = (one: (typeof servers)[number]) => () => checkServer(one, "/api/v1/status/buildinfo");
  return {
    tools: prometheusTools(servers, now),
    connectors: servers.map((one) => ({ kind: "prometheus", name: one.name, check: check(one) })),
  };
}

async function openLoki(servers: ConnectorSettings["loki"], { now }: Parts): Promise<Connected> {
  if (servers.length === 0) return none;
  const { lokiTools } = await import("./systems/loki/tools.ts");
  const { checkServer } = await import("./systems/http/connection.ts");
  return {
    tools: lokiTools(servers, now),
    connectors: servers.map((one) => ({
      kind: "loki",
      name: one.name,
      check: () => checkServer(one, "/loki/api/v1/labels"),
    })),
  };
}

async function openLogs(folders: ConnectorSettings["logs"]): Promise<Connected> {
  if (folders.length === 0) return none;
  const { checkLogs, logTools } = await import("./systems/logs/tools.ts");
  return {
    tools: logTools(folders),
    connectors: folders.map((one) => ({ kind: "logs", name: one.name, check: () => checkLogs(one) })),
  };
}
