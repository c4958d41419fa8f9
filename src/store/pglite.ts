import { join } from "node:path";
import { PGlite, types } from "@electric-sql/pglite";
import type { Database, Queryable } from "./database.ts";
import { unusable } from "./folder.ts";
import { lockFolder } from "./lock.ts";

const parsers = {
  [types.TIMESTAMPTZ]: (text: string) => new Date(text).toISOString(),
  [types.INT8]: Number,
  [types.BYTEA]: (text: string) => Buffer.from(text.slice(2), "hex"),
};

/** What PGlite's own system calls refuse, as WASI numbers it, in Node's words. */
const codes: Readonly<Record<number, string>> = { 2: "EACCES", 51: "ENOSPC", 54: "ENOTDIR", 63: "EPERM", 69: "EROFS" };

/** The embedded database in `folder`, still in the owner's role. */
export async function openPglite(folder: string): Promise<Database & { readonly raw: PGlite }> {
  const release = lockFolder(join(folder, "steward.lock"));
  let raw: PGlite;
  try {
    raw = await PGlite.create(join(folder, "pglite"), { parsers });
  } catch (error) {
    release();
    const { errno = 0, message = `error ${errno}` } = error as { errno?: number; message?: string };
    throw unusable(folder, { code: codes[errno], message: `its database cannot be opened: ${message}` });
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
