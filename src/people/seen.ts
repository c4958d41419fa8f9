import type { Person } from "../domain/incoming.ts";
import { permits } from "./permits.ts";

/** Who looks: a person, or an API key. */
interface Reader {
  readonly by: Person | null;
  readonly keyId: string | null;
  /** Of a key: it may read the audit. */
  readonly audits?: true;
}

/** Whose run something is or belongs to, and whether it is for them only. */
interface Owned {
  readonly requesterId: string | null;
  readonly personal: boolean;
}

/** Whether somebody may see a run, or what belongs to one. Every door and page asks this. A key sees what is not personal, and its own. */
export function maySee({ by, keyId, audits }: Reader, of: Owned): boolean {
  if (by !== null) return by.id === of.requesterId || permits(by, "run.read", of).ok;
  return !of.personal || audits === true || of.requesterId === `key:${keyId}`;
}

/** The same for a list of runs: nobody's but those of `onlyOf`, and of the personal ones those of `personalOf`. */
export function seenBy({ by, keyId, audits }: Reader): { readonly onlyOf?: string; readonly personalOf?: string } {
  if (by === null) return audits ? {} : { personalOf: `key:${keyId}` };
  return {
    ...(!permits(by, "run.read").ok && { onlyOf: by.id }),
    ...(!permits(by, "run.read", { personal: true }).ok && { personalOf: by.id }),
  };
}
