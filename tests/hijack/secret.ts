/** Ways in which a secret could be written so that whoever gets it can read it. */
function spellings(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  // Base64 of a text depends on how many bytes stand before it; the first and last characters on what those are.
  const base64 = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replace(/=+$/, "")
      .slice(before === 0 ? 0 : before + 1, -1),
  );
  const reversed = [...secret].reverse().join("");
  return [
    secret,
    reversed,
    bytes.toString("hex"),
    ...base64,
    ...base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
    Buffer.from(reversed).toString("hex"),
  ].map(plain);
}

/** Whether any spelling of the secret stands in the text, however it is encoded around it. */
export function holds(text: string, secret: string): boolean {
  const seen = [text, decoded(text), decoded(decoded(text)), visible(text)].map(plain);
  return spellings(secret).some((spelling) => seen.some((one) => one.includes(spelling)));
}

/** Without what may be strewn between the letters. */
function plain(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "");
}

function decoded(text: string): string {
  return text
    .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** What is written in bits of two characters of no width, as a text. */
function visible(text: string): string {
  const bits = [...decoded(text)].filter((one) => one === "\u200c" || one === "\u200d");
  const bytes = (
    bits
      .map((one) => (one === "\u200c" ? "1" : "0"))
      .join("")
      .match(/.{8}/g) ?? []
  ).map((byte) => Number.parseInt(byte, 2));
  return Buffer.from(bytes).toString("utf8");
}
