import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll } from "vitest";

const root = new URL("../../", import.meta.url).pathname;
const killer = new URL("killer.mjs", import.meta.url).pathname;
const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
});

/** Where a Steward keeps things: environment variables that every start on the same data has. */
export type Home = Readonly<Record<string, string>>;

/** When a process kills itself, counted in commits since its start. */
export interface Kill {
  readonly n: number;
  readonly when: "before" | "after";
  /** Only statements whose text matches count. */
  readonly only?: string;
}

export interface Start {
  /** Another program than `steward serve`, from the root of the repository. */
  readonly entry?: string;
  readonly kill?: Kill;
  /** A file that gets one line for each commit. */
  readonly count?: string;
  readonly port?: string;
}

/** A Steward of its own, started as people start it. */
export interface StewardProcess {
  readonly pid: number;
  /** Its address, or null when it ended before it had one. */
  readonly url: string | null;
  /** Resolves when it has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  isRunning(): boolean;
  /** Sends the signal and waits for the end. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** What it wrote to standard error. */
  log(): string;
}

/** Starts a Steward and waits until it says where it is, or has ended. */
export async function startSteward(home: Home, start: Start = {}): Promise<StewardProcess> {
  const { kill, count } = start;
  const env: Record<string, string> = {
    PATH: process.env["PATH"] ?? "",
    HOME: process.env["HOME"] ?? "",
    STEWARD_MODE: "trial",
    PORT: start.port ?? "0",
    ...home,
    ...(kill ? { KILL_N: String(kill.n), KILL_WHEN: kill.when, ...(kill.only ? { KILL_ONLY: kill.only } : {}) } : {}),
    ...(count ? { KILL_COUNT: count } : {}),
  };
  const child = spawn(
    process.execPath,
    [...(kill || count ? ["--import", killer] : []), ...(start.entry ? [start.entry] : ["src/main.ts", "serve"])],
    {
      cwd: root,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  running.add(child);
  let log = "";
  let out = "";
  child.stderr.on("data", (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-20_000);
  });
  const ended = once(child, "close").then(([code, signal]) => {
    running.delete(child);
    return { code: code as number | null, signal: signal as string | null };
  });
  const address = new Promise<string>((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
      const found = /Steward is at (http:\S+)/.exec(out);
      if (found?.[1]) resolve(found[1]);
    });
  });
  const url = await Promise.race([address, ended.then(() => null)]);
  return {
    pid: child.pid ?? 0,
    url,
    ended,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    end(signal) {
      child.kill(signal);
      return ended;
    },
    log: () => log,
  };
}

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what the API answers is looked at, field by field, in the tests
  readonly body: any;
}

/** One request as this person. Throws when nobody answers. */
export async function ask(
  url: string,
  person: string,
  method: "GET" | "POST",
  path: string,
  body?: unknown,
  key?: string,
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      "x-steward-person": person,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(key ? { "idempotency-key": key } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text };
}

/** Looks again and again until there is something, at most this long. */
export async function until<T>(
  what: string,
  withinMs: number,
  look: () => Promise<T | null | undefined | false>,
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`Not within ${withinMs / 1000} s: ${what}`);
    await wait(50);
  }
}

/** A Steward that is started again on the same data whenever it has ended, and a client that never gives up. */
export class Steadfast {
  readonly #home: Home;
  readonly #start: Omit<Start, "kill">;
  readonly kills: string[] = [];
  process: StewardProcess;

  private constructor(home: Home, start: Start, first: StewardProcess) {
    const { kill: _, ...rest } = start;
    this.#home = home;
    this.#start = rest;
    this.process = first;
  }

  static async start(home: Home, start: Start = {}): Promise<Steadfast> {
    return new Steadfast(home, start, await startSteward(home, start));
  }

  /** The running process, started again if it must be: without whatever killed it. */
  async up(): Promise<string> {
    for (let tries = 0; tries < 3; tries++) {
      if (this.process.isRunning() && this.process.url) return this.process.url;
      const { code, signal } = await this.process.ended;
      if (signal !== "SIGKILL") throw new Error(`Steward ended by itself (${code ?? signal}):\n${this.process.log()}`);
      this.kills.push(signal);
      this.process = await startSteward(this.#home, this.#start);
    }
    throw new Error(`Steward does not start any more:\n${this.process.log()}`);
  }

  /** Repeats the same request until somebody answers with anything but "try later". */
  async ask(person: string, method: "GET" | "POST", path: string, body?: unknown, key?: string): Promise<Answer> {
    return until(`${method} ${path} is answered`, 60_000, async () => {
      const url = await this.up();
      try {
        const answer = await ask(url, person, method, path, body, key);
        return answer.status >= 500 ? null : answer;
      } catch {
        return null;
      }
    });
  }

  /** Ends it as an operator does. The last commits are those of the stop: who is killed there starts and stops once more. */
  async stop(): Promise<Awaited<ReturnType<StewardProcess["end"]>>> {
    const end = await this.process.end("SIGTERM");
    if (end.signal !== "SIGKILL") return end;
    await this.up();
    return this.process.end("SIGTERM");
  }

  /** Starts it again after a stop. */
  async again(): Promise<void> {
    this.process = await startSteward(this.#home, this.#start);
  }
}
