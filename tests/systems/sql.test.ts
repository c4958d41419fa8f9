import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnyTool } from "../../src/domain/tool.ts";
import { sqlAsking } from "../../src/systems/sql/asking.ts";
import { type ReadDatabase, readDatabase } from "../../src/systems/sql/database.ts";
import { whyNotAsk } from "../../src/systems/sql/statement.ts";
import { sqlTools } from "../../src/systems/sql/tools.ts";
import { freshDatabase, sharedPostgres } from "../support/postgres.ts";
import { run } from "./run-tool.ts";

let owner: pg.Client;
let shop: ReadDatabase;
let query: AnyTool;
let tables: AnyTool;
let urlOf: (role: string) => string;
const roles: string[] = [];

beforeAll(async () => {
  const url = await freshDatabase(await sharedPostgres());
  const base = new URL(url).pathname.slice(1);
  urlOf = (role) => {
    const as = new URL(url);
    as.username = `${base}_${role}`;
    return as.href;
  };
  owner = new pg.Client(url);
  await owner.connect();
  await owner.query(`
    create table orders (id int primary key, customer text, total numeric(10,2), at timestamptz, note jsonb);
    comment on table orders is 'What customers bought';
    insert into orders select n, 'customer ' || n, n * 1.5, '2026-11-21T10:00:00Z', '{"n": 1}' from generate_series(1, 250) n;
    create table salaries (person text, amount int);
    create view big as select * from orders where total > 300;
    create sequence numbers;
    create function strength() returns int language plpgsql security definer as $$ begin delete from orders; return 1; end $$;
    analyze orders;`);
  shop = readDatabase("shop", urlOf(await role("reader", "grant select on orders, big to ROLE")));
  [query, tables] = sqlTools([shop]) as [AnyTool, AnyTool];
});

afterAll(async () => {
  for (const name of roles) await owner.query(`drop owned by ${name}; drop role ${name}`);
  await owner.end();
});

/** A new role of this database with these rights; ROLE stands for its name. */
async function role(name: string, ...grants: string[]): Promise<string> {
  const full = `${new URL(urlOf("")).pathname.slice(1)}_${name}`;
  await owner.query(`create role ${full} login`);
  roles.push(full);
  for (const grant of grants) await owner.query(grant.replaceAll("ROLE", full));
  return name;
}

const ask = (text: string, limit?: number) =>
  run(query, { database: "shop", query: text, ...(limit === undefined ? {} : { limit }) });

describe("a database is asked", () => {
  test("and answers with rows, the query beside them", async () => {
    const text = "select id, customer, total, at, note from orders order by id limit 2;";
    expect(await ask(text)).toEqual({
      database: "shop",
      query: text,
      rows: [
        { id: 1, customer: "customer 1", total: "1.50", at: expect.stringMatching(/^2026-11-21 /), note: { n: 1 } },
        { id: 2, customer: "customer 2", total: "3.00", at: expect.stringMatching(/^2026-11-21 /), note: { n: 1 } },
      ],
      more: false,
      note: null,
    });
    expect(query.describe({ database: "shop", query: text })).toBe(`Ask the database shop: ${text}`);
  });

  test("a comment at its end, names that come twice and values that JSON lacks do no harm", async () => {
    expect(
      await ask(
        "/* ; */ select 1 as a, 2 as a, 'NaN'::float8 as b, '\\x00'::bytea as c, null as d, ';' as e -- ; the end",
      ),
    ).toMatchObject({ rows: [{ a: 1, a_2: 2, b: "NaN", c: "\\x00", d: null, e: ";" }] });
  });

  test("and says when there is more: rows, bytes, or one cell", async () => {
    expect(await ask("select id from orders")).toMatchObject({
      more: true,
      note: "There is more; these are the first 100 rows.",
    });
    expect(await ask("select id from orders", 250)).toMatchObject({ more: false });
    expect(await ask("select id from orders", 249)).toMatchObject({ more: true });
    const wide = (await ask("select repeat('x', 3000) as wide from orders", 1000)) as {
      rows: unknown[];
      more: boolean;
    };
    expect(wide.more).toBe(true);
    expect(wide.rows.length).toBeLessThan(70);
    expect(await ask("select repeat('x', 5000) as wide")).toMatchObject({ rows: [{ wide: `${"x".repeat(4000)}…` }] });
  });

  test("but not with what would fill the memory", async () => {
    await expect(ask("select repeat('x', 9000000) as huge")).rejects.toMatchObject({
      code: "too-large",
      message: "shop sent more than 8388608 bytes; ask for fewer or smaller columns.",
    });
  });

  test("about its tables: those this role may read", async () => {
    const overview = (await run(tables, { database: "shop" })) as { tables: { name: string }[] };
    expect(overview.tables.map((table) => table.name)).toEqual(["big", "orders"]);
    expect(overview.tables[1]).toMatchObject({
      schema: "public",
      comment: "What customers bought",
      rows: 250,
      columns: expect.arrayContaining([{ name: "total", type: "numeric(10,2)", comment: null }]),
    });
  });

  test("what it refuses is said in its words", async () => {
    await expect(ask("select totl from orders")).rejects.toMatchObject({
      code: "bad-request",
      message: 'shop refuses the query: column "totl" does not exist (42703).',
    });
    await expect(ask("select * from salaries")).rejects.toThrow("permission denied for table salaries");
  });
});

