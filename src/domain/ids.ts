import { hash } from "node:crypto";
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
  const random = hash("sha256", [from, ...names].join("\u0000"), "hex");
  const variant = "89ab"[Number.parseInt(random.charAt(4), 16) & 3];
  return `${from.slice(0, 13)}-7${random.slice(1, 4)}-${variant}${random.slice(5, 8)}-${random.slice(8, 20)}`;
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

/** What a ticket is called in its tracker: "OPS-12". Nothing in it can lead elsewhere in an address. */
export const ticketKey = /^[A-Z][A-Z0-9_]{0,30}-\d{1,9}$/;
