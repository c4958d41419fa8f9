import { connect, createServer, type Socket } from "node:net";

/** A way to PostgreSQL that can be cut at the worst moment. */
export interface CuttingProxy {
  readonly url: string;
  /** How many connections were cut: with the request that would commit, and with the answer that says it did. */
  readonly cuts: { readonly request: number; readonly answer: number };
  stop(): Promise<void>;
}

/**
 * Forwards to the server at `url`, and cuts every `every`-th write of the kernel: in turn before the server gets it, so that
 * nothing was committed, and when the server answers, so that it was and nobody hears. Reads pass.
 */
export async function cuttingProxy(url: string, every: number): Promise<CuttingProxy> {
  const { hostname, port } = new URL(url);
  const cuts = { request: 0, answer: 0 };
  const open = new Set<Socket>();
  let writes = 0;
  const door = createServer((client) => {
    const behind = connect(Number(port), hostname);
    let deaf = false;
    const cut = () => {
      client.destroy();
      behind.destroy();
    };
    for (const socket of [client, behind]) {
      open.add(socket);
      socket.on("error", cut);
      socket.on("close", () => {
        open.delete(socket);
        cut();
      });
    }
    client.on("data", (chunk) => {
      // A bind message names its statement: those that write a batch are called so.
      if (chunk.includes("batch-") && ++writes % every === 0) {
        if (cuts.request <= cuts.answer) {
          cuts.request++;
          return cut();
        }
        cuts.answer++;
        deaf = true;
      }
      behind.write(chunk);
    });
    behind.on("data", (chunk) => {
      if (deaf) cut();
      else client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
  const address = door.address();
  if (address === null || typeof address === "string") throw new Error("No free port");
  const through = new URL(url);
  through.port = String(address.port);
  return {
    url: through.href,
    cuts,
    async stop() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => door.close(resolve));
    },
  };
}
