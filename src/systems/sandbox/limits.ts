/** How much a program is, has and gives. Text is counted in characters. */
export const limits = {
  /** Of the program's text. */
  program: 10_000,
  /** Of the JSON text of its values, once what was kept apart is read. */
  values: 2_000_000,
  /** Milliseconds of running, reading its values and its result included. */
  runMs: 2000,
  /** Bytes it may hold. */
  memory: 64 * 1024 * 1024,
  /** Bytes of its own stack. */
  stack: 256 * 1024,
  /** Of the JSON text of its result, and how deep that may be nested. */
  result: 250_000,
  depth: 32,
  /** Lines that console.log may write, and the length of one; of a sentence about an error too. */
  lines: 50,
  line: 500,
} as const;
