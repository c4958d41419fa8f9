import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import type { ReadDatabase } from "./database.ts";
import { whyNotAsk } from "./statement.ts";

const mostBytes = 200_000;
const Row = z.record(z.string(), z.json());
const Column = z.object({ name: z.string(), type: z.string(), comment: z.string().nullable() });
const Table = z.object({
  schema: z.string(),
  name: z.string(),
  comment: z.string().nullable(),
  /** As the planner guesses; null where nobody counted. */
  rows: z.number().nullable(),
  columns: z.array(Column),
});

/** Reading customers' databases. Without one there is no tool. */
export function sqlTools(databases: readonly ReadDatabase[]): AnyTool[] {
  const [first, ...rest] = databases;
  if (!first) return [];
  const Database = z.enum([first.name, ...rest.map((one) => one.name)]);
  const named = (name: string) => databases.find((one) => one.name === name) ?? first;
  const egress = databases.map((one) => one.host);
  return [queryTool(Database, named, egress), tablesTool(Database, named, egress)];
}

type Named = (name: string) => ReadDatabase;

function queryTool(Database: z.ZodType<string>, named: Named, egress: string[]): AnyTool {
  return defineTool({
    name: "sql.query",
    summary: "Ask one of the connected databases with one SELECT",
    params: z.object({
      database: Database,
      query: z.string().min(1).max(4000),
      limit: z.int().min(1).max(1000).optional(),
    }),
    result: z.object({
      database: z.string(),
      query: z.string(),
      rows: z.array(Row),
      more: z.boolean(),
      note: z.string().nullable(),
    }),
    risk: () => "read" as const,
    effect: "keyed",
    timeoutMs: 20_000,
    egress,
    steers: ["database", "query", "limit"],
    describe: ({ database, query }) => `Ask the database ${database}: ${query}`,
    async run({ args: { database, query, limit = 100 }, signal }) {
      const why = whyNotAsk(query);
      if (why !== null) throw new Fault("bad-request", why, { undone: true });
      const asked = query.replace(/[\s;]+$/, "");
      const { rows, more } = await named(database).ask(asked, { rows: limit, bytes: mostBytes }, signal);
      return {
        database,
        query,
        rows: [...rows],
        more,
        note: more ? `There is more; these are the first ${rows.length} rows.` : null,
      };
    },
  });
}

const schemaQuery = `
select n.nspname as schema, c.relname as name, obj_description(c.oid, 'pg_class') as comment,
  case when c.reltuples < 0 then null else c.reltuples::float8 end as rows,
  (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'comment', col_description(c.oid, a.attnum)) order by a.attnum)
    from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      and has_column_privilege(c.oid, a.attnum, 'SELECT')) as columns
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not c.relispartition and has_schema_privilege(n.oid, 'USAGE') and has_any_column_privilege(c.oid, 'SELECT')
order by 1, 2`;

function tablesTool(Database: z.ZodType<string>, named: Named, egress: string[]): AnyTool {
  return defineTool({
    name: "sql.tables",
    summary: "Tables and columns of a connected database",
    params: z.object({ database: Database }),
    result: z.object({ database: z.string(), tables: z.array(Table), more: z.boolean() }),
    risk: () => "read" as const,
    effect: "keyed",
    timeoutMs: 20_000,
    egress,
    steers: ["database"],
    describe: ({ database }) => `Look at the tables of the database ${database}`,
    run: async ({ args: { database }, signal }) => ({ database, ...(await tablesIn(named(database), signal)) }),
  });
}

/** What can be read in a database: its tables with their columns, 300 at most. */
export async function tablesIn(
  database: ReadDatabase,
  signal: AbortSignal,
): Promise<{ tables: z.output<typeof Table>[]; more: boolean }> {
  const { rows, more } = await database.ask(schemaQuery, { rows: 300, bytes: mostBytes }, signal);
  return { tables: z.array(Table).parse(rows), more };
}
