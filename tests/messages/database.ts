import type { Database } from "../../src/store/database.ts";
import { openFresh } from "../support/fresh.ts";

/** A migrated database with one tenant, `default`. */
export async function openWithTenant(): Promise<Database> {
  const db = await openFresh();
  await db.query("insert into steward.tenant (id, name) values ('default', 'Trial')");
  return db;
}
