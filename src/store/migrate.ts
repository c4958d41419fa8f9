import { readdirSync, readFileSync } from "node:fs";
import { Fault } from "../domain/fault.ts";
import { sha256 } from "../domain/json.ts";
import type { Queryable } from "./database.ts";

const folder = new URL("../../migrations/", import.meta.url);

interface Owner extends Queryable {
  /** Several statements at once, without parameters. */
  exec(script: string): Promise<unknown>;
}

/**
 * Brings the schema up to date as the owner: each numbered file once, in one transaction of its own, under a lock. A file
 * that changed after it ran, or a database newer than this code, stops the start with one sentence.
 */
export async function migrate(owner: Owner): Promise<void> {
  await owner.exec(`
    select pg_advisory_lock(7226110);
    create schema if not exists steward;
    set search_path to steward;
    create table if not exists steward.migration (name text primary key, hash text not null, applied_at timestamptz not null default clock_timestamp());
  `);
  try {
    for (const { name, script, hash } of await missing(owner)) await apply(owner, name, script, hash);
    await owner.exec(grants);
  } finally {
    await owner.exec("select pg_advisory_unlock(7226110); reset search_path;");
  }
}

/** Throws a Fault("bad-config") unless exactly our migrations have run here. Changes nothing. */
export async function checkMigrated(owner: Queryable): Promise<void> {
  const [there] = await owner.query<{ is: boolean }>("select to_regclass('steward.migration') is not null as is");
  if (!there?.is) throw new Fault("bad-config", noDatabase);
  const [first] = await missing(owner);
  if (first !== undefined)
    throw new Fault(
      "bad-config",
      `The database is behind this Steward: ${first.name} and what follows have not run there. Nothing was done. Run \`npx steward migrate\`, or start it with \`npx steward serve\`; or use the Steward that is running on it.`,
    );
}

/** What is said where no Steward has ever run. */
export const noDatabase =
  "There is no database of Steward there yet. Nothing was done. `npx steward serve` makes it, and so does `npx steward migrate`.";

/** Our migrations that have not run yet, in order. Throws Fault("bad-config") where others have run. */
async function missing(owner: Queryable): Promise<{ name: string; script: string; hash: string }[]> {
  const files = readdirSync(folder)
    .filter((name) => /^\d{4}_.+\.sql$/.test(name))
    .sort();
  const applied = new Map(
    (await owner.query<{ name: string; hash: string }>("select name, hash from steward.migration")).map((row) => [
      row.name,
      row.hash,
    ]),
  );
  for (const name of applied.keys())
    if (!files.includes(name))
      throw new Fault(
        "bad-config",
        `This database has migration ${name}, which this Steward does not know. Start the newer version.`,
      );
  return files.flatMap((name) => {
    const script = readFileSync(new URL(name, folder), "utf8");
    const hash = sha256(script);
    if (applied.has(name) && applied.get(name) !== hash)
      throw new Fault("bad-config", `Migration ${name} was changed after it ran here. Restore the released file.`);
    return applied.has(name) ? [] : [{ name, script, hash }];
  });
}

async function apply(owner: Owner, name: string, script: string, hash: string): Promise<void> {
  try {
    await owner.exec(
      `begin;\n${script}\ninsert into steward.migration (name, hash) values ('${name}', '${hash}');\ncommit;`,
    );
  } catch (error) {
    await owner.exec("rollback");
    throw new Fault(
      "bad-config",
      `Migration ${name} failed and was undone: ${(error as Error).message}. Nothing was started.`,
      { cause: error },
    );
  }
}

// The application's role reads and writes everything but the past: audit rows can be added and read, nothing else.
const grants = `
  do $$ begin
    if not exists (select from pg_roles where rolname = 'steward_app') then
      -- Roles are the whole server's: another database of it may be prepared at this very moment.
      begin create role steward_app nologin; exception when duplicate_object or unique_violation then null; end;
    end if;
    if not pg_has_role(current_user, 'steward_app', 'member') then execute format('grant steward_app to %I', current_user); end if;
  end $$;
  grant usage on schema steward to steward_app;
  grant select, insert, update, delete on all tables in schema steward to steward_app;
  revoke update, delete, truncate on steward.audit from steward_app;
  revoke insert, update, delete on steward.clock, steward.migration from steward_app;
  grant usage on all sequences in schema steward to steward_app;
  grant execute on all functions in schema steward to steward_app;
  create schema if not exists pgboss;
  grant usage, create on schema pgboss to steward_app;
`;

/** Refuses, in one sentence, a server that could lose what we acknowledge. PGlite is judged by its start message instead. */
export async function checkServer(owner: Queryable): Promise<void> {
  const [row] = await owner.query<Record<string, string>>(
    `select current_setting('server_version_num')::int / 10000 as version, current_setting('fsync') as fsync,
            current_setting('synchronous_commit') as synchronous_commit, current_setting('full_page_writes') as full_page_writes`,
  );
  if (Number(row?.["version"]) < 15)
    throw new Fault("bad-config", `DATABASE_URL is PostgreSQL ${row?.["version"]}; Steward needs 15 or newer.`);
  for (const name of ["fsync", "synchronous_commit", "full_page_writes"])
    if (row?.[name] === "off")
      throw new Fault(
        "bad-config",
        `DATABASE_URL has ${name} = off, which can lose acknowledged work in a crash. Set it to on and start again.`,
      );
}
