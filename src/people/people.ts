export type { ApiKey, KeyCheck, Scope } from "./keys.ts";
export { checkKey, hashKey, keyIdOf, newKey, parseScopes } from "./keys.ts";
export type { Action, Permission, Subject } from "./permits.ts";
export { permits } from "./permits.ts";
export { maySee, seenBy } from "./seen.ts";
