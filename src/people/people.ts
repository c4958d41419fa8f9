import type { Person, Platform } from "../domain/incoming.ts";

export type { ApiKey, KeyCheck, Scope } from "./keys.ts";
export { checkKey, hashKey, keyIdOf, newKey, parseScopes } from "./keys.ts";
export type { Action, Permission, Subject } from "./permits.ts";
export { permits } from "./permits.ts";
export type { PersonSeed } from "./seed.ts";
export { peopleSchema } from "./seed.ts";

/** Where persons, identities and roles are kept. Always answers what holds now; nothing is cached. */
export interface People {
  person(tenant: string, id: string): Promise<Person | null>;
  /** The person behind a platform's user. `workspace` is "" where the platform has none. */
  byIdentity(tenant: string, platform: Platform, workspace: string, userId: string): Promise<Person | null>;
  /** Active members who hold this role, by name. */
  holders(tenant: string, role: string): Promise<Person[]>;
}
