import { max, mean, median, min, quantile, standardDeviation, sum } from "simple-statistics";
import { Fault } from "../../domain/fault.ts";

/** Numbers by name, and lists of them. */
export type Values = Readonly<Record<string, number | readonly number[]>>;

type Value = number | readonly number[];

/** What can be called, and with how many values. Nothing else exists in an expression. */
const functions: Readonly<Record<string, { readonly takes: number; of(...values: Value[]): number }>> = {
  sum: { takes: 1, of: (list) => sum(listOf("sum", list)) },
  mean: { takes: 1, of: (list) => mean(listOf("mean", list)) },
  median: { takes: 1, of: (list) => median(listOf("median", list)) },
  min: { takes: 1, of: (list) => min(listOf("min", list)) },
  max: { takes: 1, of: (list) => max(listOf("max", list)) },
  deviation: { takes: 1, of: (list) => standardDeviation(listOf("deviation", list)) },
  count: { takes: 1, of: (list) => listOf("count", list, 0).length },
  first: { takes: 1, of: (list) => listOf("first", list)[0] as number },
  last: { takes: 1, of: (list) => listOf("last", list).at(-1) as number },
  percentile: { takes: 2, of: (list, p) => quantile(listOf("percentile", list), share(number("percentile", p))) },
  abs: { takes: 1, of: (x) => Math.abs(number("abs", x)) },
  round: { takes: 1, of: (x) => Math.round(number("round", x)) },
  floor: { takes: 1, of: (x) => Math.floor(number("floor", x)) },
  ceil: { takes: 1, of: (x) => Math.ceil(number("ceil", x)) },
  sqrt: { takes: 1, of: (x) => Math.sqrt(number("sqrt", x)) },
  log: { takes: 1, of: (x) => Math.log(number("log", x)) },
};

const deepest = 50;
const token = /\s*(?:(\d+(?:\.\d+)?(?:e[+-]?\d+)?)|([a-z_]\w*)|([-+*/%^(),]))/iy;

/**
 * The number an expression comes to: + - * / % ^, parentheses, the functions above and the given names. It is read, never run:
 * there is no way from it to anything else, and its work grows with its length times that of the lists. Throws
 * Fault("bad-request") with the place of a mistake.
 */
export function evaluate(text: string, values: Values): number {
  const known = new Map(Object.entries(values));
  const words = read(text);
  let at = 0;
  let depth = 0;
  const next = () => words[at]?.word;
  const take = (wanted: string) => next() === wanted && ++at > 0;
  const expected = (what: string) =>
    wrong(`At character ${(words[at]?.at ?? text.length) + 1} there should be ${what}, not “${next() ?? "the end"}”.`);

  function expression(): Value {
    let left = product();
    for (;;) {
      if (take("+")) left = number("+", left) + number("+", product());
      else if (take("-")) left = number("-", left) - number("-", product());
      else return left;
    }
  }

  function product(): Value {
    let left = signed();
    for (;;) {
      if (take("*")) left = number("*", left) * number("*", signed());
      else if (take("/")) left = number("/", left) / number("/", signed());
      else if (take("%")) left = number("%", left) % number("%", signed());
      else return left;
    }
  }

  function signed(): Value {
    if (++depth > deepest) throw wrong(`It is nested deeper than ${deepest}.`);
    const negative = take("-");
    const base = negative ? signed() : single();
    const value = negative ? -number("-", base) : take("^") ? number("^", base) ** number("^", signed()) : base;
    depth--;
    return value;
  }

  function single(): Value {
    const word = next();
    if (word === undefined) throw expected("a number, a name or “(”");
    if (/^\d/.test(word)) {
      at++;
      return Number(word);
    }
    if (take("(")) {
      const value = expression();
      if (!take(")")) throw expected("“)”");
      return value;
    }
    if (!/^[a-z_]/i.test(word)) throw expected("a number, a name or “(”");
    at++;
    return next() === "(" ? call(word) : named(word);
  }

  function named(name: string): Value {
    const value = known.get(name);
    if (value === undefined)
      throw wrong(`There is no value “${name}”. There are: ${[...known.keys()].join(", ") || "none"}.`);
    return value;
  }

  function call(name: string): number {
    const called = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (!called) throw wrong(`There is no function “${name}”. There are: ${Object.keys(functions).join(", ")}.`);
    at++;
    const given = [expression()];
    while (take(",")) given.push(expression());
    if (!take(")")) throw expected("“)”");
    if (given.length !== called.takes) throw wrong(`${name} takes ${called.takes} values, not ${given.length}.`);
    return called.of(...given);
  }

  const result = number("the whole", expression());
  if (at < words.length) throw expected("the end or one of + - * / % ^");
  if (!Number.isFinite(result)) throw wrong("It comes to no number: something is divided by zero or too large.");
  return result;
}

function read(text: string): { word: string; at: number }[] {
  const words: { word: string; at: number }[] = [];
  const end = text.trimEnd().length;
  for (token.lastIndex = 0; token.lastIndex < end; ) {
    const from = token.lastIndex;
    const found = token.exec(text);
    if (!found) throw wrong(`At character ${from + 1} there is something that has no meaning here.`);
    words.push({ word: found[0].trim(), at: token.lastIndex - found[0].trim().length });
  }
  return words;
}

function number(where: string, value: Value): number {
  if (typeof value === "number") return value;
  throw wrong(`${where} takes a number, and was given a list.`);
}

function listOf(where: string, value: Value, least = 1): number[] {
  const list = typeof value === "number" ? [value] : [...value];
  if (list.length < least) throw wrong(`${where} needs a list with something in it.`);
  return list;
}

function share(percent: number): number {
  if (percent >= 0 && percent <= 100) return percent / 100;
  throw wrong("percentile takes a share from 0 to 100.");
}

function wrong(sentence: string): Fault {
  return new Fault("bad-request", `The expression cannot be computed. ${sentence}`, { undone: true });
}
