import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compose } from "../src/compose.ts";
import { noChat } from "../src/config/chat-settings.ts";
import type { AnyTool } from "../src/domain/tool.ts";
import type { Steward } from "../src/steward.ts";
import { loadDefinition } from "../src/workflow/index.ts";
import { freshDatabase, type PostgresServer, startPostgres } from "../tests/support/postgres.ts";

/** An installation: its folder, and its database if that is not in the folder. */
export interface Installation {
  readonly folder: string;
  readonly url: string | null;
}

/** The database that is measured: embedded, started for this, or the one in DATABASE_URL. */
export interface Databases {
  /** Works with a new, empty installation and removes it. A database in DATABASE_URL stays. */
  use<T>(work: (at: Installation) => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

/** `kind` is "postgres", "postgres-15" or "pglite". */
export async function databases(kind: string): Promise<Databases> {
  const given = kind === "pglite" ? undefined : process.env["DATABASE_URL"];
  const server: PostgresServer | null =
    kind === "pglite" || given ? null : await startPostgres({ version: kind === "postgres-15" ? "15" : "embedded" });
  return {
    async use(work) {
      const folder = mkdtempSync(join(tmpdir(), "steward-bench-"));
      try {
        return await work({ folder, url: server ? await freshDatabase(server) : (given ?? null) });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    stop: async () => server?.stop(),
  };
}

/** The settings of an installation that is measured. */
export function settingsFor({ folder, url }: Installation): Parameters<typeof compose>[0] {
  return {
    port: 0,
    host: "127.0.0.1",
    databaseUrl: url,
    dataDir: folder,
    configFile: new URL("steward.yaml", import.meta.url).pathname,
    mode: "trial" as const,
    model: null,
    ...noChat,
  };
}

/** A Steward on this installation that knows one more workflow, not started yet. */
export function openSteward(at: Installation, yaml: string, tools: readonly AnyTool[]): Promise<Steward> {
  const loaded = loadDefinition(yaml, "bench", { tools, intents: [], specialists: [] });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const more = { tools, definitions: [loaded.definition] };
  return compose(settingsFor(at), (error) => console.error(error), more);
}
