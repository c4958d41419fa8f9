/** Runs one statement. `name` prepares it once per connection: use it on the hot path, and only with constant text. */
export interface Queryable {
  query<R = Record<string, unknown>>(text: string, values?: readonly unknown[], name?: string): Promise<R[]>;
}

/** PostgreSQL or PGlite, behind the same two verbs. Search path is `steward`; the role is steward_app. */
export interface Database extends Queryable {
  readonly kind: "postgres" | "pglite";
  /** Several statements without parameters; the rows of all of them. */
  script(text: string): Promise<Record<string, unknown>[]>;
  /** One transaction on one connection. On PGlite nothing else runs meanwhile: no I/O inside, it would hang. */
  tx<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The one clock. */
export async function clockOf(db: Queryable): Promise<Date> {
  const [row] = await db.query<{ now: string }>("select steward.now() as now");
  return new Date(row?.now ?? Number.NaN);
}
