import { z } from "zod";
import { codeParam, defineIntent } from "../src/domain/intent.ts";

export const queryDatabase = defineIntent({
  name: "query-database",
  summary: "Ask a connected database with SQL",
  kind: "work",
  params: z.object({
    database: z.string().min(1).toLowerCase().describe("Which database?").optional(),
    query: codeParam("What is the query?"),
  }),
  phrases: ["(query|sql) {database}: {query}", "query: {query}", "sql: {query}", "sql {query}"],
  examples: ["query reporting: select 1"],
  question: true,
  needs: "sql.query",
});
