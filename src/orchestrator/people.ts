import type { Person } from "../domain/incoming.ts";
import type { Statements } from "./queue.ts";

/** These people with the roles they hold now, read in the caller's transaction. Who is unknown is left out. */
export type PeopleNow = (on: Statements, tenant: string, ids: readonly string[]) => Promise<Person[]>;

/** Active members who hold any of these roles, by name. */
export type Holders = (on: Statements, tenant: string, roles: readonly string[]) => Promise<Person[]>;
