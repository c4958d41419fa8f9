import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "vitest";
import { openDatabase } from "../../src/store/open.ts";
import { openPostgres, ownerClient } from "../../src/store/postgres.ts";
import { kernelGuardsContract } from "../contracts/kernel-guards.ts";
import { type KernelRig, kernelStoreContract } from "../contracts/kernel-store.ts";
import { freshDatabase, type PostgresVersion, sharedPostgres, whyNoPostgres15 } from "../support/postgres.ts";

async function onPglite(): Promise<KernelRig> {
  const folder = await mkdtemp(join(tmpdir(), "steward-kernel-"));
  const db = await openDatabase({ folder }, console.error);
  return {
    db,
    another: async () => db,
    async owner(sql) {
      await db.script("reset role");
      try {
        await db.script(sql);
      } finally {
        await db.script("set role steward_app");
      }
    },
    async close() {
      await db.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function onPostgres(version: PostgresVersion): Promise<KernelRig> {
  const url = await freshDatabase(await sharedPostgres(version));
  const db = await openDatabase({ url }, console.error);
  const owner = ownerClient(url);
  await owner.connect();
  return {
    db,
    another: async () => openPostgres(url, console.error),
    owner: (sql) => owner.query(sql),
    async close() {
      await db.close();
      await owner.end();
    },
  };
}

for (const contract of [kernelStoreContract, kernelGuardsContract]) {
  contract("PGlite", onPglite);
  contract("PostgreSQL 18", () => onPostgres("embedded"));
}
const missing = whyNoPostgres15();
if (missing === null) kernelStoreContract("PostgreSQL 15", () => onPostgres("15"));
else describe("the kernel on PostgreSQL 15", () => test.skip(missing));
