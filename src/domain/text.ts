/**
 * Normalises text from outside, once, at the door: NFC, no NUL and no lone surrogates (PostgreSQL and canonical JSON
 * refuse both), no bidi controls or zero-width characters (they make a card show what will not run).
 */
export function cleanText(text: string): string {
  return text
    .toWellFormed()
    .normalize("NFC")
    .replace(/[\u0000\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, "");
}

/** The same for every string inside a JSON value, keys included. */
export function cleanJson<T>(value: T): T {
  if (typeof value === "string") return cleanText(value) as T;
  if (Array.isArray(value)) return value.map(cleanJson) as T;
  if (value !== null && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [cleanText(key), cleanJson(item)])) as T;
  return value;
}

/** At most `longest` characters, the last of them "…" when something is left out. */
export function shorten(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1).toWellFormed()}…`;
}

/** As one line of a card: no line breaks, at most 200 characters. */
export function oneLine(text: string): string {
  return shorten(text.replace(/\s+/g, " ").trim(), 200);
}

/** A text as the end of a sentence: with its own mark if it has one, else with one full stop. */
export function sentenceEnd(text: string): string {
  const words = text.trim().replace(/[.\s]+$/u, "");
  return /[!?…]["”»)]*$/u.test(words) ? words : `${words}.`;
}

/**
 * The same text, where every character that cannot be seen, passes for a space or may pass for a Latin letter is written as its
 * number: \u200b, \u0441heckout. Words that are wholly of another alphabet stay as they are.
 */
export function showHidden(text: string): string {
  return text
    .replaceAll(words, (word) => (/[A-Za-z]/.test(word) ? word.replaceAll(foreign, numbered) : word))
    .replaceAll(styled, numbered)
    .replaceAll(/(?![ \n])[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu, numbered);
}

/** Words, and what is made of several without a space: addresses, paths, versions. */
const words = /[\p{L}\p{M}\p{N}_./@:]+/gu;
/** Alphabets with letters that look like Latin ones. */
const foreign =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}]/gu;
/** Latin letters in other dress: mathematical, full-width, Roman numerals. */
const styled = /[\u{1d400}-\u{1d7ff}\uff21-\uff3a\uff41-\uff5a\u2160-\u217f]/gu;

function numbered(character: string): string {
  return character.replaceAll(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
