import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll } from "vitest";
import { openPglite } from "../../../src/store/pglite.ts";
import { preparedFolder } from "../../support/fresh.ts";
import { freshDatabase, sharedPostgres } from "../../support/postgres.ts";
import { type Home, startSteward } from "../../support/steward-process.ts";

export type Kind = "pglite" | "postgres" | "postgres-15";
const serverOf = (kind: Kind) => sharedPostgres(kind === "postgres-15" ? "15" : "embedded");
type Query = <R = Record<string, unknown>>(text: string, values?: readonly unknown[]) => Promise<R[]>;

const made = new Map<Kind, Promise<Home>>();

/** An installation that was started once and stopped: copies of it start faster than a new one. */
function template(kind: Kind): Promise<Home> {
  const known = made.get(kind) ?? makeTemplate(kind);
  made.set(kind, known);
  return known;
}

async function makeTemplate(kind: Kind): Promise<Home> {
  if (kind === "pglite") return { STEWARD_DATA_DIR: await preparedFolder() };
  const home = { STEWARD_DATA_DIR: await folder(), DATABASE_URL: await freshDatabase(await serverOf(kind)) };
  const first = await startSteward(home);
  if (!first.url) throw new Error(first.log());
  await first.end("SIGTERM");
  return home;
}

const folders = new Set<string>();
afterAll(async () => {
  for (const path of folders) await rm(path, { recursive: true, force: true });
});

/** A folder that is gone when the tests of the file are done. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "steward-crash-"));
  folders.add(path);
  return path;
}

/** Frees the disk before that. */
export async function removeHome(home: Home): Promise<void> {
  await rm(String(home["STEWARD_DATA_DIR"]), { recursive: true, force: true });
}

/** An installation for one test, already migrated and seeded. */
export async function freshHome(kind: Kind): Promise<Home> {
  const from = await template(kind);
  const data = await folder();
  // The socket and the lock belong to whoever runs.
  await cp(String(from["STEWARD_DATA_DIR"]), data, {
    recursive: true,
    filter: (path) => !/steward\.(sock|lock)$/.test(path),
  });
  if (kind === "pglite") return { STEWARD_DATA_DIR: data };
  const server = await serverOf(kind);
  const name = `crash_${process.pid}_${++copies}`;
  // One after the other: a template must not be in use.
  const before = copying;
  const { promise, resolve } = Promise.withResolvers<void>();
  copying = promise;
  await before;
  const client = new pg.Client(server.url);
  await client.connect();
  try {
    await client.query(`create database ${name} template ${new URL(String(from["DATABASE_URL"])).pathname.slice(1)}`);
  } finally {
    await client.end();
    resolve();
  }
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return { STEWARD_DATA_DIR: data, DATABASE_URL: url.href };
}
let copies = 0;
let copying: Promise<void> = Promise.resolve();

/** Looks into the database of an installation. The embedded one belongs to one process, so nobody may run there meanwhile. */
export async function lookInto<T>(home: Home, look: (query: Query) => Promise<T>): Promise<T> {
  const url = home["DATABASE_URL"];
  if (!url) {
    const db = await openPglite(String(home["STEWARD_DATA_DIR"]));
    try {
      return await look((text, values) => db.query(text, values));
    } finally {
      await db.close();
    }
  }
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await look(
      async <R>(text: string, values?: readonly unknown[]) =>
        (await client.query(text, values as unknown[])).rows as R[],
    );
  } finally {
    await client.end();
  }
}

export type { Home, Query };
