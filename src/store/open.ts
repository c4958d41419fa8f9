import { existsSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../domain/fault.ts";
import type { Database } from "./database.ts";
import { checkMigrated, checkServer, migrate, noDatabase } from "./migrate.ts";
import { openPglite } from "./pglite.ts";
import { openPostgres, ownerClient, planning } from "./postgres.ts";

type Where = { readonly url: string } | { readonly folder: string };

/** Opens the database this installation is configured for, migrated, in the application's role. */
export async function openDatabase(where: Where, onError: (error: Error) => void): Promise<Database> {
  if ("folder" in where)
    return openFolder(where.folder, (db) => migrate({ query: db.query, exec: (script) => db.raw.exec(script) }));
  await asOwner(where.url, async (owner) => {
    await checkServer(owner);
    await migrate(owner);
  });
  return openPostgres(where.url, onError);
}

/** Opens it as it is: one that is not there, or not migrated by exactly this Steward, is a Fault("bad-config") and stays so. */
export async function openAsItIs(where: Where, onError: (error: Error) => void): Promise<Database> {
  if ("folder" in where) {
    if (!existsSync(join(where.folder, "pglite"))) throw new Fault("bad-config", noDatabase);
    return openFolder(where.folder, checkMigrated);
  }
  await asOwner(where.url, checkMigrated);
  return openPostgres(where.url, onError);
}

type Embedded = Awaited<ReturnType<typeof openPglite>>;

async function openFolder(folder: string, prepare: (db: Embedded) => Promise<void>): Promise<Database> {
  const db = await openPglite(folder);
  try {
    await prepare(db);
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

type Owner = Parameters<typeof migrate>[0];

/** Does something on a server as its owner, and says in a sentence why that cannot be. */
async function asOwner(url: string, work: (owner: Owner) => Promise<void>): Promise<void> {
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
    await work({ query, exec: (script) => owner.query(script) });
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
