import pg from "pg";
import { describe, expect, test } from "vitest";
import { freshDatabase, sharedPostgres, startPostgres, whyNoPostgres15 } from "./postgres.ts";

async function ask(url: string, question: string): Promise<unknown> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const answer = await client.query<{ value: unknown }>(question);
    return answer.rows[0]?.value;
  } finally {
    await client.end();
  }
}

describe("the servers tests run on", () => {
  test("every file has a database of its own on the shared server, which really syncs", async () => {
    const server = await sharedPostgres();
    const [one, two] = await Promise.all([freshDatabase(server), freshDatabase(server)]);
    expect(one).not.toBe(two);
    expect(await ask(one, "select current_setting('fsync') as value")).toBe("on");
    expect(await ask(two, "select current_setting('server_version_num')::int / 10000 as value")).toBe(18);
  });

  test.skipIf(whyNoPostgres15() !== null)(whyNoPostgres15() ?? "PostgreSQL 15 starts beside it", async () => {
    expect(
      await ask((await sharedPostgres("15")).url, "select current_setting('server_version_num')::int / 10000 as value"),
    ).toBe(15);
  });

  test("a crash and restart keeps the url and what was committed", async () => {
    const server = await startPostgres();
    try {
      const database = await freshDatabase(server);
      await ask(database, "create table kept as select 1 as value");
      await server.restart("immediate");
      expect(await ask(database, "select value from kept")).toBe(1);
    } finally {
      await server.stop();
    }
  });
});
