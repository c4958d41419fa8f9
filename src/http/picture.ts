import type { Context } from "hono";
import { Fault } from "../domain/fault.ts";
import type { Env } from "./app.ts";

/** A PNG that never changes under its address, kept by the browser alone: who may see it was asked, and is asked of everybody else. */
export function pictureAnswer(c: Context<Env>, png: Buffer | null): Response {
  if (png === null) throw new Fault("not-found", "There is no such picture, or it is not yours to see.");
  return c.body(new Uint8Array(png), 200, {
    "content-type": "image/png",
    "content-disposition": "inline",
    "cache-control": "private, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
  });
}
