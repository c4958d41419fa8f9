import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import type { Fault } from "../../src/domain/fault.ts";
import type { JsonObject } from "../../src/domain/json.ts";
import type { AnyTool } from "../../src/domain/tool.ts";

interface Asked {
  readonly method: string;
  /** Decoded path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads the body it expects
  readonly body: any;
}

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; absent: no body. */
  readonly body?: unknown;
  /** The connection is cut instead of answered. */
  readonly cut?: true;
}

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A system on this machine that answers as the test says and remembers what it was asked. Gone after the test. */
export async function localSystem(answer: (asked: Asked) => Answer | Promise<Answer>) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      const url = new URL(request.url ?? "/", "http://local");
      const text = Buffer.concat(chunks).toString("utf8");
      const one: Asked = {
        method: request.method ?? "",
        path: decodeURIComponent(url.pathname),
        query: url.searchParams,
        headers: request.headers,
        body: text === "" ? null : JSON.parse(text),
      };
      asked.push(one);
      const { status = 200, headers = {}, body, cut } = await answer(one);
      if (cut) return request.socket.destroy();
      response.writeHead(status, { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers });
      return response.end(body === undefined ? undefined : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** Lets nobody on before this many have come; later ones pass. */
export function meetingOf(many: number): () => Promise<void> {
  const { promise: met, resolve } = Promise.withResolvers<void>();
  let come = 0;
  return () => {
    come += 1;
    if (come === many) resolve();
    return met;
  };
}

/** Calls a tool as the kernel does: its arguments checked, its result checked. A Fault is a value here. */
export async function callTool(
  tools: readonly AnyTool[],
  name: string,
  args: JsonObject,
  effectId = "0190-effect",
  // biome-ignore lint/suspicious/noExplicitAny: the result of any tool
): Promise<any> {
  const tool = toolNamed(tools, name);
  try {
    const result = await tool.run({
      tenant: "default",
      args: tool.params.parse(args),
      effectId,
      actorId: "a1",
      runId: "a1",
      requesterId: null,
      signal: new AbortController().signal,
      progress: () => undefined,
    });
    return tool.result.parse(result);
  } catch (error) {
    return error as Fault;
  }
}

export function toolNamed(tools: readonly AnyTool[], name: string): AnyTool {
  const tool = tools.find((one) => one.name === name);
  if (!tool) throw new Error(`There is no tool ${name}; there are ${tools.map((one) => one.name).join(", ")}`);
  return tool;
}
