import type { Context } from "hono";
import { Fault } from "../domain/fault.ts";
import { newId } from "../domain/ids.ts";
import type { Env } from "./app.ts";

const longest = 200;

/** What a second copy of this request is known by: its `Idempotency-Key`, or a key that no other has. Throws Fault("bad-request"). */
export function idempotencyKey(c: Context<Env>): string {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return newId();
  if (/^[\x20-\x7e]+$/.test(key) && key.length <= longest) return key;
  throw new Fault("bad-request", `The Idempotency-Key must be 1 to ${longest} plain characters, such as a UUID.`);
}
