import { connect as dial, type Socket } from "node:net";
import postgres from "postgres";
import { conceal } from "../../domain/conceal.ts";
import { mayReach } from "../../domain/egress.ts";
import { Fault } from "../../domain/fault.ts";
import type { Json, JsonObject } from "../../domain/json.ts";
import { sentenceOf, tooManyRights } from "./rights.ts";

/** Somebody else's PostgreSQL, which is only ever read. */
export interface ReadDatabase {
  readonly name: string;
  /** "db.example.com:5432": what is shown of its address. */
  readonly host: string;
  /** Runs one query. Throws a Fault: with retryAfterMs where the database could not be reached, without where it refused. */
  ask(query: string, limits: Limits, signal?: AbortSignal): Promise<Found>;
  /** The sentences that say what its role may and must not; empty for a reader. Throws a Fault where it cannot be reached. */
  examine(): Promise<string[]>;
}

export interface Limits {
  readonly rows: number;
  /** Of the rows together, as text. */
  readonly bytes: number;
}

export interface Found {
  readonly rows: readonly JsonObject[];
  /** There were more rows than the limits let through. */
  readonly more: boolean;
}

const statementMs = 10_000;
const connectSeconds = 5;
/** Bytes one connection may send; beyond it is cut, whatever a row holds. */
const mostReceived = 8 * 2 ** 20;
const rowsAtOnce = 100;
const longestCell = 4000;
/** How long a role is believed to be a reader. */
const provenMs = 300_000;

/** Opens nothing yet: each query has a connection of its own, so that nothing of it outlives it. */
export function readDatabase(name: string, url: string): ReadDatabase {
  const host = `${new URL(url).hostname}:${new URL(url).port || "5432"}`;
  let provenAt = Number.NEGATIVE_INFINITY;

  async function examine(): Promise<string[]> {
    const sentence = await within(name, url, undefined, async (run) => {
      const [who] = await run("select current_user as role");
      const rights = await run(tooManyRights);
      return sentenceOf(name, String(who?.["role"]), rights as unknown as { power: string; remedy: string }[]);
    });
    if (sentence === null) provenAt = performance.now();
    return sentence === null ? [] : [sentence];
  }

  return {
    name,
    host,
    examine,
    async ask(query, limits, signal) {
      if (performance.now() - provenAt > provenMs) {
        const [sentence] = await examine();
        if (sentence !== undefined) throw new Fault("platform-refused", sentence, { undone: true });
      }
      return within(name, url, signal, async (run) => {
        await run(`declare steward_rows no scroll cursor for ${query}`);
        return fetchAll(run, limits);
      });
    },
  };
}

type Run = (statement: string) => Promise<readonly JsonObject[]>;

async function fetchAll(run: Run, limits: Limits): Promise<Found> {
  const rows: JsonObject[] = [];
  let bytes = 0;
  for (;;) {
    const found = await run(`fetch forward ${Math.min(rowsAtOnce, limits.rows + 1 - rows.length)} from steward_rows`);
    if (found.length === 0) return { rows, more: false };
    for (const row of found) {
      const cells = Object.fromEntries(Object.entries(row).map(([key, cell]) => [key, shortened(cell)]));
      bytes += JSON.stringify(cells).length;
      if (rows.length === limits.rows || bytes > limits.bytes) return { rows, more: true };
      rows.push(cells);
    }
  }
}

function shortened(cell: Json): Json {
  return typeof cell === "string" && cell.length > longestCell ? `${cell.slice(0, longestCell).toWellFormed()}…` : cell;
}

