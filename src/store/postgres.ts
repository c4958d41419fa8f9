import pg from "pg";
import { Fault } from "../domain/fault.ts";
import type { Database, Queryable } from "./database.ts";

// Instants come as ISO text, bigint as number: no Date and no string arithmetic in the rooms above.
const types = {
  getTypeParser(oid: number, format?: "text" | "binary") {
    if (oid === 1184) return (text: string) => new Date(text).toISOString();
    if (oid === 20) return Number;
    return pg.types.getTypeParser(oid, format);
  },
};

/**
 * Every statement of ours finds its rows by key, and is prepared once, often while tables are still empty. Left alone, the
 * planner then keeps a plan that reads whole tables: measured, a turn took 5 ms instead of 1 after 1,000 runs.
 */
export const planning = [
  "jit=off",
  "plan_cache_mode=force_generic_plan",
  "enable_seqscan=off",
  "enable_hashjoin=off",
  "enable_mergejoin=off",
];

/**
 * Names statements are prepared under. A name changes as the work grows, in steps of about three, so that a plan made for
 * empty tables is made again for full ones: PostgreSQL itself would keep it until the next ANALYZE (measured: 150 runs/s
 * instead of 400).
 */
function planner(): (name: string) => string {
  let named = 0;
  return (name) => `${name}@${Math.floor(2 * Math.log10(++named))}`;
}

/** How many connections one process holds: turns, effects' claims, pages; the queue's calls share them. */
const poolSize = 10;

/** Connects as the owner, for migrations and checks. */
export function ownerClient(url: string): pg.Client {
  return new pg.Client({ connectionString: url, types, connectionTimeoutMillis: 5000 });
}

/** PostgreSQL through node-postgres, every connection in the role steward_app. */
export function openPostgres(url: string, onError: (error: Error) => void): Database {
  const pool = new pg.Pool({
    connectionString: url,
    types,
    max: poolSize,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    query_timeout: 60_000,
    options: ["role=steward_app", "search_path=steward", ...planning].map((setting) => `-c ${setting}`).join(" "),
  });
  // An idle connection that breaks (a restarted server) is the pool's to replace, not a reason to die.
  pool.on("error", onError);
  const planned = planner();
  return {
    kind: "postgres",
    query: (text, values, name) => run(pool, text, values, name && planned(name)),
    script: (text) => run(pool, text),
    tx: (work) => withTx(pool, work),
    close: () => pool.end(),
  };
}

async function run<R>(
  on: pg.Pool | pg.PoolClient,
  text: string,
  values?: readonly unknown[],
  name?: string,
): Promise<R[]> {
  try {
    const result = await on.query({
      text,
      ...(values?.length ? { values: values as unknown[] } : {}),
      ...(name ? { name } : {}),
    });
    // Several statements at once give several results.
    return (Array.isArray(result) ? result.flatMap((one: pg.QueryResult) => one.rows) : result.rows) as R[];
  } catch (error) {
    throw asFault(error);
  }
}

// Our own: drizzle's transaction leaks the client when BEGIN fails and hides the first error when ROLLBACK does.
async function withTx<T>(pool: pg.Pool, work: (tx: Queryable) => Promise<T>): Promise<T> {
  let client: pg.PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    throw asFault(error);
  }
  let broken: Error | undefined;
  // The pool listens only while a connection is idle; a server that goes away now must not end the process.
  const onLost = (error: Error) => {
    broken = error;
  };
  client.on("error", onLost);
  try {
    await run(client, "begin");
    const result = await work({ query: (text, values, name) => run(client, text, values, name) });
    await run(client, "commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.removeListener("error", onLost);
    client.release(broken);
  }
}

const unreachable = /^(08|57P|53)|^(ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|ETIMEDOUT)$/;

/** A database that cannot be reached is worth another try; everything else is a bug and stays what it is. */
function asFault(error: unknown): unknown {
  const { code, message = "" } = error as { code?: string; message?: string };
  if ((code && unreachable.test(code)) || /Connection terminated|timeout exceeded when trying to connect/.test(message))
    return new Fault("store-unavailable", "The database cannot be reached just now.", {
      cause: error,
      retryAfterMs: 1000,
    });
  return error;
}
