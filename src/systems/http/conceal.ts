const shortest = 6;

/** How a secret header value may come back in an answer: whole, without its scheme, decoded, encoded. */
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
  const spellings = [...new Set(secrets.flatMap(spellingsOf))].filter((spelling) => spelling.length >= shortest);
  return spellings
    .sort((a, b) => b.length - a.length)
    .reduce((shown, spelling) => shown.replaceAll(spelling, "[secret]"), text);
}

/** The longest of their spellings: where a text was cut, so much of its end may be the beginning of a secret. */
export function longestSpelling(secrets: readonly string[]): number {
  return Math.max(0, ...secrets.flatMap(spellingsOf).map((spelling) => spelling.length));
}
