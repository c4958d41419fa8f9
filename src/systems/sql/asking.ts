import { distance } from "fastest-levenshtein";
import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import { shorten } from "../../domain/text.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import { askable, type MayAsk } from "../asker.ts";
import { countOf, tableOf } from "../table.ts";
import type { ReadDatabase } from "./database.ts";
import { whyNotAsk } from "./statement.ts";
import { tablesIn } from "./tools.ts";

/** A database that people may ask in their own words. */
export interface AskedDatabase {
  readonly database: ReadDatabase;
  readonly mayAsk: MayAsk;
}

const limits = { rows: 100, bytes: 200_000 };
const longestQuery = 500;
const none = "No database is connected: connectors.sql in docs/connectors.md says how.";
const Answer = z.object({ answer: z.string(), lines: z.string() });

/**
 * What people ask a database themselves. The tools are there without one, too, and then say so. What a query gives goes to whoever asked
 * and nobody else: it is no result that a specialist may ask for.
 */
export function sqlAsking(all: readonly AskedDatabase[]): AnyTool[] {
  const asking = {
    result: Answer,
    risk: () => "read" as const,
    effect: "keyed" as const,
    timeoutMs: 20_000,
    egress: all.map(({ database }) => database.host),
  };
  const { refusal, find } = askable((name) => chosen(all, name));
  return [
    defineTool({
      ...asking,
      name: "sql.ask",
      summary: "Ask a connected database what a person wrote, with one SELECT",
      params: z.object({ database: z.string().max(100).nullish(), query: z.string().min(1).max(4000) }),
      steers: ["database", "query"],
      describe: ({ database, query }) => `Ask ${database ?? "the database"}: ${query}`,
      refuses: async ({ tenant, args, requesterId }) =>
        (await refusal(tenant, requesterId, args.database)) ?? whyNotAsk(args.query),
      async run({ tenant, requesterId, args, signal }) {
        const { database } = await find(tenant, requesterId, args.database);
        const why = whyNotAsk(args.query);
        if (why !== null) throw new Fault("bad-request", why, { undone: true });
        const { rows, more } = await database.ask(args.query.replace(/[\s;]+$/, ""), limits, signal);
        const table = tableOf(rows);
        return {
          answer: `${database.name} gives ${countOf(table, { rows: rows.length, more, noun: ["row", "rows"] })}`,
          lines: [shorten(args.query, longestQuery), table.text].filter((text) => text !== "").join("\n\n"),
        };
      },
    }),
    defineTool({
      ...asking,
      name: "sql.look",
      summary: "Show a person the tables of a connected database",
      params: z.object({ database: z.string().max(100).nullish() }),
      steers: ["database"],
      describe: ({ database }) => `Look at the tables of ${database ?? "the database"}`,
      refuses: ({ tenant, args, requesterId }) => refusal(tenant, requesterId, args.database),
      async run({ tenant, requesterId, args, signal }) {
        const { database } = await find(tenant, requesterId, args.database);
        const { tables, more } = await tablesIn(database, signal);
        const table = tableOf(
          tables.map(({ schema, name, rows, columns }) => ({
            table: schema === "public" ? name : `${schema}.${name}`,
            "rows, about": rows,
            columns: columns.map((column) => column.name).join(", "),
          })),
        );
        return {
          answer: `${database.name} has ${countOf(table, { rows: tables.length, more, noun: ["table", "tables"] })}`,
          lines: table.text,
        };
      },
    }),
  ];
}

/** The database that is meant, or the sentence that says why none is. */
function chosen(all: readonly AskedDatabase[], name: string | undefined): AskedDatabase | string {
  const [first, ...more] = all;
  if (first === undefined) return none;
  const names = all.map(({ database }) => database.name);
  if (name === undefined) return more.length === 0 ? first : `Say which database: ${names.join(", ")}.`;
  const found = all.find(({ database }) => database.name === name.toLowerCase());
  if (found !== undefined) return found;
  const near = [...names].sort((a, b) => distance(a, name) - distance(b, name));
  return `There is no database “${name}” here. There are: ${near.join(", ")}.`;
}
