import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { compose } from "../../src/compose.ts";
import { noChat } from "../../src/config/chat-settings.ts";
import type { PostgresServer, PostgresVersion } from "./postgres.ts";
import { startPostgres } from "./postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where `sharedPostgres` asks: GET /embedded or /15 answers with the server's url, GET /prepared with a folder. */
    sharedPostgres: string;
    /** Whether journeys that one database shows run on the others too. */
    everyBase: boolean;
  }
}

/** Vitest's global setup: one server of each version per run, and none at all when no test asks for one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers = new Map<PostgresVersion, Promise<PostgresServer>>();
  let folder: Promise<string> | undefined;
  const answer = (path: string | undefined): Promise<string> => {
    if (path === "/prepared") {
      folder ??= prepare();
      return folder;
    }
    const version: PostgresVersion = path === "/15" ? "15" : "embedded";
    const server = servers.get(version) ?? startPostgres({ version });
    servers.set(version, server);
    return server.then(({ url }) => url);
  };
  const door = createServer((request, response) => {
    answer(request.url).then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
  const address = door.address();
  if (address === null || typeof address === "string") throw new Error("No free port");
  project.provide("sharedPostgres", `http://127.0.0.1:${address.port}`);

  return async () => {
    door.close();
    door.closeAllConnections();
    const started = await Promise.allSettled(servers.values());
    await Promise.all(started.map((server) => (server.status === "fulfilled" ? server.value.stop() : undefined)));
    const [made] = await Promise.allSettled([folder]);
    if (made.status === "fulfilled" && made.value !== undefined) await rm(made.value, { recursive: true, force: true });
  };
}

/** A data folder that a Steward was once started on. */
async function prepare(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), "steward-prepared-"));
  const configFile = new URL("../../steward.yaml", import.meta.url).pathname;
  const settings = { port: 0, host: "127.0.0.1", databaseUrl: null, dataDir, configFile, ...noChat };
  const steward = await compose({ ...settings, mode: "trial", model: null }, console.error);
  await steward.close();
  await rm(join(dataDir, "session.key"), { force: true });
  return dataDir;
}
