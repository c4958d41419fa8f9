import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** What an API key may be allowed to do. */
const scopes = ["workflows:write", "workflows:read", "audit:read", "gates:read", "runs:steer"] as const;
export type Scope = (typeof scopes)[number];

/** A stored key. The secret itself is never stored. */
export interface ApiKey {
  readonly id: string;
  readonly hash: Uint8Array;
  readonly scopes: readonly string[];
  readonly revoked: boolean;
}

/** A new key: `secret` ("stw_<id>_<random>") is shown once, `hash` is what is kept. */
export function newKey(): { readonly id: string; readonly secret: string; readonly hash: Buffer } {
  const id = randomBytes(6).toString("hex");
  const secret = `stw_${id}_${randomBytes(32).toString("base64url")}`;
  return { id, secret, hash: hashKey(secret) };
}

/** SHA-256 of a secret. Enough without salt or stretching, since the secret holds 256 random bits. */
export function hashKey(secret: string): Buffer {
  return createHash("sha256").update(secret, "utf8").digest();
}

/** The id inside a secret, to look the key up by; null when this is no key of ours. */
export function keyIdOf(secret: string): string | null {
  return /^stw_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/.exec(secret)?.[1] ?? null;
}

export type KeyCheck =
  | { readonly ok: true }
  | { readonly ok: false; readonly because: "unknown" | "revoked" | "scope"; readonly sentence: string };

/** Whether this secret opens this door. Compares in constant time; pass null when no key has the secret's id. */
export function checkKey(secret: string, key: ApiKey | null, scope: Scope): KeyCheck {
  const hash = hashKey(secret);
  const same = key !== null && key.hash.length === hash.length && timingSafeEqual(hash, key.hash);
  if (!same)
    return {
      ok: false,
      because: "unknown",
      sentence: "This API key is not known; create one with: npx steward key create",
    };
  if (key.revoked)
    return {
      ok: false,
      because: "revoked",
      sentence: `API key ${key.id} was revoked; create a new one with: npx steward key create`,
    };
  if (!key.scopes.includes(scope))
    return {
      ok: false,
      because: "scope",
      sentence: `API key ${key.id} lacks the scope ${scope}; create one that has it`,
    };
  return { ok: true };
}

/** The scopes of a text such as "workflows:write,audit:read", or the sentence what is wrong with it. */
export function parseScopes(
  text: string,
): { readonly ok: true; readonly scopes: readonly Scope[] } | { readonly ok: false; readonly sentence: string } {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const wrong = names.find((name) => !(scopes as readonly string[]).includes(name));
  if (wrong !== undefined)
    return { ok: false, sentence: `"${wrong}" is not a scope; use some of ${scopes.join(", ")}` };
  if (names.length === 0) return { ok: false, sentence: `A key needs at least one scope: ${scopes.join(", ")}` };
  return { ok: true, scopes: scopes.filter((scope) => names.includes(scope)) };
}
