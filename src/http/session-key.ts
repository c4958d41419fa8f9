import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The key that signs session cookies: made once, kept in the data folder, which is there, readable by its owner only. */
export function sessionKeyIn(folder: string): string {
  const file = join(folder, "session.key");
  if (!existsSync(file)) {
    writeFileSync(file, randomBytes(32).toString("base64url"), { mode: 0o600 });
  }
  return readFileSync(file, "utf8").trim();
}
