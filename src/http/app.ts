import type { HttpBindings } from "@hono/node-server";
import type { Context, Hono } from "hono";
import type { Person } from "../domain/incoming.ts";

/** What the doors and pages are told about this Steward. */
export interface Settings {
  readonly tenant: string;
  readonly mode: "trial" | "production";
  readonly version: string;
  /** Signs session cookies; kept in the data folder so that a restart signs nobody out. */
  readonly sessionSecret: string;
}

/** Who a request comes from. */
export type Caller =
  | { readonly kind: "person"; readonly person: Person }
  | { readonly kind: "key"; readonly id: string; readonly scopes: readonly string[] }
  | { readonly kind: "nobody" };

/** What our Hono apps carry: the caller once known, and Node's request. */
export interface Env {
  Variables: { caller: Caller };
  Bindings: Partial<HttpBindings>;
}

/** The pages, mounted by whoever composes: the doors do not know them. */
export interface Pages {
  /** Adds the routes of the pages and their files. `closed` (production): every page answers 503 with this sentence. */
  mount(app: Hono<Env>, closed: string | null): void;
  /** A page for people that says what went wrong. */
  failed(c: Context<Env>, status: number, title: string, detail: string): Response | Promise<Response>;
}
