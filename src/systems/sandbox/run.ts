import { Worker } from "node:worker_threads";
import { bulkhead } from "cockatiel";
import { Fault } from "../../domain/fault.ts";
import type { Json } from "../../domain/json.ts";
import type { Boxed, Told } from "./box.ts";
import { limits } from "./limits.ts";

/** What a program came to, and what it wrote with console.log. */
export interface Ran {
  readonly result: Json;
  readonly lines: readonly string[];
}

/** How much longer than its time a program may take that does not even let itself be interrupted. */
const graceMs = 500;
/** One at a time: two endless loops at once would take both processors of a small machine from approvals. */
const alone = bulkhead(1, Number.POSITIVE_INFINITY);

/**
 * Runs a program in a JavaScript engine of its own, compiled to WebAssembly, in a thread of its own, which ends with it.
 * `values` is JSON text. A program that is over its limits, throws or returns no JSON is a Fault "bad-request" that says so.
 */
export async function runProgram(boxed: Boxed, signal: AbortSignal): Promise<Ran> {
  const told = await alone.execute(() => inThread(boxed, signal), signal);
  if (told.kind === "result") return { result: JSON.parse(told.json) as Json, lines: told.lines };
  const wrote = told.lines.length === 0 ? "" : ` It wrote: ${told.lines.join(" ⏎ ").slice(-limits.line)}`;
  throw new Fault("bad-request", `The program failed. ${told.because}${wrote}`, { undone: true });
}

type Outcome = Exclude<Told, { kind: "begins" }>;

async function inThread(boxed: Boxed, signal: AbortSignal): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const worker = new Worker(new URL("./box.ts", import.meta.url), {
    workerData: boxed,
    name: "sandbox",
    env: {},
    argv: [],
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 },
  });
  const broken = (why: string, cause?: unknown) =>
    reject(new Fault("tool-failed", `The sandbox broke off: ${why}`, { undone: true, cause }));
  let timer: NodeJS.Timeout | undefined;
  worker.on("message", (told: Told) => {
    if (told.kind !== "begins") return resolve(told);
    timer = setTimeout(
      () => resolve({ kind: "failed", because: `It ran longer than ${boxed.runMs / 1000} s.`, lines: [] }),
      boxed.runMs + graceMs,
    );
  });
  worker.on("error", (error) => broken((error as Error).message, error));
  worker.on("exit", () => broken("its thread ended."));
  const stop = () => broken("it was stopped.");
  signal.addEventListener("abort", stop);
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", stop);
    clearTimeout(timer);
    await worker.terminate();
  }
}
