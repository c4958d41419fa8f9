import { createHash } from "node:crypto";
import { v7 } from "uuid";

/** A new UUIDv7. */
export function newId(): string {
  return v7();
}

/**
 * The id that always follows from these names: the first is a UUIDv7, whose time the new id keeps, so that rows made
 * together lie together. A run's id derives from (inbox id, definition name), an effect's from (actor, step, generation).
 */
export function deriveId(from: string, ...names: readonly (string | number)[]): string {
  const hash = createHash("sha256")
    .update([from, ...names].join("\u0000"), "utf8")
    .digest();
  const bytes = Buffer.concat([Buffer.from(from.replaceAll("-", "").slice(0, 12), "hex"), hash.subarray(0, 10)]);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** What people see of a run: `R-` and six base32 characters of the id's random end. For reading aloud, not a key. */
export function shortId(id: string): string {
  let bits = Number.parseInt(id.slice(-8), 16);
  let text = "";
  for (let i = 0; i < 6; i++) {
    text += alphabet[bits % 32];
    bits = Math.floor(bits / 32);
  }
  return `R-${text}`;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a text from outside could be one of our ids. */
export function isId(text: string): boolean {
  return uuid.test(text);
}