describe("nothing is changed, by whatever is asked", () => {
  test.each([
    "delete from orders",
    "insert into orders values (999)",
    "update orders set total = 0 returning *",
    "with gone as (delete from orders returning *) select * from gone",
    "with made as (insert into orders (id) values (999) returning *) select * from made",
    "select * into stolen from orders",
    "create table stolen as select * from orders",
    "select 1; delete from orders",
    "select 1;; select 2",
    "commit",
    "rollback; delete from orders",
    "begin",
    "set transaction read write",
    "set session characteristics as transaction read write",
    "reset all",
    "declare x cursor for select 1",
    "copy orders to program 'cat'",
    "copy (select 1) to '/tmp/x'",
    "do $$ begin delete from orders; end $$",
    "call strength()",
    "execute plan",
    "explain analyze delete from orders",
    "lock table orders",
    "listen x",
    "notify x",
    "vacuum",
    "truncate orders",
    "grant all on orders to public",
    "select * from orders for update",
    "select strength()",
    "select set_config('transaction_read_only', 'off', false)",
    "select SET_CONFIG('statement_timeout', '0', false)",
    `select "set_config"('x.y', '1', false)`,
    `select pg_catalog . "pg_sleep" /* wait */ (60)`,
    "select pg_sleep(60)",
    "select * from pg_sleep_for('1 minute')",
    `select u&"pg\\005fsleep"(60)`,
    "select pg_advisory_lock(1)",
    "select pg_try_advisory_lock(1)",
    "select pg_terminate_backend(1)",
    "select pg_cancel_backend(1)",
    "select pg_notify('x', 'y')",
    "select pg_read_file('/etc/passwd')",
    "select pg_ls_dir('/')",
    "select lo_import('/etc/passwd')",
    "select lo_creat(-1)",
    "select nextval('numbers')",
    "select setval('numbers', 9)",
    "select * from dblink('host=evil', 'select 1') as t(a int)",
    "select query_to_xml('select pg_sleep(60)', true, true, '')",
    "select * from ts_stat('select pg_sleep(60)')",
    "select 1 where E'\\'' = $x$ ; $x$ or pg_sleep(60) is null",
    "select $a$ $b$ $a$, pg_sleep(60), $a$ $b$ $a$",
    "select /* /* */ ' */ pg_sleep(60) -- '",
    "select 'unclosed",
    'select "unclosed',
    "select 1 /* unclosed",
    "select $$ unclosed",
    ";",
    "-- nothing",
  ])("%s", async (text) => {
    const { rows: before } = await owner.query("select count(*)::int as n, sum(total) as total from orders");
    await expect(ask(text)).rejects.toMatchObject({ code: expect.stringMatching(/^bad-request$/), retryAfterMs: null });
    const { rows: after } = await owner.query("select count(*)::int as n, sum(total) as total from orders");
    expect(after).toEqual(before);
  });

  test.each([
    "select 1; delete from orders",
    "with gone as (delete from orders returning *) select * from gone",
    "select * into stolen from orders",
    "select * from orders for update",
    "select strength()",
    "select nextval('numbers')",
    "select pg_read_file('/etc/passwd')",
    "delete from orders returning *",
  ])("also were it sent as it is, the database would refuse: %s", async (text) => {
    await expect(shop.ask(text, { rows: 1, bytes: 100 })).rejects.toMatchObject({ code: "bad-request" });
  });

  test.each([
    "select 'pg_sleep(1)', \"customer\" from orders limit 1",
    "select pg_sleep from (select 1 as pg_sleep) x",
    "values (1), (2)",
    "table big",
    "with a as (select 1) select * from a",
    "((select 1) union (select 2))",
    "select $$;$$, $tag$ $$ ; $tag$, E'it\\'s; fine', 'it''s; fine' ;  ",
    "select 1 /* outer /* inner */ ; */",
  ])("and what only reads is asked: %s", async (text) => {
    expect(whyNotAsk(text)).toBeNull();
    expect(await ask(text)).toMatchObject({ more: false });
  });

  test("what takes too long ends, and so does it in the database", async () => {
    const aborted = new AbortController();
    const slow = "select count(*) from generate_series(1, 1000000000) a, generate_series(1, 1000) b";
    const running = () => owner.query("select 1 from pg_stat_activity where query like 'fetch%' and state = 'active'");
    const answer = shop.ask(slow, { rows: 1, bytes: 100 }, aborted.signal).catch((error: unknown) => error);
    await expect.poll(async () => (await running()).rowCount, { timeout: 10_000 }).toBe(1);
    aborted.abort();
    expect(await answer).toMatchObject({ code: "tool-failed", message: "shop gave no answer in time; ask for less." });
    await expect.poll(async () => (await running()).rowCount, { timeout: 10_000 }).toBe(0);
  });
});

