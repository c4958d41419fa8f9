import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../src/domain/json.ts";
import { openDatabase } from "../../src/store/open.ts";
import { ownerClient } from "../../src/store/postgres.ts";
import { freshDatabase, type PostgresServer, sharedPostgres, startPostgres } from "../support/postgres.ts";

async function asOwner(url: string, ...statements: string[]): Promise<unknown[]> {
  const owner = ownerClient(url);
  await owner.connect();
  try {
    let rows: unknown[] = [];
    for (const sql of statements) rows = (await owner.query(sql)).rows;
    return rows;
  } finally {
    await owner.end();
  }
}

const open = async (url: string) => (await openDatabase({ url }, console.error)).close();
const refusal = (sentence: RegExp) =>
  expect.objectContaining({ code: "bad-config", message: expect.stringMatching(sentence) });

describe("a server that could lose what was acknowledged is refused, in one sentence", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

  test.each(["fsync", "synchronous_commit", "full_page_writes"])("%s = off", async (setting) => {
    const url = await freshDatabase(server);
    await asOwner(server.url, `alter system set ${setting} = off`);
    await server.restart();
    await expect(open(url)).rejects.toEqual(
      refusal(
        new RegExp(
          `^DATABASE_URL has ${setting} = off, which can lose acknowledged work in a crash\\. Set it to on and start again\\.$`,
        ),
      ),
    );
    expect(await asOwner(url, "select 1 from pg_namespace where nspname = 'steward'")).toEqual([]);
    await asOwner(server.url, `alter system reset ${setting}`);
    await server.restart();
    await open(url);
  });
});

describe("a data folder that cannot be used is refused at once, in one sentence", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "steward-folder-"));
    await writeFile(join(folder, "file"), "");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each([
    ["file", "it is a file, or in one \\(EEXIST\\)"],
    ["file/below", "it is a file, or in one"],
    ["x".repeat(300), "its name is too long"],
    // Node's own mkdir never returns from there.
    ["/proc/nothing/below", existsSync("/proc/self") ? "nothing can be made there" : "Steward has no permission there"],
  ])("%s", async (name, why) => {
    const path = resolve(folder, name);
    await expect(openDatabase({ folder: path }, console.error)).rejects.toEqual(
      refusal(
        new RegExp(
          `^STEWARD_DATA_DIR is "${path}", which cannot be used: ${why}.*\\. Name a folder that Steward may write in\\.$`,
        ),
      ),
    );
  });
});

describe("a database whose migrations are not ours is refused, in one sentence", () => {
  const fresh = async () => freshDatabase(await sharedPostgres());

  test("a migration that fails is undone as a whole", async () => {
    const url = await fresh();
    await asOwner(url, "create schema steward", "create table steward.gate (id text)");
    await expect(open(url)).rejects.toEqual(
      refusal(
        /^Migration 0001_kernel\.sql failed and was undone: relation "gate" already exists\. Nothing was started\.$/,
      ),
    );
    expect(
      await asOwner(url, "select table_name from information_schema.tables where table_schema = 'steward' order by 1"),
    ).toEqual([{ table_name: "gate" }, { table_name: "migration" }]);
    await asOwner(url, "drop table steward.gate");
    await open(url);
  });

  test("a migration that was changed after it ran", async () => {
    const url = await fresh();
    await open(url);
    await asOwner(url, "update steward.migration set hash = 'another'");
    await expect(open(url)).rejects.toEqual(
      refusal(/^Migration 0001_kernel\.sql was changed after it ran here\. Restore the released file\.$/),
    );
  });

  test("a migration of a newer Steward", async () => {
    const url = await fresh();
    await open(url);
    await asOwner(url, "insert into steward.migration (name, hash) values ('0999_later.sql', 'x')");
    await expect(open(url)).rejects.toEqual(
      refusal(
        /^This database has migration 0999_later\.sql, which this Steward does not know\. Start the newer version\.$/,
      ),
    );
  });

  test("a server that does not answer", async () => {
    await expect(open("postgres://postgres@127.0.0.1:1/none")).rejects.toEqual(
      refusal(/^DATABASE_URL cannot be reached: .*Is the server running, and are host, port and password right\?$/),
    );
  });

  test("a role that may set nothing up", async () => {
    const url = new URL(await fresh());
    await asOwner(url.href, "create role only_looks login password 'x'");
    url.username = "only_looks";
    url.password = "x";
    await expect(open(url.href)).rejects.toEqual(
      refusal(/^DATABASE_URL cannot be set up: permission denied .* Connect as the owner of a database that is there/),
    );
  });

  test("keys from before there was a scope for it go on steering every run", async () => {
    const url = await fresh();
    const before = readdirSync("migrations")
      .sort()
      .filter((name) => name < "0029");
    await asOwner(
      url,
      "create schema steward",
      "set search_path to steward",
      "create table migration (name text primary key, hash text not null)",
      ...before.flatMap((name) => {
        const script = readFileSync(join("migrations", name), "utf8");
        return [script, `insert into migration values ('${name}', '${sha256(script)}')`];
      }),
      "insert into tenant (id, name) values ('default', 'x')",
      `insert into api_key (tenant_id, id, name, hash, scopes) values
         ('default', 'begins', 'a', '1', '{workflows:write,workflows:read}'), ('default', 'reads', 'b', '2', '{audit:read}')`,
    );
    await open(url);
    expect(await asOwner(url, "select id, scopes, owner_id from steward.api_key order by id")).toEqual([
      { id: "begins", scopes: ["workflows:write", "workflows:read", "runs:steer"], owner_id: null },
      { id: "reads", scopes: ["audit:read"], owner_id: null },
    ]);
  });

  test("many that start at once on an empty database all come up", async () => {
    const url = await fresh();
    await Promise.all([open(url), open(url), open(url), open(url)]);
    const files = readdirSync("migrations");
    expect(await asOwner(url, "select name from steward.migration order by name")).toEqual(
      files.sort().map((name) => ({ name })),
    );
  });
});

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as { code?: string }).code !== "ESRCH") throw error;
  }
}

