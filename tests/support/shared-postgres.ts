import { createServer } from "node:http";
import type { TestProject } from "vitest/node";
import type { PostgresServer, PostgresVersion } from "./postgres.ts";
import { startPostgres } from "./postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where `sharedPostgres` asks: GET /embedded or /15 answers with the server's url. */
    sharedPostgres: string;
    /** Whether journeys that one database shows run on the others too. */
    everyBase: boolean;
  }
}

/** Vitest's global setup: one server of each version per run, and none at all when no test asks for one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers = new Map<PostgresVersion, Promise<PostgresServer>>();
  const door = createServer((request, response) => {
    const version: PostgresVersion = request.url === "/15" ? "15" : "embedded";
    const server = servers.get(version) ?? startPostgres({ version });
    servers.set(version, server);
    server.then(
      ({ url }) => response.end(url),
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
  };
}
