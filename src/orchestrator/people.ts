import type { Person } from "../domain/incoming.ts";
import type { Statements } from "./queue.ts";

/** Active members who hold any of these roles, by name. */
export type Holders = (on: Statements, tenant: string, roles: readonly string[]) => Promise<Person[]>;
