import { join } from "node:path";
import { PGlite, types } from "@electric-sql/pglite";
import type { Database, Queryable } from "./database.ts";
import { lockFolder } from "./lock.ts";

const parsers = {
  [types.TIMESTAMPTZ]: (text: string) => new Date(text).toISOString(),
  [types.INT8]: Number,
  [types.BYTEA]: (text: string) => Buffer.from(text.slice(2), "hex"),
};

/** The embedded database in `folder`, still in the owner's role. */
export async function openPglite(folder: string): Promise<Database & { readonly raw: PGlite }> {
  const release = lockFolder(join(folder, "steward.lock"));
  let raw: PGlite;
  try {
    raw = await PGlite.create(join(folder, "pglite"), { parsers });
  } catch (error) {
    release();
    throw error;
  }
  const on =
    (target: Pick<PGlite, "query">): Queryable["query"] =>
    async <R>(text: string, values?: readonly unknown[]) =>
      (await target.query<R>(text, values as unknown[])).rows;
  return {
    kind: "pglite",
    raw,
    query: on(raw),
    script: async (text) => (await raw.exec(text)).flatMap((result) => result.rows),
    tx: (work) => raw.transaction((tx) => work({ query: on(tx as unknown as PGlite) })),
    async close() {
      await raw.close();
      release();
    },
  };
}
