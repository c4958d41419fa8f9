import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** A server of this test's own on 127.0.0.1, and what it was asked. */
export interface LocalServer {
  readonly port: number;
  readonly asked: IncomingMessage[];
  [Symbol.asyncDispose](): Promise<void>;
}

export async function serveLocally(answer: RequestListener): Promise<LocalServer> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
