import { z } from "zod";
import { defineIntent } from "../src/domain/intent.ts";

export const listTables = defineIntent({
  name: "list-tables",
  summary: "Show the tables of a connected database",
  kind: "work",
  params: z.object({ database: z.string().min(1).toLowerCase().describe("Which database?").optional() }),
  phrases: [
    "[(show|list) [me]] [the] tables (of|in) [the] {database} [database]",
    "(which|what) tables (are in|does) {database} [have]",
    "[(show|list) [me]] [the] tables of the database",
  ],
  examples: ["tables of reporting"],
  question: true,
  needs: "sql.query",
});
