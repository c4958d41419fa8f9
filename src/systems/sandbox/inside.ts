/* It is the text of this function that is used: it runs inside QuickJS and can name nothing from outside of it. */

/**
 * Sets the stage for a program: console, stats, and neither chance nor clock, so that it gives the same every time. Returns
 * how the host gives it values, reads its result and asks what an error says: all three work inside, under the program's limits.
 */
export function furnish(write: (line: string) => void, lineLength: number) {
  const { parse, stringify } = JSON;
  const world = globalThis as unknown as Record<string, unknown>;
  const Clock = Date;
  const missing = (what: string) => () => {
    throw new TypeError(`There is no ${what} in here: give what is needed as one of the values.`);
  };

  const noNow = missing("current time");
  const Dates = new Proxy(Clock, {
    apply: noNow,
    construct: (target, given, made) => (given.length === 0 ? noNow() : Reflect.construct(target, given, made)),
  });
  Clock.now = noNow;
  Clock.prototype.constructor = Dates;
  world["Date"] = Dates;
  Math.random = missing("chance");
  world["stats"] = world["ss"];
  delete world["ss"];

  const short = (text: string) => (text.length > lineLength ? `${text.slice(0, lineLength - 1)}…` : text);

  const textOf = (value: unknown) => {
    if (typeof value === "string") return value;
    const json = typeof value === "bigint" ? undefined : stringify(value);
    return json === undefined ? String(value) : json;
  };
  const log = (...values: unknown[]) => {
    for (const line of values.map(textOf).join(" ").split("\n")) write(short(line));
  };
  world["console"] = { log, info: log, warn: log, error: log, debug: log };

  class Unfit extends Error {}
  const notJson = [Map, Set, WeakMap, WeakSet, Promise, RegExp, Error, ArrayBuffer];
  /** Lets pass what JSON can say, as JSON.stringify meets it. */
  const fit = (key: string, value: unknown) => {
    const what = key === "" ? "The result" : `“${key.slice(0, 60)}” in the result`;
    if (typeof value === "number" && !Number.isFinite(value)) throw new Unfit(`${what} is ${value}, not a number.`);
    const kind =
      typeof value !== "object" || value === null
        ? ["function", "symbol", "bigint"].find((one) => typeof value === one)
        : ArrayBuffer.isView(value)
          ? "typed array"
          : notJson.find((one) => value instanceof one)?.name;
    if (kind !== undefined) throw new Unfit(`${what} is a ${kind}, which JSON cannot say.`);
    return value;
  };

  return {
    parse,
    read(value: unknown): string {
      if (value === undefined) throw new Unfit("It returned nothing: end it with return and what it comes to.");
      const text = stringify(value, fit);
      if (text === undefined) throw new Unfit("The result is nothing that JSON can say.");
      return text;
    },
    say(error: unknown): string {
      if (error instanceof Unfit) return error.message;
      if (error === null) return "It threw null, or had no memory left even for an error.";
      if (!(error instanceof Error)) return short(`It threw ${textOf(error)}`);
      const line = /program\.js:(\d+)/.exec(String(error.stack))?.[1];
      return short(`${line === undefined ? "" : `Line ${line}: `}${error.name}: ${error.message}`);
    },
  };
}
