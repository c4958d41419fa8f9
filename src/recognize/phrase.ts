import type { Slot } from "./slot.ts";

/** One sentence people may say, compiled. */
export interface Phrase {
  readonly text: string;
  /** The words as they were said, by slot, when the whole sentence is this phrase; else null. */
  match(said: string): Record<string, string> | null;
  /** This phrase as Steward says it: optional parts only where they carry a value that is given. */
  say(values: Readonly<Record<string, string>>): string;
  /** The fixed words in it. */
  readonly words: readonly string[];
  /** Ways to say it, slots left open; when there are more than `limit`, that many, spread over all of them. */
  variants(limit: number): string[];
}

type Part =
  | { readonly kind: "word"; readonly word: string }
  | { readonly kind: "slot"; readonly name: string; readonly after: string }
  | { readonly kind: "optional"; readonly parts: readonly Part[] }
  | { readonly kind: "either"; readonly options: readonly (readonly Part[])[] };

/** Compiles `restart [the] {service} [(in|on) {environment}]`. A slot no parameter has is a mistake in the intent: it throws. */
export function compilePhrase(text: string, slots: ReadonlyMap<string, Slot>): Phrase {
  const tokens = text.match(/\{\w+\}[^\s[\]()|]*|[[\]()|]|[^\s[\]()|{}]+/g) ?? [];
  const parts = readParts(tokens, text);
  const expression = new RegExp(`^${parts.map((part) => source(part, slots, text)).join("")}$`, "iu");
  return {
    text,
    words: wordsOf(parts),
    match(said) {
      const found = expression.exec(` ${said}`);
      if (!found) return null;
      return Object.fromEntries(Object.entries(found.groups ?? {}).filter((entry) => entry[1] !== undefined));
    },
    variants(limit) {
      const all = variantsOf(parts);
      return all.filter((_, i) => Math.floor((i * limit) / all.length) !== Math.floor(((i - 1) * limit) / all.length));
    },
    say: (values) => parts.flatMap((part) => render(part, values)).join(" "),
  };
}

function readParts(tokens: string[], text: string): Part[] {
  const parts: Part[] = [];
  for (let token = tokens.shift(); token !== undefined; token = tokens.shift()) {
    const slot = /^\{(\w+)\}(.*)$/.exec(token);
    if (slot) parts.push({ kind: "slot", name: slot[1] ?? "", after: slot[2] ?? "" });
    else if (token === "[") parts.push({ kind: "optional", parts: readParts(until(tokens, "[", "]", text), text) });
    else if (token === "(")
      parts.push({
        kind: "either",
        options: splitOptions(until(tokens, "(", ")", text)).map((option) => readParts(option, text)),
      });
    else if (token === "]" || token === ")" || token === "|")
      throw new TypeError(`Unexpected ${token} in the phrase "${text}"`);
    else parts.push({ kind: "word", word: token });
  }
  return parts;
}

/** Takes the tokens up to the bracket that closes the one just read. */
function until(tokens: string[], open: string, close: string, text: string): string[] {
  let depth = 1;
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] === open) depth++;
    if (tokens[i] === close) depth--;
    if (depth === 0) return tokens.splice(0, i + 1).slice(0, -1);
  }
  throw new TypeError(`${open} is not closed in the phrase "${text}"`);
}

function splitOptions(tokens: readonly string[]): string[][] {
  const options: string[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token === "(" || token === "[") depth++;
    if (token === ")" || token === "]") depth--;
    if (token === "|" && depth === 0) options.push([]);
    else options.at(-1)?.push(token);
  }
  return options;
}

/** Every word brings the blank before it, so that leaving an optional part out leaves no blank behind. */
function source(part: Part, slots: ReadonlyMap<string, Slot>, text: string): string {
  const all = (parts: readonly Part[]): string => parts.map((inner) => source(inner, slots, text)).join("");
  switch (part.kind) {
    case "word":
      return ` ${escaped(part.word)}`;
    case "slot": {
      const slot = slots.get(part.name);
      if (!slot) throw new TypeError(`The phrase "${text}" names {${part.name}}, which is no parameter`);
      return ` (?<${part.name}>${slot.grammar})${escaped(part.after)}`;
    }
    case "optional":
      return `(?:${all(part.parts)})?`;
    case "either":
      return `(?:${part.options.map(all).join("|")})`;
  }
}

function render(part: Part, values: Readonly<Record<string, string>>): string[] {
  switch (part.kind) {
    case "word":
      return [part.word];
    case "slot":
      return [(values[part.name] ?? `{${part.name}}`) + part.after];
    case "either":
      return (part.options[0] ?? []).flatMap((inner) => render(inner, values));
    case "optional": {
      const names = slotNames(part.parts);
      return names.length > 0 && names.every((name) => values[name] !== undefined)
        ? part.parts.flatMap((inner) => render(inner, values))
        : [];
    }
  }
}

function variantsOf(parts: readonly Part[]): string[] {
  return parts.reduce<string[]>(
    (before, part) => before.flatMap((start) => endsOf(part).map((end) => `${start} ${end}`.trim())),
    [""],
  );
}

function endsOf(part: Part): string[] {
  switch (part.kind) {
    case "word":
      return [part.word];
    case "slot":
      return [`{${part.name}}${part.after}`];
    case "optional":
      return ["", ...variantsOf(part.parts)];
    case "either":
      return part.options.flatMap(variantsOf);
  }
}

function slotNames(parts: readonly Part[]): string[] {
  return parts.flatMap((part) => {
    if (part.kind === "slot") return [part.name];
    // What is optional inside an optional part does not decide whether the outer one is said.
    return part.kind === "either" ? slotNames(part.options[0] ?? []) : [];
  });
}

function wordsOf(parts: readonly Part[]): string[] {
  return parts.flatMap((part) => {
    if (part.kind === "word") return [part.word.toLowerCase()];
    if (part.kind === "slot") return [];
    return part.kind === "optional" ? wordsOf(part.parts) : part.options.flatMap(wordsOf);
  });
}

/** A word as the source of a regular expression that finds it. */
export function escaped(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
