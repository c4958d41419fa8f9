import type { SQL } from "drizzle-orm";
import { sql } from "drizzle-orm";
import type { AnyPgColumn, PgColumn } from "drizzle-orm/pg-core";
import { QueryBuilder } from "drizzle-orm/pg-core";
import type { Queryable } from "../database.ts";

type Selectable = AnyPgColumn | SQL | SQL.Aliased;
type Value<S> =
  S extends PgColumn<infer C>
    ? C["notNull"] extends true
      ? C["data"]
      : C["data"] | null
    : S extends SQL<infer T>
      ? T
      : S extends SQL.Aliased<infer T>
        ? T
        : never;
/** What a selection's rows look like. A column of a left-joined table may be null: select it as `sql<T | null>`. */
export type Row<F> = { -readonly [K in keyof F]: Value<F[K]> };

/** Builds a query whose columns are named by the selection's keys, so that rows come back as objects of that shape. */
export function select<F extends Record<string, Selectable>>(fields: F) {
  const named = Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, sql`${field}`.as(key)]));
  return new QueryBuilder().select(named as Record<string, SQL.Aliased>);
}

/** Runs a built query on our own port. Instants come as ISO texts whatever the driver makes of them. */
export async function rows<F>(
  on: Queryable,
  query: { toSQL(): { sql: string; params: unknown[] } },
): Promise<Row<F>[]> {
  const { sql: text, params } = query.toSQL();
  const found = await on.query<Record<string, unknown>>(text, params);
  return found.map(
    (row) =>
      Object.fromEntries(
        Object.entries(row).map(([key, value]) => [key, value instanceof Date ? value.toISOString() : value]),
      ) as Row<F>,
  );
}
