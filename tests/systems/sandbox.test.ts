import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import { evaluate } from "../../src/systems/sandbox/expression.ts";
import { sandboxTools } from "../../src/systems/sandbox/tools.ts";
import { callTool } from "./local-server.ts";

const values = { before: 120, after: 480, latency: [10, 20, 30, 40], none: [] };

test.for<[string, number]>([
  ["1 + 2 * 3", 7],
  ["(1 + 2) * 3", 9],
  ["7 - 2 - 1", 4],
  ["2 ^ 3 ^ 2", 512],
  ["-2 ^ 2", -4],
  ["2 ^ -1", 0.5],
  ["--3", 3],
  ["7 % 4 / 2", 1.5],
  ["1.5e2", 150],
  ["(after - before) / before * 100", 300],
  ["mean(latency)", 25],
  ["percentile(latency, 50)", 25],
  ["max(latency) - min(latency)", 30],
  ["last(latency) / first(latency)", 4],
  ["count(none)", 0],
  ["round(sqrt(sum(latency)))", 10],
])("%s is %d", ([text, result]) => {
  expect(evaluate(text, values)).toBe(result);
});

test("agrees with JavaScript's own arithmetic", () => {
  const sum = fc.letrec<{ term: string }>((tie) => ({
    term: fc.oneof(
      { maxDepth: 5 },
      fc.integer({ min: 0, max: 99 }).map(String),
      fc.tuple(tie("term"), fc.constantFrom("+", "-", "*", "/"), tie("term")).map(([a, o, b]) => `(${a} ${o} ${b})`),
      tie("term").map((term) => `(-${term})`),
    ),
  })).term;
  fc.assert(
    fc.property(sum, (text) => {
      const wanted = new Function(`return ${text}`)() as number;
      if (Number.isFinite(wanted)) expect(evaluate(text, {})).toBe(wanted);
      else expect(() => evaluate(text, {})).toThrow("It comes to no number");
    }),
  );
});

describe("what is no arithmetic is refused, and nothing of the program is in reach", () => {
  test.for([
    "",
    "1 +",
    "1 2",
    "(1",
    "1)",
    "mean()",
    "mean(1, 2)",
    "latency + 1",
    "latency",
    "mean(none)",
    "1 / 0",
    "10 ^ 400",
    "percentile(latency, 101)",
    "process",
    "process.exit(1)",
    "constructor",
    "constructor(1)",
    "__proto__",
    "toString(1)",
    "hasOwnProperty(1)",
    "this",
    "globalThis",
    "import('fs')",
    "require(1)",
    "fetch('http://169.254.169.254')",
    "`${1}`",
    "[1,2,3]",
    "'text'",
    "a = 1",
    "1; 2",
    "(() => 1)()",
    "1\u0000",
    "1 // 2",
    "sum(latency))",
    "\u202e1",
    "(".repeat(400),
    "-".repeat(900),
    `${"2^".repeat(300)}2`,
    `${"(".repeat(300)}1${")".repeat(300)}`,
  ])("%s", (text) => {
    let error: unknown;
    try {
      evaluate(text, values);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(Fault);
    expect((error as Fault).message).toMatch(/^The expression cannot be computed\. .+\.$/);
  });

  test("whatever the text, it ends in a number or a sentence", () => {
    const pieces = fc.constantFrom(
      "1",
      "x",
      "(",
      ")",
      "+",
      "-",
      "^",
      "mean",
      ",",
      " ",
      ".",
      "e",
      "constructor",
      "[",
      "0x",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        try {
          expect(Number.isFinite(evaluate(parts.join(""), { x: 2 }))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test("as a tool, it takes no names and no lists that are too long", async () => {
  const tools = sandboxTools();
  expect(await callTool(tools, "sandbox.compute", { expression: "x * 2", values: { x: 21 } })).toEqual({ value: 42 });
  for (const args of [
    { expression: "1".repeat(1001) },
    { expression: "x", values: { "x y": 1 } },
    { expression: "x", values: { x: Array.from({ length: 10_001 }, () => 1) } },
    { expression: "x", values: { x: "text" } },
  ])
    expect((await callTool(tools, "sandbox.compute", args)).name).toBe("ZodError");
});