describe("a role that may do more than read is refused with what to take away", () => {
  test.each([
    [
      "writer",
      "grant insert, update on orders to ROLE",
      /may INSERT, UPDATE on public\.orders: revoke insert, .* from \w+_writer, public\.$/,
    ],
    ["column", "grant update (total) on orders to ROLE", /may UPDATE on public\.orders/],
    ["truncate", "grant truncate on orders to ROLE", /may TRUNCATE on public\.orders/],
    ["view", "grant delete on big to ROLE", /may DELETE on public\.big/],
    [
      "super",
      "alter role ROLE superuser",
      /is a superuser \(and \d+ more rights besides reading\): connect as a role that is none/,
    ],
    [
      "maker",
      "alter role ROLE createrole",
      /may create roles or databases, or replicate: alter role \w+_maker nocreaterole/,
    ],
    ["all", "grant pg_write_all_data to ROLE", /is a member of pg_write_all_data/],
    ["program", "grant pg_execute_server_program to ROLE", /is a member of pg_execute_server_program/],
    [
      "files",
      "grant execute on function pg_read_file(text) to ROLE",
      /may call pg_catalog\.pg_read_file: revoke execute on function pg_read_file\(text\)/,
    ],
    ["counter", "grant usage on sequence numbers to ROLE", /may draw from the sequence public\.numbers/],
    ["builder", "grant create on schema public to ROLE", /may create in the schema public/],
    [
      "founder",
      "do $$ begin execute format('grant create on database %I to ROLE', current_database()); end $$",
      /may create schemas in this database/,
    ],
    ["landlord", "create table own_ROLE (a int); alter table own_ROLE owner to ROLE", /on public\.own_\w+_landlord/],
  ])("%s", async (name, grant, sentence) => {
    const database = readDatabase("shop", urlOf(await role(name, "grant select on orders to ROLE", grant)));
    const [said = ""] = await database.examine();
    expect(said).toMatch(/^The database shop must be reached by a role that only reads, and \w+ /);
    expect(said).toMatch(sentence);
    const [tool] = sqlTools([database]) as [AnyTool];
    await expect(run(tool, { database: "shop", query: "select 1" })).rejects.toMatchObject({
      message: said,
      retryAfterMs: null,
    });
  });

  test("also when it would have to take another role first", async () => {
    const group = `${new URL(urlOf("")).pathname.slice(1)}_team`;
    await role("team", "grant insert on orders to ROLE");
    const database = readDatabase(
      "shop",
      urlOf(await role("quiet", "alter role ROLE noinherit", `grant ${group} to ROLE`)),
    );
    expect(await database.examine()).toEqual([
      expect.stringMatching(/_quiet may INSERT on public\.orders: .* from \w+_team, public\.$/),
    ]);
  });

  test("and a reader is not", async () => {
    expect(await shop.examine()).toEqual([]);
  });
});