describe("a data folder belongs to one process", () => {
  const started: ChildProcess[] = [];
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "steward-start-"));
  });
  afterAll(async () => {
    for (const { pid } of started) endGroup(pid);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** `steward serve` on the folder; `said` is everything it printed once it is ready or gone. */
  async function serve(
    [program, ...args]: readonly [string, ...string[]] = [process.execPath, "src/main.ts", "serve"],
    more: Readonly<Record<string, string>> = {},
  ): Promise<{ child: ChildProcess; said: string; text(): string }> {
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, STEWARD_DATA_DIR: folder, PORT: "0", ...more };
    // A group of its own, as a terminal gives one to what is started in it.
    const child = spawn(program, args, { cwd: new URL("../../", import.meta.url), env, detached: true });
    started.push(child);
    let said = "";
    const ready = Promise.withResolvers<void>();
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes("Steward is at")) ready.resolve();
      });
    await Promise.race([ready.promise, once(child, "close")]);
    return { child, said, text: () => said };
  }

  test("a second Steward on it is refused with a sentence; after a crash the next one takes it over, and SIGTERM for npm start ends that", async () => {
    const first = await serve();
    expect(first.said).toContain("Steward is at http://localhost:");
    const nothing = "Nothing outside this machine is touched, and nothing needs an account or a key.";
    expect(first.said).toContain(nothing);
    const second = await serve();
    expect(second.said).toMatch(
      new RegExp(
        `The data folder is in use by process ${first.child.pid} .*Stop that Steward, or give this one another STEWARD_DATA_DIR\\.`,
      ),
    );
    expect(second.said).not.toContain("    at ");
    expect(second.child.exitCode).toBe(1);
    const gone = once(first.child, "close");
    first.child.kill("SIGKILL");
    await gone;
    const third = await serve(["npm", "start"], { ANTHROPIC_API_KEY: "sk-ant-for-a-test" });
    expect(third.said).toContain("Steward is at http://localhost:");
    expect(third.said).toContain("these connections are real: Anthropic's API.");
    expect(third.said).not.toContain(nothing);
    // Its output closes when the last process that writes there is gone, not only npm.
    const stopped = once(third.child, "close");
    third.child.kill("SIGTERM");
    await stopped;
    expect(third.text()).toContain("Stopping: no new work");
  });

  test("Ctrl-C, which npm gets and passes on, stops what npm start began in order", async () => {
    const { child, said, text } = await serve(["npm", "start"]);
    expect(said).toContain("Steward is at http://localhost:");
    const stopped = once(child, "close");
    process.kill(-(child.pid ?? 0), "SIGINT");
    await stopped;
    expect(text()).toContain("Stopping: no new work");
  });
});
