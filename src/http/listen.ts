import { once } from "node:events";
import type { Server } from "node:http";
import { serve } from "@hono/node-server";
import type { Hono } from "hono";
import { Fault } from "../domain/fault.ts";
import type { Env } from "./app.ts";

export interface Listening {
  /** Where a browser finds us. */
  readonly url: string;
  /** Takes no new connection, lets requests under way end, and cuts what is left after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Longer than proxies keep an idle connection (60 s): one that we close while they send on it would be an error to their caller. */
const idleMs = 70_000;

/** Opens the port. Throws one readable sentence when it cannot. Port 0 takes a free one. */
export async function listen(
  app: Hono<Env>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Listening> {
  const server = serve({ fetch: app.fetch, hostname: host, port }) as Server;
  server.keepAliveTimeout = idleMs;
  try {
    await once(server, "listening");
  } catch (error) {
    const inUse = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    throw new Fault(
      "bad-config",
      inUse
        ? `Port ${port} on ${host} is taken: stop the other program or set PORT.`
        : `Cannot listen on ${host}:${port}: ${(error as Error).message}.`,
      { cause: error },
    );
  }
  const address = server.address();
  const real = typeof address === "object" && address !== null ? address.port : port;
  const name = host === "127.0.0.1" || host === "::1" ? "localhost" : host;
  return {
    url: `http://${name}:${real}`,
    async close(graceMs) {
      const closed = once(server, "close");
      server.close();
      // A kept-alive connection becomes idle only when its answer has ended.
      const sweep = setInterval(() => server.closeIdleConnections(), 50);
      const cut = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearInterval(sweep);
      clearTimeout(cut);
    },
  };
}
