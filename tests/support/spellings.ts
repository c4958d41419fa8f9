/** How a server may say back what it was sent, each made by hand: by what `src/domain/spelling.ts` undoes it is not made. */
export const spellings: Readonly<Record<string, (text: string) => string>> = {
  "in clear": (text) => text,
  "in capitals": (text) => text.toUpperCase(),
  Base64: (text) => Buffer.from(text).toString("base64"),
  "Base64 without padding": (text) => Buffer.from(text).toString("base64").replace(/=+$/, ""),
  "Base64 for addresses": (text) => Buffer.from(text).toString("base64url"),
  "Base64 of something longer": (text) => Buffer.from(`{"sent":"Bearer ${text}"}`).toString("base64"),
  "Base64 of something a byte longer": (text) => Buffer.from(`{"sent":"Bearer ${text}!"}`).toString("base64url"),
  "Base64 of something two bytes longer": (text) => Buffer.from(`{"sent": "Bearer ${text}"}`).toString("base64"),
  "Base64 in lines": (text) => Buffer.from(`sent ${text}`).toString("base64").replace(/.{8}/g, "$&\r\n"),
  "Base64 in lines in JSON": (text) =>
    JSON.stringify(Buffer.from(text).toString("base64").replace(/.{8}/g, "$&\n")).slice(1, -1),
  hexadecimal: (text) => Buffer.from(text).toString("hex"),
  HEXADECIMAL: (text) => Buffer.from(text).toString("hex").toUpperCase(),
  "percent-encoded": (text) => encodeURIComponent(text),
  "percent-encoded in small letters": (text) => encodeURIComponent(text).replace(/%../g, (sign) => sign.toLowerCase()),
  "percent-encoded throughout": (text) => [...Buffer.from(text)].map((byte) => `%${hexOf(byte)}`).join(""),
  "percent-encoded twice": (text) => encodeURIComponent(encodeURIComponent(text)),
  "as a form": (text) => new URLSearchParams({ sent: text }).toString(),
  JSON: (text) => JSON.stringify(text).slice(1, -1),
  "JSON in JSON": (text) => JSON.stringify(JSON.stringify(text)).slice(3, -3),
  "JSON as PHP writes it": (text) => JSON.stringify(text).slice(1, -1).replaceAll("/", "\\/"),
  "JSON in numbers": (text) => [...text].map((sign) => `\\u00${hexOf(sign.charCodeAt(0))}`).join(""),
  "a program's text": (text) => [...text].map((sign) => `\\x${hexOf(sign.charCodeAt(0))}`).join(""),
  HTML: (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`).replaceAll("/", "&#x2F;"),
  "HTML by names": (text) =>
    text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("/", "&sol;").replaceAll("+", "&plus;"),
  "HTML in numbers": (text) => [...text].map((sign) => `&#${sign.charCodeAt(0)};`).join(""),
};

function hexOf(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
