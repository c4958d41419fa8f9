import type { Json } from "./json.ts";

const shortest = 6;

/** How a secret, such as the value of a header, may come back in an answer: whole, without its scheme, decoded, encoded. */
function spellingsOf(value: string): string[] {
  const [scheme = "", rest = ""] = value.split(/ (.*)/s);
  const credential = rest === "" ? value : rest;
  const decoded = /^basic$/i.test(scheme) ? Buffer.from(credential, "base64").toString("utf8") : "";
  const plain = [value, credential, decoded, decoded.slice(decoded.indexOf(":") + 1)];
  return plain.flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text.toWellFormed()),
    Buffer.from(text).toString("base64"),
    Buffer.from(text).toString("hex"),
  ]);
}

/** The text with every secret in it blotted out: a server may send back what it was sent. Values under 6 characters are no secrets. */
export function conceal(text: string, secrets: readonly string[]): string {
  return blot(text, soughtFor(secrets));
}

/** Every spelling that is looked for, the longest first. */
function soughtFor(secrets: readonly string[]): string[] {
  const spellings = [...new Set(secrets.flatMap(spellingsOf))].filter((spelling) => spelling.length >= shortest);
  return spellings.sort((a, b) => b.length - a.length);
}

function blot(text: string, spellings: readonly string[]): string {
  return spellings.reduce((shown, spelling) => shown.replaceAll(spelling, "[secret]"), text);
}

/** The longest of their spellings: where a text was cut, so much of its end may be the beginning of a secret. */
export function longestSpelling(secrets: readonly string[]): number {
  return Math.max(0, ...secrets.flatMap(spellingsOf).map((spelling) => spelling.length));
}

/** The same for every text in a value; what its members are called stays. */
export function concealIn<T extends Json>(value: T, secrets: readonly string[]): T {
  const spellings = soughtFor(secrets);
  const concealed = (at: Json): Json => {
    if (typeof at === "string") return blot(at, spellings);
    if (Array.isArray(at)) return at.map(concealed);
    if (at === null || typeof at !== "object") return at;
    return Object.fromEntries(Object.entries(at).map(([name, item]) => [name, concealed(item)]));
  };
  return concealed(value) as T;
}
