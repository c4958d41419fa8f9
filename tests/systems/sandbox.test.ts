import { mean, quantile, standardDeviation } from "simple-statistics";
import { describe, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import type { JsonObject } from "../../src/domain/json.ts";
import { runProgram } from "../../src/systems/sandbox/run.ts";
import { sandboxTools } from "../../src/systems/sandbox/tools.ts";
import { callTool } from "./local-server.ts";

const rows = [
  { id: 1, service: "checkout", ms: 120, at: "2026-11-20T10:00:00.000Z" },
  { id: 2, service: "billing", ms: 80, at: "2026-11-20T10:05:00.000Z" },
  { id: 3, service: "checkout", ms: 480, at: "2026-11-20T11:00:00.000Z" },
];
const kept = "0190f1f2-0000-7000-8000-000000000001";
const tools = sandboxTools(async (_tenant, runId, id) =>
  runId === "a1" && id === kept ? JSON.stringify({ rows }) : null,
);
const run = (program: string, values: JsonObject = {}) => callTool(tools, "sandbox.run", { program, values });
const ends = (program: string, runMs: number, signal = new AbortController().signal) =>
  runProgram({ program, values: "{}", runMs }, signal);
const ten = Array.from({ length: 10 }, (_, n) => n * n);

describe("a program computes with what it is given", () => {
  test.for<[string, string, JsonObject, unknown]>([
    ["arithmetic", "return (values.after - values.before) / values.before * 100", { before: 120, after: 480 }, 300],
    [
      "groups",
      "return Object.fromEntries(Object.entries(Object.groupBy(values.rows, (r) => r.service)).map(([s, l]) => [s, stats.mean(l.map((r) => r.ms))]))",
      { rows },
      { checkout: 300, billing: 80 },
    ],
    ["what was kept apart", "return values.found.rows.length", { found: { artifact: kept, bytes: 300 } }, 3],
    [
      "time between dates",
      "return (Date.parse(values.b) - new Date(values.a)) / 60000",
      { a: rows[0]?.at ?? "", b: rows[2]?.at ?? "" },
      60,
    ],
    ["dates in UTC", "return new Date(2026, 10, 20).toISOString()", {}, "2026-11-20T00:00:00.000Z"],
    [
      "statistics",
      "return [stats.mean, stats.standardDeviation, (l) => stats.quantile(l, 0.9)].map((f) => f(values.ten))",
      { ten },
      [mean(ten), standardDeviation(ten), quantile(ten, 0.9)],
    ],
    ["its own functions", "function twice(x) { return x * 2 }\nreturn [1, 2].map(twice) // done", {}, [2, 4]],
    [
      "every JSON",
      "return [null, true, 'é\\u2028😀', { __proto__: null, a: { b: [] } }]",
      {},
      [null, true, "é\u2028😀", { a: { b: [] } }],
    ],
  ])("%s", async ([, program, values, result]) => {
    expect(await run(program, values)).toEqual({ result, lines: [] });
  });

  test("what it writes comes back, so many lines and no longer ones", async () => {
    expect(
      await run("console.log('rows', values, [1], 2n, undefined); console.error('a\\nb'); return 1", { n: 1 }),
    ).toEqual({
      result: 1,
      lines: ['rows {"n":1} [1] 2 undefined', "a", "b"],
    });
    const { lines } = await run("for (let i = 0; i < 1e3; i++) console.log('x'.repeat(i * 10)); return 1");
    expect(lines).toHaveLength(50);
    expect(lines[49]).toBe("x".repeat(490));
    expect((await run("console.log('y'.repeat(1e6)); return 1")).lines).toEqual([`${"y".repeat(499)}…`]);
  });

  test("what it writes is bounded by the host, whatever it makes of the language inside", async () => {
    const big = "const big = 'x'.repeat(1e6);";
    const many = "for (let i = 0; i < 60; i++) console.log('a'); return 1";
    const one = "String.prototype.split = () => [{ length: 0, toString() { return big } }];";
    expect(await run(`${big} ${one} ${many}`)).toEqual({ result: 1, lines: Array(50).fill("…") });
    const long = "String.prototype.split = () => [big]; String.prototype.slice = () => big;";
    expect(await run(`${big} ${long} ${many}`)).toEqual({ result: 1, lines: Array(50).fill("…") });
    const endless = "String.prototype.split = () => [{ length: 0, toString() { while (true); } }];";
    expect(await run(`${endless} ${many}`)).toEqual({ result: 1, lines: Array(50).fill("…") });
    const failed = await run(`${big} ${one} console.log('a'); throw new Error('no')`);
    expect(failed.message).toMatch(/no It wrote: …$/);
  });

  test("twice it gives the same, and there is neither chance nor clock", async () => {
    const program =
      "return [stats.shuffle === undefined, Object.keys(values), [3, 1, 2].sort(), new Date(0).toString()]";
    expect(await run(program, { b: 1, a: 2 })).toEqual(await run(program, { b: 1, a: 2 }));
    for (const asks of [
      "Math.random()",
      "Date.now()",
      "new Date()",
      "Date()",
      "new (new Date(0).constructor)()",
      "new (class extends Date {})()",
      "stats.sample([1, 2], 1)",
    ])
      expect((await run(`return ${asks}`)).message, asks).toMatch(/^The program failed\. Line 1: TypeError: /);
    expect((await run("return Date.now()")).message).toContain("There is no current time in here");
  });
});

describe("nothing of the host is in reach", () => {
  test("only what the language itself brings, and stats", async () => {
    const { result } = await run(
      "return Object.getOwnPropertyNames(globalThis).filter((name) => /^[a-z]/.test(name)).sort()",
    );
    expect(result).toEqual([
      "console",
      "decodeURI",
      "decodeURIComponent",
      "encodeURI",
      "encodeURIComponent",
      "escape",
      "eval",
      "globalThis",
      "isFinite",
      "isNaN",
      "parseFloat",
      "parseInt",
      "stats",
      "undefined",
      "unescape",
    ]);
  });

  test("whatever way is tried, there is no Node behind it", async () => {
    const ways = [
      "return process.version",
      "return require('fs')",
      "return this.process.env",
      "return fetch('http://169.254.169.254')",
      "return new Worker('x')",
      "return WebAssembly.compile",
      "return setTimeout(() => 1, 1)",
      "return constructor.constructor('return process')()",
      "return (() => {}).constructor('return process')()",
      "return console.log.constructor('return process')()",
      "return console.log.constructor.constructor('return globalThis.process.mainModule')()",
      "return (0, eval)('process')",
      "try { null.x } catch (error) { return error.constructor.constructor('return process')() }",
      "Error.prepareStackTrace = (_, frames) => frames; return new Error().stack[0].getThis().process.env",
      "return import.meta.url",
    ];
    const { result } = await run(
      "return values.ways.map((way) => { try { return String(Function(way)()) } catch (error) { return error.name } })",
      { ways },
    );
    expect(Object.fromEntries(ways.map((way, n) => [way, result[n]]))).toEqual(
      Object.fromEntries(ways.map((way) => [way, expect.stringMatching(/^(Reference|Type|Syntax)Error$/)])),
    );
  });

  test("import leads nowhere", async () => {
    expect((await run("return import('node:fs')")).message).toBe(
      "The program failed. The result is a Promise, which JSON cannot say.",
    );
    expect(await run("import('node:fs').then((fs) => console.log(fs)); return 1")).toEqual({ result: 1, lines: [] });
  });

  test("whoever leaves the function leaves nothing else", async () => {
    expect((await run("}); globalThis.found = 1; (function () { return process")).message).toContain("ReferenceError");
    expect(await run("return typeof found")).toEqual({ result: "undefined", lines: [] });
  });

  test("what it changes ends with it", async () => {
    expect(
      await run("JSON.stringify = () => '{}'; Array.prototype.map = null; globalThis.left = 1; return [1]"),
    ).toMatchObject({ result: [1] });
    expect(await run("return [typeof left, [1].map((x) => x + 1)]")).toMatchObject({ result: ["undefined", [2]] });
  });
});

describe("what is too much, or no JSON, ends in a sentence", () => {
  test.for<[string, RegExp]>([
    ["return", /It returned nothing: end it with return/],
    ["return () => 1", /The result is a function, which JSON cannot say/],
    ["return { total: 0 / 0 }", /“total” in the result is NaN, not a number/],
    ["return [1, 2n]", /“1” in the result is a bigint/],
    ["return { a: new Map() }", /“a” in the result is a Map/],
    ["return new Float64Array(3)", /The result is a typed array/],
    ["return { toJSON: () => undefined }", /The result is nothing that JSON can say/],
    ["const a = {}; a.a = a; return a", /TypeError: circular reference/],
    ["return Array.from({ length: 130000 }, () => 1)", /The result is longer than 250000 characters of JSON/],
    ["return { toJSON: () => 'x'.repeat(3e5) }", /The result is longer than/],
    ["let a = []; for (let i = 0; i < 40; i++) a = [a]; return a", /The result is nested deeper than 32/],
    [
      "let a = []; for (let i = 0; i < 3e3; i++) a = [a]; return a",
      /InternalError: stack overflow|The result is nested deeper/,
    ],
    ["const x = 1;\nreturn values.rows.length", /Line 2: TypeError: cannot read property 'length' of undefined$/],
    ["const = 1", /Line 1: SyntaxError/],
    ["await 1; return 1", /SyntaxError/],
    ["console.log('got', 3); throw new RangeError('no rows')", /Line 1: RangeError: no rows It wrote: got 3$/],
    ["throw null", /It threw null, or had no memory left/],
    ["throw { get message() { throw 1 }, toJSON() { throw 2 } }", /its error cannot be shown/],
    ["throw new Error('x'.repeat(1e6))", /Error: x{100}/],
    ["function f() { return f() + 1 }; return f()", /InternalError: stack overflow|RangeError/],
    ["const a = []; while (true) a.push({})", /no memory left/],
    ["const a = []; while (true) a.push('x'.repeat(1e5))", /out of memory|no memory left/],
    ["return eval('('.repeat(1e6))", /It is nested too deep|stack overflow/],
    ["return new ArrayBuffer(1e8)", /out of memory|RangeError/],
  ])("%s", async ([program, because]) => {
    const fault = await run(program);
    expect(fault).toBeInstanceOf(Fault);
    expect(fault.message).toMatch(because);
    expect(fault.message.length).toBeLessThan(1200);
    expect(fault.code).toBe("bad-request");
  });

  test("values that are too long, and what is not this run's", async () => {
    expect((await run("return 1", { text: "x".repeat(2_000_001) })).message).toContain("a program takes 2000000");
    const other = { found: { artifact: kept.replace("1", "2"), bytes: 3 } };
    expect((await run("return 1", other)).code).toBe("not-found");
    expect((await run("")).name).toBe("ZodError");
  });
});

describe("a program that does not end is ended, also while its result is read, and nobody waits for it", () => {
  test.for([
    "while (true);",
    "[].indexOf.call({ length: 2 ** 53 - 1 }, 1)",
    "for (;;) { try { while (true); } catch {} finally { continue } }",
    "return { toJSON() { while (true); } }",
    "return { get a() { while (true); } }",
    "return new Proxy({}, { ownKeys() { while (true); } })",
    "throw { get message() { while (true); }, toJSON() { while (true); } }",
    "class E extends Error { get name() { while (true); } }; throw new E()",
    "return /^(a+)+$/.test('a'.repeat(40) + 'b')",
  ])("%s", async (program) => {
    await expect(ends(program, 200)).rejects.toThrow(/^The program failed\. It ran longer than 0\.2 s\.$/);
  });

  test("meanwhile approvals are answered: it is not this thread that runs it", async () => {
    const before = performance.eventLoopUtilization();
    await expect(ends("while (true);", 1000)).rejects.toThrow("longer than 1 s");
    expect(performance.eventLoopUtilization(before).active).toBeLessThan(500);
  });

  test("whoever wants no answer any more has it stopped", async () => {
    const stop = new AbortController();
    const stopped = expect(ends("while (true);", 60_000, stop.signal)).rejects.toThrow("it was stopped");
    const waiting = expect(ends("return 1", 60_000, stop.signal)).rejects.toThrow();
    const next = ends("return 2", 60_000);
    stop.abort();
    await Promise.all([stopped, waiting]);
    expect(await next).toEqual({ result: 2, lines: [] });
  });
});
