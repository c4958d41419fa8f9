import { cleanText } from "../../domain/text.ts";

/** What may stand in a link that stays alive: no "@" (a host in front of the real one) and nothing Discord would format. */
const link = /https?:\/\/[A-Za-z0-9][A-Za-z0-9.-]*(?::\d+)?(?:[/?#][A-Za-z0-9\-._~/?#&=%+:,;]*)?/g;

/**
 * Text from anywhere as Discord markdown that shows exactly that text: nothing becomes a mention, a heading, a list, a
 * quote, code, a spoiler, an emoji or a masked link. A plain http(s) address stays a link, in the form that shows its
 * true host and is never unfurled; anything less plain is shown, but is dead.
 */
export function neutral(text: string): string {
  const clean = cleanText(text).replaceAll("\r\n", "\n");
  let out = "";
  let from = 0;
  for (const { 0: address, index } of clean.matchAll(link)) {
    const before = clean[index - 1] ?? " ";
    const after = clean[index + address.length] ?? " ";
    if (!/[\s("'[]/.test(before) || !/[\s)"'!\]]/.test(after)) continue;
    let end = address.length;
    while (".,;:?".includes(address[end - 1] ?? " ")) end--;
    const whole = address.slice(0, end);
    out += `${escaped(clean.slice(from, index))}<${whole}>`;
    from = index + whole.length;
  }
  return atLineStarts(out + escaped(clean.slice(from)));
}

/** Discord shows the character after a backslash as it is, whatever it is, if it is no letter, digit or space. */
function escaped(text: string): string {
  return text.replace(/[\\*_~`|<>[\]@]|:(?=[^\s:]+:)/g, "\\$&").replaceAll("://", ":\\//");
}

/** Headings, subtext, lists: alive only where a line begins. */
function atLineStarts(text: string): string {
  return text.replace(
    /^([^\S\n\r\u2028\u2029]*)([#+-]|(\d+)([.)]))/gm,
    (_, space: string, mark: string, number?: string, dot?: string) =>
      number === undefined ? `${space}\\${mark}` : `${space}${number}\\${dot}`,
  );
}

/**
 * The beginning of a text, so that with its escapes it is at most `longest` characters (UTF-16 units, as Discord is
 * stricter nowhere), and how many characters of the original are missing. Ends in "… (N characters more)" when some are.
 */
export function cut(text: string, longest: number): { readonly shown: string; readonly missing: number } {
  const whole = neutral(text);
  if (whole.length <= longest) return { shown: whole, missing: 0 };
  const letters = [...cleanText(text)];
  const tail = (missing: number) => `… (${missing} characters more)`;
  const room = longest - tail(letters.length).length;
  let low = 0;
  let high = Math.min(letters.length, Math.max(room, 0));
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (neutral(letters.slice(0, middle).join("")).length <= room) low = middle;
    else high = middle - 1;
  }
  const missing = letters.length - low;
  return { shown: `${neutral(letters.slice(0, low).join(""))}${tail(missing)}`, missing };
}

/** For labels, titles and modals, which Discord never formats: one clean line of at most `longest` characters, never empty. */
export function plain(text: string, longest: number): string {
  const line = cleanText(text).replace(/\s+/g, " ").trim();
  if (line.length <= longest) return line === "" ? "…" : line;
  return `${line
    .slice(0, longest - 1)
    .toWellFormed()
    .replace(/\ufffd$/, "")}…`;
}
