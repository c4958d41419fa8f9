import type { Database } from "../../src/store/database.ts";
import { openDatabase } from "../../src/store/open.ts";

/** A database in memory, migrated, with one tenant, `default`. */
export async function openEmbedded(): Promise<Database> {
  const db = await openDatabase({ folder: "memory://" }, console.error);
  await db.query("insert into steward.tenant (id, name) values ('default', 'Trial')");
  return db;
}

/** Moves the one clock; only the owner may. */
export async function passMs(db: Database, ms: number): Promise<void> {
  await db.script(`reset role; update steward.clock set offset_ms = offset_ms + ${ms}; set role steward_app`);
}
