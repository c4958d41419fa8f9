import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { runTask } from "../src/commands.ts";
import { openDatabase } from "../src/store/open.ts";
import { ownerClient } from "../src/store/postgres.ts";
import { takeRoster } from "../src/store/roster.ts";
import { freshDatabase, sharedPostgres } from "./support/postgres.ts";

let url: string;
let folder: string;
let server: { readonly url: string };
beforeAll(async () => {
  server = await sharedPostgres();
});
beforeEach(async () => {
  url = await freshDatabase(server);
  folder = await mkdtemp(join(tmpdir(), "steward-commands-"));
  const others = "people: [{ id: eve, name: Eve, roles: [manager, on-call] }]\nchannels: [{ name: ops }]\n";
  // What a start refuses: there is no such tool.
  const policies =
    "policies: [{ name: a, match: { tool: services.nosuch }, require: [{ role: manager, count: 1 }] }]\n";
  await writeFile(join(folder, "steward.yaml"), others + policies);
  vi.stubEnv("DATABASE_URL", url);
  vi.stubEnv("STEWARD_MODE", "production");
  vi.stubEnv("STEWARD_CONFIG", join(folder, "steward.yaml"));
  vi.stubEnv("STEWARD_DATA_DIR", folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

async function asOwner(sql: string): Promise<Record<string, unknown>[]> {
  const owner = ownerClient(url);
  await owner.connect();
  try {
    return (await owner.query(sql)).rows;
  } finally {
    await owner.end();
  }
}

/** What a command prints, and its exit code. */
async function run(name: string, ...args: string[]): Promise<{ code: number; said: string }> {
  let said = "";
  const written = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    said += String(text);
    return true;
  });
  try {
    return { code: await runTask(name, args), said };
  } finally {
    written.mockRestore();
  }
}

test("a command neither makes nor migrates a database: it says so", async () => {
  for (const name of ["key list", "audit verify", "people apply"])
    await expect(run(name)).rejects.toThrow(/^There is no database of Steward there yet\. Nothing was done\./);
  expect(await asOwner("select from pg_namespace where nspname = 'steward'")).toEqual([]);
  expect(await run("migrate")).toEqual({ code: 0, said: "The database is up to date.\n" });
  expect(await run("audit verify")).toMatchObject({ code: 3, said: expect.stringContaining("There is no record yet") });

  const [last] = await asOwner(
    "delete from steward.migration where name = (select max(name) from steward.migration) returning name",
  );
  await expect(run("audit verify")).rejects.toThrow(
    `The database is behind this Steward: ${last?.["name"]} and what follows have not run there. Nothing was done.`,
  );
  await asOwner("insert into steward.migration (name, hash) values ('0999_later.sql', 'x')");
  await expect(run("key list")).rejects.toThrow(/^This database has migration 0999_later\.sql/);
});

test("keys and the record are there with a steward.yaml that a start would refuse, and nobody changes who people are but by the word for it", async () => {
  const db = await openDatabase({ url }, console.error);
  const person = { kind: "member", manager: null, identities: [] } as const;
  await takeRoster(db, "default", {
    people: [
      { id: "ben", name: "Ben", roles: ["on-call"], ...person },
      { id: "guest", name: "Guest", roles: [], ...person, kind: "guest" },
    ],
    groups: [],
  });
  const held = () => db.query("select person_id as who, role from steward.role_grant order by 1, 2");
  const before = await held();

  const owned = await run("key create", "ci", "--for=ben", "--scopes=workflows:write,runs:steer");
  expect(owned).toMatchObject({
    code: 0,
    said: expect.stringContaining("It is for Ben, who may not approve what is asked with it."),
  });
  const anybodys = await run("key create", "cron");
  expect(anybodys).toMatchObject({
    code: 0,
    said: expect.stringMatching(/It is nobody's: whoever knows it and may approve could approve/),
  });
  for (const nobody of ["nosuch", "guest"])
    expect(await run("key create", "ci", `--for=${nobody}`)).toEqual({
      code: 1,
      said: expect.stringContaining(`There is no member “${nobody}” whom the key could be for`),
    });
  expect((await run("key list")).said.split("\n")).toEqual([
    expect.stringMatching(/^[0-9a-f]{12} {2}ci {2}for ben {2}workflows:write,runs:steer /),
    expect.stringMatching(/^[0-9a-f]{12} {2}cron {2}nobody's {2}workflows:write,workflows:read /),
    "",
  ]);
  const id = /stw_([0-9a-f]{12})_/.exec(owned.said)?.[1] ?? "";
  expect(await run("key revoke", id)).toMatchObject({ code: 0 });
  expect(await run("audit verify")).toMatchObject({
    code: 0,
    said: expect.stringContaining("The record is whole: 4 entries"),
  });
  expect(await held()).toEqual(before);

  expect(await run("people apply")).toMatchObject({ code: 0 });
  expect(await held()).toEqual([
    { who: "eve", role: "manager" },
    { who: "eve", role: "on-call" },
  ]);
  expect(await run("audit verify")).toMatchObject({ said: expect.stringContaining("The record is whole: 5 entries") });
  await db.close();
});
