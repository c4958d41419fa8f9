import { readFile } from "node:fs/promises";
import { PGlite } from "@electric-sql/pglite";
import type { Database, Queryable } from "../../src/store/database.ts";

/** A database in memory with the real first migration and one tenant, `default`. */
export async function openEmbedded(): Promise<Database> {
  const lite = await PGlite.create("memory://");
  const migration = await readFile(new URL("../../migrations/0001_kernel.sql", import.meta.url), "utf8");
  await lite.exec(`create schema steward; set search_path to steward; ${migration}; insert into tenant (id, name) values ('default', 'Trial')`);
  const over = (runner: Pick<PGlite, "query">): Queryable => ({
    query: async <R>(text: string, values: readonly unknown[] = []) => (await runner.query<R>(text, [...values])).rows,
  });
  return {
    ...over(lite),
    kind: "pglite",
    tx: (work) => lite.transaction((tx) => work(over(tx as unknown as PGlite))),
    close: () => lite.close(),
  };
}

/** Moves the one clock. */
export async function passMs(db: Database, ms: number): Promise<void> {
  await db.query("update clock set offset_ms = offset_ms + $1", [ms]);
}
