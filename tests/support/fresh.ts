import { inject } from "vitest";
import type { Database } from "../../src/store/database.ts";
import { openDatabase } from "../../src/store/open.ts";
import { freshDatabase, sharedPostgres } from "./postgres.ts";

/** A new, migrated database on the run's server: for tests that every base would serve as well, since this one is the quickest. */
export async function openFresh(): Promise<Database & AsyncDisposable> {
  const db = await openDatabase({ url: await freshDatabase(await sharedPostgres()) }, console.error);
  return { ...db, [Symbol.asyncDispose]: () => db.close() };
}

/** A data folder that a Steward was once started on, made once for the whole run since making one takes seconds. Copy it. */
export async function preparedFolder(): Promise<string> {
  const answer = await fetch(`${inject("sharedPostgres")}/prepared`);
  if (!answer.ok) throw new Error(await answer.text());
  return answer.text();
}

/** Moves the one clock; only the owner may. */
export async function passMs(db: Database, ms: number): Promise<void> {
  await db.script(`set role none; update steward.clock set offset_ms = offset_ms + ${ms}; set role steward_app`);
}