test("a database that cannot be reached may be asked again later, and no password is repeated", async () => {
  const away = readDatabase("away", "postgres://reader:hunter2@127.0.0.1:1/shop");
  await expect(away.examine()).rejects.toMatchObject({
    message: "away cannot be reached (ECONNREFUSED).",
    retryAfterMs: 5000,
    undone: true,
  });
  const stranger = new URL(urlOf("nobody"));
  stranger.password = "hunter2";
  await expect(readDatabase("shop", stranger.href).examine()).rejects.toThrow(
    /^shop lets nobody in: role "\w+" does not exist \(28000\)\.$/,
  );
  expect(away.host).toBe("127.0.0.1:1");
});

describe("what people ask themselves", () => {
  const asking = (why: string | null = null) =>
    sqlAsking([{ database: shop, mayAsk: async () => why }]) as [AnyTool, AnyTool];
  const refused = (tool: AnyTool, args: object) => tool.refuses?.({ tenant: "default", args, requesterId: "ana" });

  test("comes back as a table below the query, cut with a sentence", async () => {
    const [sql] = asking();
    const text = "select id, customer from orders order by id;";
    expect(await run(sql, { query: text })).toEqual({
      answer: "shop gives more than 100 rows; these are the first 20.",
      lines: expect.stringMatching(
        /^select id, customer from orders order by id;\n\nid {2}customer\n-- {2}-+\n 1 {2}customer 1\n/,
      ),
    });
    expect(await run(sql, { query: "select 1 where false" })).toMatchObject({ answer: "shop gives no rows." });
    const [, look] = asking();
    expect(await run(look, { database: "shop" })).toMatchObject({
      answer: "shop has 2 tables.",
      lines: expect.stringMatching(/orders +250 {2}id, customer, total, at, note/),
    });
  });

  test("is refused before and when it is asked, in a sentence, and reaches nothing", async () => {
    const [sql, look] = asking("You may not.");
    for (const tool of [sql, look]) {
      expect(await refused(tool, { query: "select 1" })).toBe("You may not.");
      await expect(run(tool, { query: "select 1" })).rejects.toMatchObject({ message: "You may not.", undone: true });
    }
    expect(await refused(asking()[0], { query: "delete from orders" })).toBe(
      "Only queries can be asked: begin with SELECT, WITH, VALUES or TABLE.",
    );
    expect(await refused(asking()[0], { database: "shp", query: "select 1" })).toBe(
      "There is no database “shp” here. There are: shop.",
    );
    await expect(run(asking()[0], { query: "select 1; drop table orders" })).rejects.toThrow(/^Only one statement/);
  });

  test("without a database says so and where to read how", async () => {
    for (const tool of sqlAsking([]))
      expect(await refused(tool, { query: "select 1" })).toBe(
        "No database is connected: connectors.sql in docs/connectors.md says how.",
      );
  });
});
