import { readFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import variant from "@jitl/quickjs-wasmfile-release-sync";
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSSyncVariant,
} from "quickjs-emscripten-core";
import { furnish } from "./inside.ts";
import { limits } from "./limits.ts";

/** What the thread is given: a program, the JSON text of its values, and for how many milliseconds it may run. */
export interface Boxed {
  readonly program: string;
  readonly values: string;
  readonly runMs: number;
}

/** What the thread tells: that the program begins, and what came of it. The result is JSON text. */
export type Told =
  | { readonly kind: "begins" }
  | { readonly kind: "result"; readonly json: string; readonly lines: readonly string[] }
  | { readonly kind: "failed"; readonly because: string; readonly lines: readonly string[] };

/** Bytes: WebAssembly counts its memory in these. */
const page = 65_536;
const statistics = new URL("./simple-statistics.min.js", import.meta.resolve("simple-statistics"));

// All that QuickJS asks of its host is the time; the zone in which a program reads its dates is UTC everywhere.
Date.prototype.getTimezoneOffset = () => 0;

/** Something was thrown inside. */
class Raised extends Error {
  readonly handle: QuickJSHandle;
  constructor(handle: QuickJSHandle) {
    super("thrown inside");
    this.handle = handle;
  }
}

const tell = (told: Told) => parentPort?.postMessage(told);
/** Node has it, and its types do not say so. */
declare const WebAssembly: { readonly Memory: new (pages: { initial: number; maximum: number }) => never };
/** The bound that holds: QuickJS's own limit counts 8 bytes for whatever it allocates in this build, and let a program have 2 GB. */
const wasmMemory = new WebAssembly.Memory({ initial: limits.memory / page / 4, maximum: limits.memory / page });
// Its types are those of its CommonJS form, where the default is one deeper.
const quickjs = await newQuickJSWASMModuleFromVariant(
  newVariant(variant as unknown as QuickJSSyncVariant, { wasmMemory }),
);
tell(run(workerData as Boxed));

/** Runs one program; the thread ends afterwards. Whatever reads from inside does so by code that runs inside, until the same deadline. */
function run({ program, values, runMs }: Boxed): Told {
  const runtime = quickjs.newRuntime({ maxStackSizeBytes: limits.stack });
  const context = runtime.newContext();
  const lines: string[] = [];
  const stage = furnished(context, (line) => {
    if (lines.length < limits.lines) lines.push(textOf(line, limits.line) ?? "…");
  });
  tell({ kind: "begins" });
  const endsAt = performance.now() + runMs;
  let late = false;
  runtime.setInterruptHandler(() => {
    late ||= performance.now() > endsAt;
    return late;
  });

  function call(made: QuickJSHandle, ...given: QuickJSHandle[]): QuickJSHandle {
    const called = context.callFunction(made, context.undefined, ...given);
    if (called.error) throw new Raised(called.error);
    return called.value;
  }

  /** A text from inside, or null where it is none, or is longer. */
  function textOf(handle: QuickJSHandle, most: number): string | null {
    if (context.typeof(handle) !== "string") return null;
    return context.getNumber(context.getProp(handle, "length")) > most ? null : context.getString(handle);
  }

  try {
    const made = context.evalCode(`(function (values) {${program}\n})`, "program.js", { type: "global" });
    if (made.error) throw new Raised(made.error);
    const given = call(context.getProp(stage, "parse"), context.newString(values));
    const json = textOf(call(context.getProp(stage, "read"), call(made.value, given)), limits.result);
    if (json === null) return failed(`The result is longer than ${limits.result} characters of JSON.`);
    if (isDeeper(JSON.parse(json), limits.depth)) return failed(`The result is nested deeper than ${limits.depth}.`);
    return { kind: "result", json, lines };
  } catch (error) {
    if (error instanceof Raised) return failed(saidBy(error));
    // The engine's own parser recurses on this thread's stack.
    if (error instanceof RangeError) return failed("It is nested too deep.");
    throw error;
  }

  function failed(because: string): Told {
    return { kind: "failed", because: late ? `It ran longer than ${runMs / 1000} s.` : because, lines };
  }

  function saidBy({ handle }: Raised): string {
    const said = context.callFunction(context.getProp(stage, "say"), context.undefined, handle);
    return (said.error ? null : textOf(said.value, limits.line)) ?? "It failed, and its error cannot be shown.";
  }
}

function furnished(context: QuickJSContext, write: (line: QuickJSHandle) => void): QuickJSHandle {
  context.unwrapResult(context.evalCode(readFileSync(statistics, "utf8"), "stats.js")).dispose();
  const made = context.unwrapResult(context.evalCode(`(${furnish})`, "inside.js"));
  const log = context.newFunction("write", write);
  return context.unwrapResult(context.callFunction(made, context.undefined, log, context.newNumber(limits.line)));
}

function isDeeper(value: unknown, than: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return than === 0 || Object.values(value).some((one) => isDeeper(one, than - 1));
}
