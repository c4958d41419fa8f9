import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { DEFAULT_INHERITED_ENV_VARS, StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  type CallToolResult,
  CallToolResultSchema,
  ToolListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import { conceal, concealIn } from "../../domain/conceal.ts";
import { Fault } from "../../domain/fault.ts";
import type { Json } from "../../domain/json.ts";
import { guardedFetch } from "../http/guard.ts";
import { explain } from "./failures.ts";
import type { ListedTool } from "./pin.ts";

/** How to reach one MCP server: a process of our own that speaks over its standard input and output, or an address. */
export type McpAddress =
  | {
      readonly command: readonly [string, ...string[]];
      /** Every variable it gets, besides PATH. */
      readonly env: Readonly<Record<string, string>>;
    }
  | {
      readonly url: string;
      /** It may lie in a private network, and may then speak plain http. */
      readonly private: boolean;
      /** Sent with every request. Their values are secret. */
      readonly headers: Readonly<Record<string, string>>;
    };

export interface McpConnection {
  /** What the server offers now. Throws a Fault when that cannot be read. */
  list(): Promise<readonly ListedTool[]>;
  /** `check` throws when, after tools were listed, the call must not go out. */
  call(tool: string, args: Record<string, unknown>, signal: AbortSignal, check: () => void): Promise<CallToolResult>;
  close(): Promise<void>;
}

const connectMs = 30_000;
const listMs = 15_000;
const staleMs = 60_000;
const mostPages = 20;
const mostBytes = 4_000_000;
/** Less strict than the SDK's: one tool with a crooked schema must not hide the others. */
const ToolList = z.looseObject({
  tools: z
    .array(
      z.looseObject({
        name: z.string(),
        description: z.string().optional(),
        inputSchema: z.unknown().optional(),
        outputSchema: z.unknown().optional(),
      }),
    )
    .max(1000),
  nextCursor: z.string().optional(),
});
/** A server that keeps ending is started at most so often in this time. */
const restarts = { most: 5, withinMs: 600_000 };

/** Variables that hold a secret, as their names say. */
const secretName =
  /TOKEN|KEY|SECRET|PASS|PWD|AUTH(?!ORS?(_|$))|CREDENTIAL|COOKIE|SESSION|BEARER|JWT|WEBHOOK|DSN|(^|_)PAT($|_)/i;
/** An address, or settings, with somebody's credentials inside. */
const secretValue = /:\/\/\S*@|(pass\w*|pwd|secret|token|key)\s*=/i;
const credentialsIn = /:\/\/([^\s/?#]+)@/;

/** Values that must not be seen in what the server says. */
function secretsOf(address: McpAddress): string[] {
  if ("url" in address) return Object.values(address.headers);
  return Object.entries(address.env).flatMap(([name, value]) => {
    if (!secretName.test(name) && !secretValue.test(value)) return [];
    const [, credentials] = credentialsIn.exec(value) ?? [];
    return credentials === undefined ? [value] : [value, credentials, credentials.replace(/^[^:]*:/, "")];
  });
}

/**
 * A connection that is made when it is first needed and again after it broke. Whenever it is made, when the server says that
 * its tools changed, and once a minute under use, they are listed anew and handed to `listed` before any call goes out.
 */
export function connectMcp(
  name: string,
  address: McpAddress,
  listed: (tools: readonly ListedTool[]) => void,
): McpConnection {
  const secrets = secretsOf(address);
  let open: Promise<Client> | null = null;
  let listedAt = Number.NEGATIVE_INFINITY;
  let lastWords = "";
  const starts: number[] = [];

  async function connect(): Promise<Client> {
    const now = performance.now();
    while (starts[0] !== undefined && starts[0] < now - restarts.withinMs) starts.shift();
    if (starts[0] !== undefined && starts.length >= restarts.most) {
      const waitMs = Math.ceil(starts[0] + restarts.withinMs - now);
      throw new Fault(
        "platform-busy",
        `The MCP server ${name} ended ${restarts.most} times within ten minutes; it is started again in ${Math.ceil(waitMs / 1000)} s.`,
        { retryAfterMs: waitMs, undone: true },
      );
    }
    starts.push(now);
    lastWords = "";
    const transport = transportTo(address, (words) => {
      lastWords = (lastWords + words).slice(-2000);
    });
    const client = new Client({ name: "steward", version: "1" }, { capabilities: {} });
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
      listedAt = Number.NEGATIVE_INFINITY;
    });
    client.onclose = () => {
      open = null;
    };
    try {
      await client.connect(transport, { timeout: connectMs });
    } catch (error) {
      await client.close().catch(() => undefined);
      throw explain(error, `The MCP server ${name} cannot be reached`, { words: lastWords, sent: false, secrets });
    }
    listedAt = Number.NEGATIVE_INFINITY;
    return client;
  }

  function client(): Promise<Client> {
    if (open === null) {
      const opening = connect();
      open = opening;
      opening.catch(() => {
        if (open === opening) open = null;
      });
    }
    return open;
  }

  async function list(on: Client): Promise<readonly ListedTool[]> {
    const tools: ListedTool[] = [];
    let cursor: string | undefined;
    try {
      for (let page = 0; page < mostPages; page++) {
        const params = cursor === undefined ? {} : { cursor };
        const answer = await on.request({ method: "tools/list", params }, ToolList, { timeout: listMs });
        for (const { name: tool, description, inputSchema, outputSchema } of answer.tools)
          tools.push({ name: tool, description: conceal(description ?? "", secrets), inputSchema, outputSchema });
        cursor = answer.nextCursor;
        if (cursor === undefined) break;
      }
    } catch (error) {
      throw explain(error, `The MCP server ${name} did not list its tools`, { words: lastWords, sent: false, secrets });
    }
    listedAt = performance.now();
    listed(tools);
    return tools;
  }

  return {
    list: async () => list(await client()),
    async call(tool, args, signal, check) {
      const on = await client();
      if (performance.now() - listedAt > staleMs) await list(on);
      check();
      try {
        const answer = await on.request(
          { method: "tools/call", params: { name: tool, arguments: args } },
          CallToolResultSchema,
          {
            signal,
            // The tool's own time ends the call, not the SDK's.
            timeout: 2 ** 31 - 1,
          },
        );
        return concealIn(answer as unknown as Json, secrets) as unknown as CallToolResult;
      } catch (error) {
        // A session over HTTP that the server forgot is begun anew with the next call.
        if ("url" in address) await on.close().catch(() => undefined);
        throw explain(error, `The MCP server ${name} did not carry out ${tool}`, {
          words: lastWords,
          sent: true,
          secrets,
        });
      }
    },
    async close() {
      const closing = open;
      open = null;
      await closing?.then(
        (on) => on.close(),
        () => undefined,
      );
    },
  };
}

function transportTo(address: McpAddress, heard: (words: string) => void): Transport {
  if ("command" in address) {
    const [command, ...args] = address.command;
    // The SDK adds HOME, USER and others of ours: a server gets what is named, and PATH.
    const withheld = Object.fromEntries(
      DEFAULT_INHERITED_ENV_VARS.filter((variable) => variable !== "PATH").map((variable) => [variable, undefined]),
    );
    const env = { ...withheld, ...address.env } as Record<string, string>;
    const transport = new StdioClientTransport({ command, args, env, stderr: "pipe", maxBufferSize: mostBytes });
    transport.stderr?.on("data", (chunk: Buffer) => heard(chunk.toString("utf8")));
    return transport;
  }
  const { origin } = new URL(address.url);
  const send = guardedFetch({ hosts: [{ origin, private: address.private }], timeoutMs: 120_000 });
  return new StreamableHTTPClientTransport(new URL(address.url), {
    requestInit: { headers: address.headers },
    // Without the server's own stream: what changed is seen when tools are listed, and a cut answer is never fetched later.
    fetch: (url, init) =>
      init?.method === "GET" ? Promise.resolve(new Response(null, { status: 405 })) : send(url, init),
    reconnectionOptions: {
      maxRetries: 0,
      initialReconnectionDelay: 1000,
      maxReconnectionDelay: 1000,
      reconnectionDelayGrowFactor: 1,
    },
  }) as Transport;
}
