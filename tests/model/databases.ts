import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "../../src/store/database.ts";
import { openDatabase } from "../../src/store/open.ts";
import { openPostgres } from "../../src/store/postgres.ts";
import { freshDatabase, sharedPostgres } from "../support/postgres.ts";

/** A migrated database, and the same one as another process has it. */
export interface Databases {
  readonly db: Database;
  readonly other: Database;
  close(): Promise<void>;
}

/** Where the ledger must hold. The embedded one belongs to one process: the other is the same object. */
export const databases: readonly (readonly [string, () => Promise<Databases>])[] = [
  [
    "PGlite",
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "steward-model-"));
      const db = await openDatabase({ folder }, console.error);
      return {
        db,
        other: db,
        async close() {
          await db.close();
          await rm(folder, { recursive: true, force: true });
        },
      };
    },
  ],
  [
    "PostgreSQL",
    async () => {
      const url = await freshDatabase(await sharedPostgres());
      const db = await openDatabase({ url }, console.error);
      const other = openPostgres(url, console.error);
      return {
        db,
        other,
        async close() {
          await other.close();
          await db.close();
        },
      };
    },
  ],
];
