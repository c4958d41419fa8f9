import { Fault } from "../domain/fault.ts";
import type { Database } from "./database.ts";
import { checkServer, migrate } from "./migrate.ts";
import { openPglite } from "./pglite.ts";
import { openPostgres, ownerClient, planning } from "./postgres.ts";

/** Opens the database this installation is configured for, migrated, in the application's role. */
export async function openDatabase(
  where: { readonly url: string } | { readonly folder: string },
  onError: (error: Error) => void,
): Promise<Database> {
  if ("folder" in where) {
    const db = await openPglite(where.folder);
    try {
      await migrate({ query: db.query, exec: (script) => db.raw.exec(script) });
      await db.raw.exec(
        ["role = steward_app", "search_path = steward", ...planning.map((one) => one.replace("=", " = "))]
          .map((setting) => `set ${setting};`)
          .join("\n"),
      );
    } catch (error) {
      await db.close();
      throw error;
    }
    return db;
  }
  await migrateServer(where.url);
  return openPostgres(where.url, onError);
}

/** Checks and migrates a server as its owner. */
async function migrateServer(url: string): Promise<void> {
  const owner = ownerClient(url);
  try {
    await owner.connect();
  } catch (error) {
    throw new Fault(
      "bad-config",
      `DATABASE_URL cannot be reached: ${(error as Error).message}. Is the server running, and are host, port and password right?`,
      { cause: error },
    );
  }
  try {
    const query = async <R>(text: string, values?: readonly unknown[]) =>
      (await owner.query(text, values as unknown[])).rows as R[];
    await checkServer({ query });
    await migrate({ query, exec: (script) => owner.query(script) });
  } catch (error) {
    const { code = "" } = error as { code?: string };
    // Class 42: what its role may not do there, or what somebody else left there.
    if (error instanceof Fault || !code.startsWith("42")) throw error;
    throw new Fault(
      "bad-config",
      `DATABASE_URL cannot be set up: ${(error as Error).message} (${code}). Connect as the owner of a database that is there for Steward alone.`,
      { cause: error },
    );
  } finally {
    await owner.end();
  }
}