/** A connection, a read-only transaction on it, and neither afterwards. */
async function within<T>(
  name: string,
  url: string,
  signal: AbortSignal | undefined,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  let cut: "size" | "time" | null = null;
  const sockets: Socket[] = [];
  const give = (why: "size" | "time") => {
    cut ??= why;
    for (const socket of sockets) socket.destroy();
  };
  const sql = postgres(url, optionsFor(sockets));
  const watch = setInterval(() => sockets.some((socket) => socket.bytesRead > mostReceived) && give("size"), 10);
  const late = setTimeout(() => give("time"), statementMs + connectSeconds * 1000 + 2000);
  const called = () => give("time");
  signal?.addEventListener("abort", called, { once: true });
  try {
    // One connection in all. Were it lost and made anew between two of these, the second would be refused: no transaction, no cursor.
    const run: Run = async (statement) => rowsOf(await sql.unsafe(statement, [], { simple: false } as never).values());
    await run("begin isolation level repeatable read read only");
    await run(`set local statement_timeout = ${statementMs}`);
    await run(`set local lock_timeout = ${statementMs / 5}`);
    await run(`set local idle_in_transaction_session_timeout = ${statementMs}`);
    await run("set local standard_conforming_strings = on");
    // Ends a query whose asker is gone; PostgreSQL 14 and newer have it.
    await run(
      "select set_config('client_connection_check_interval', '2000', true) where current_setting('client_connection_check_interval', true) is not null",
    );
    return await work(run);
  } catch (error) {
    throw faultOf(name, error, cut, passwordOf(url));
  } finally {
    clearInterval(watch);
    clearTimeout(late);
    signal?.removeEventListener("abort", called);
    await sql.end({ timeout: 0 });
  }
}

const asText = (from: number[], to: number) => ({ to, from, serialize: String, parse: (text: string) => text });

/** Values as JSON has them: numbers where they are exact, times and bytes as PostgreSQL writes them. */
const types = {
  number: {
    to: 0,
    from: [21, 23, 26, 700, 701],
    serialize: String,
    parse: (text: string) => (Number.isFinite(Number(text)) ? Number(text) : text),
  },
  date: asText([1082, 1114, 1184], 1184),
  bytea: asText([17], 17),
};

function optionsFor(sockets: Socket[]) {
  return {
    max: 1,
    connect_timeout: connectSeconds,
    fetch_types: false,
    prepare: false,
    onnotice: () => undefined,
    types: types as never,
    connection: { application_name: "steward" },
    // Ours, so that what it has received can be counted.
    socket: async ({
      host: [host = ""],
      port: [port = 5432],
      path,
    }: {
      host: string[];
      port: number[];
      path?: string;
    }) => {
      if (!path) mayReach(`${host}:${port}`);
      const socket = path ? dial(path) : dial(port, host);
      sockets.push(socket);
      await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
      // What certificates are checked against.
      return Object.assign(socket, { host });
    },
  } as never;
}

/** Rows by column; a name that comes twice gets a number. */
function rowsOf(values: { readonly columns: readonly { readonly name: string }[] }): JsonObject[] {
  const seen = new Map<string, number>();
  const names = (values.columns ?? []).map(({ name }) => {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name}_${times}`;
  });
  return (values as unknown as Json[][]).map((row) =>
    Object.fromEntries(names.map((name, i) => [name, row[i] ?? null])),
  );
}

function passwordOf(url: string): string {
  const { password } = new URL(url);
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}

function faultOf(name: string, error: unknown, cut: "size" | "time" | null, password: string): Fault {
  if (error instanceof Fault) return error;
  if (cut === "size")
    return new Fault("too-large", `${name} sent more than ${mostReceived} bytes; ask for fewer or smaller columns.`);
  if (cut === "time") return new Fault("tool-failed", `${name} gave no answer in time; ask for less.`);
  const { code = "", message: said = "", severity } = error as { code?: string; message?: string; severity?: string };
  const message = conceal(said, [password]);
  if (code === "57014")
    return new Fault("bad-request", `${name} ended the query after ${statementMs / 1000} s; ask for less.`);
  if (severity !== undefined && !/^(08|28|3D|53|57|58)/.test(code))
    return new Fault("bad-request", `${name} refuses the query: ${message.slice(0, 500).toWellFormed()} (${code}).`, {
      undone: true,
    });
  if (severity !== undefined)
    return new Fault("tool-failed", `${name} lets nobody in: ${message.slice(0, 300).toWellFormed()} (${code}).`, {
      // A wrong password and a database that is not there stay so.
      ...(/^(28|3D)/.test(code) ? {} : { retryAfterMs: 5000 }),
      undone: true,
    });
  return new Fault("tool-failed", `${name} cannot be reached (${code || "no reason given"}).`, {
    retryAfterMs: 5000,
    undone: true,
  });
}
