import type { Json } from "./json.ts";
import { type Spelled, type Spelling, spelled, spellingsOf } from "./spelling.ts";

const shortest = 6;

/** What of a secret, such as the value of a header, may come back: whole, without its scheme, decoded, the password alone. */
function partsOf(value: string): string[] {
  const [scheme = "", rest = ""] = value.split(/ (.*)/s);
  const credential = rest === "" ? value : rest;
  const decoded = /^basic$/i.test(scheme) ? Buffer.from(credential, "base64").toString("utf8") : "";
  return [value, credential, decoded, decoded.slice(decoded.indexOf(":") + 1)];
}

/**
 * The text with every secret in it blotted out: a server may send back what it was sent. Found in clear, in Base64 (both
 * alphabets, also as a part of something longer), in hexadecimal, percent-encoded and escaped as in JSON or HTML, in
 * capitals or not. Values under 6 characters are no secrets.
 */
export function conceal(text: string, secrets: readonly string[]): string {
  return blot(text, spelled(text), soughtFor(secrets));
}

/** The same for a text whose end was cut off: without so much of its end as may be the beginning of a secret. */
export function concealCut(text: string, secrets: readonly string[]): string {
  const sought = soughtFor(secrets);
  const longest = Math.max(0, ...sought.map((one) => one.sought.length + one.after));
  const { from } = spelled(text);
  const kept = longest === 0 ? text : text.slice(0, from[Math.max(0, from.length - longest)] ?? 0);
  return blot(kept, spelled(kept), sought);
}

/** The same for every text in a value; what its members are called stays. */
export function concealIn<T extends Json>(value: T, secrets: readonly string[]): T {
  const sought = soughtFor(secrets);
  const concealed = (at: Json): Json => {
    if (typeof at === "string") return blot(at, spelled(at), sought);
    if (Array.isArray(at)) return at.map(concealed);
    if (at === null || typeof at !== "object") return at;
    return Object.fromEntries(Object.entries(at).map(([name, item]) => [name, concealed(item)]));
  };
  return concealed(value) as T;
}

function soughtFor(secrets: readonly string[]): Spelling[] {
  const parts = [...new Set(secrets.flatMap(partsOf))];
  return parts.flatMap(spellingsOf).filter(({ sought }) => sought.length >= shortest);
}

type Range = readonly [from: number, to: number];

function blot(text: string, read: Spelled, spellings: readonly Spelling[]): string {
  const found = spellings.flatMap((spelling) => rangesOf(text, read, spelling)).sort((a, b) => a[0] - b[0]);
  let shown = "";
  let at = 0;
  for (const [from, to] of found) {
    // What overlaps or touches is one secret.
    if (from > at || shown === "") shown += `${text.slice(at, from)}[secret]`;
    at = Math.max(at, to);
  }
  return shown + text.slice(at);
}

/** Where in the text it stands. */
function rangesOf(text: string, { bytes, from, to }: Spelled, { sought, before, after }: Spelling): Range[] {
  const ranges: Range[] = [];
  const isEncoded = (i: number) => /[a-z0-9+/]/.test(bytes.charAt(i)) && text[from[i] ?? 0] !== " ";
  for (let i = bytes.indexOf(sought); i !== -1; i = bytes.indexOf(sought, i + sought.length)) {
    const first = before > 0 && isEncoded(i - 1) ? i - 1 : i;
    let end = i + sought.length;
    if (after > 0 && isEncoded(end)) end++;
    if (after > 0) while (bytes[end] === "=") end++;
    ranges.push([from[first] ?? 0, to[end - 1] ?? text.length]);
  }
  return ranges;
}
