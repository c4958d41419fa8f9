import { readFileSync } from "node:fs";
import type { Hono } from "hono";
import { sha256 } from "../domain/json.ts";
import type { Env } from "../http/app.ts";

const types: Readonly<Record<string, string>> = {
  "app.js": "text/javascript; charset=utf-8",
  "style.css": "text/css; charset=utf-8",
  "mark.svg": "image/svg+xml",
};

/** Our own style, script and mark: read once, asked for again by hash. */
export function serveAssets(app: Hono<Env>): void {
  for (const [name, type] of Object.entries(types)) {
    const body = readFileSync(new URL(`./assets/${name}`, import.meta.url), "utf8");
    const etag = `"${sha256(body).slice(0, 16)}"`;
    app.get(`/assets/${name}`, (c) => {
      const headers = { "content-type": type, etag, "cache-control": "no-cache" };
      return c.req.header("if-none-match") === etag ? c.body(null, 304, headers) : c.body(body, 200, headers);
    });
  }
}
