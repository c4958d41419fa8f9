import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { Deliveries, type DeliveryWays } from "./deliveries.ts";
import { Somebody } from "./people.ts";
import type { Reply, User } from "./shapes.ts";
import { webApi } from "./web-api.ts";
import { Workspace } from "./workspace.ts";

/** What goes wrong on Slack's side: the next `times` calls of `method` (of any, when it names none) are answered so. */
export interface Trouble {
  readonly method?: string;
  readonly times: number;
  readonly answer:
    | { readonly kind: "limited"; readonly retryAfterS: number }
    | { readonly kind: "status"; readonly status: number }
    | { readonly kind: "error"; readonly error: string }
    /** Accepts the connection and says nothing more. */
    | { readonly kind: "silence" }
    /** Does it, and the answer is lost on the way. */
    | { readonly kind: "lost" };
}

export interface SlackRig extends AsyncDisposable {
  /** For SLACK_API_URL. */
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly workspace: Workspace;
  readonly deliveries: Deliveries;
  /** Names of the methods called so far, with what came with them. */
  readonly calls: readonly { readonly method: string; readonly args: Readonly<Record<string, unknown>> }[];
  /** What the bot token may do; without it every scope. */
  scopes: readonly string[] | null;
  trouble(trouble: Trouble): void;
  endTroubles(): void;
  /** Says "disconnect" on every socket, as Slack does when it replaces a connection. */
  refreshSockets(): void;
  /** Cuts every socket without a word. */
  dropSockets(): void;
  /** A user of the workspace, who acts through the client that Slack gives people. */
  somebody(name: string, more?: Partial<User>): Somebody;
}

/** A workspace with its own Slack on this machine: the Web API, Socket Mode and signed requests. */
export async function startSlackRig({
  requestUrl = null,
  retryAfterMs = [0, 60_000, 300_000],
  patienceMs = 3000,
  perChannel = null,
}: Partial<Omit<DeliveryWays, "signingSecret">> & {
  /** Messages a channel takes at once, and then one every so many milliseconds; null: no limit. */
  readonly perChannel?: { readonly burst: number; readonly everyMs: number } | null;
} = {}): Promise<SlackRig> {
  const workspace = new Workspace();
  const signingSecret = randomBytes(16).toString("hex");
  const botToken = `xoxb-rig-${randomBytes(8).toString("hex")}`;
  const appToken = `xapp-1-${workspace.appId}-1-${randomBytes(8).toString("hex")}`;
  const deliveries = new Deliveries({ requestUrl, signingSecret, retryAfterMs, patienceMs });
  const calls: { method: string; args: Record<string, unknown> }[] = [];
  const troubles: { -readonly [name in keyof Trouble]: Trouble[name] }[] = [];
  const people = new Map<string, Somebody>();
  const buckets = new Map<string, { left: number; at: number }>();
  const tickets = new Set<string>();
  let scopes: readonly string[] | null = null;

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    const ticket = new URL(request.url ?? "", "http://rig").searchParams.get("ticket") ?? "";
    if (!tickets.delete(ticket)) return void socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n");
    sockets.handleUpgrade(request, socket, head, (open: WebSocket) => {
      deliveries.connect(open);
      workspace.changed();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  const methods = webApi(
    workspace,
    () => {
      const ticket = randomBytes(8).toString("hex");
      tickets.add(ticket);
      return `ws://127.0.0.1:${port}/link?ticket=${ticket}`;
    },
    (path) => `http://127.0.0.1:${port}${path}`,
  );

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.startsWith("/upload/"))
      return void response.writeHead(workspace.files.receive(request.url, await bytesOf(request))).end();
    const method = /^\/api\/([\w.]+)$/.exec((request.url ?? "").split("?")[0] ?? "")?.[1] ?? "";
    const args = argsOf(String(await bytesOf(request)));
    calls.push({ method, args });
    const token = (request.headers.authorization ?? "").replace(/^Bearer /, "");
    const send = (reply: Reply) => {
      response.setHeader("x-oauth-scopes", (scopes ?? everyScope).join(","));
      response.setHeader("content-type", "application/json").end(JSON.stringify(reply));
    };
    const trouble = troubles.find((each) => each.times > 0 && (each.method === undefined || each.method === method));
    if (trouble) {
      trouble.times--;
      switch (trouble.answer.kind) {
        case "limited":
          return limited(response, trouble.answer.retryAfterS);
        case "status":
          return void response.writeHead(trouble.answer.status).end("trouble");
        case "error":
          return send({ ok: false, error: trouble.answer.error });
        case "silence":
          return;
        case "lost":
          methods[method]?.(args);
          return void response.destroy();
      }
    }
    const does = methods[method];
    if (!does) return send({ ok: false, error: "unknown_method" });
    if (token !== (method === "apps.connections.open" ? appToken : botToken))
      return send({ ok: false, error: "invalid_auth" });
    if (method.startsWith("files.") && scopes !== null && !scopes.includes("files:write"))
      return send({ ok: false, error: "missing_scope" });
    if (method === "chat.postMessage" && !roomIn(String(args["channel"]))) return limited(response, 1);
    send(does(args));
  }

  function limited(response: ServerResponse, retryAfterS: number): void {
    response.writeHead(429, { "retry-after": String(retryAfterS), "content-type": "application/json" });
    response.end(JSON.stringify({ ok: false, error: "ratelimited" }));
  }

  function roomIn(channel: string): boolean {
    if (perChannel === null) return true;
    const now = performance.now();
    const known = buckets.get(channel) ?? { left: perChannel.burst, at: now };
    const left = Math.min(perChannel.burst, known.left + (now - known.at) / perChannel.everyMs);
    buckets.set(channel, { left: left < 1 ? left : left - 1, at: now });
    return left >= 1;
  }

  return {
    apiUrl: `http://127.0.0.1:${port}/api/`,
    botToken,
    appToken,
    signingSecret,
    workspace,
    deliveries,
    calls,
    get scopes() {
      return scopes;
    },
    set scopes(now) {
      scopes = now;
    },
    trouble: (trouble) => void troubles.push({ ...trouble }),
    endTroubles: () => void troubles.splice(0),
    refreshSockets() {
      for (const socket of deliveries.sockets)
        socket.send(JSON.stringify({ type: "disconnect", reason: "refresh_requested", debug_info: { host: "rig" } }));
    },
    dropSockets() {
      for (const socket of deliveries.sockets) socket.terminate();
    },
    somebody(name, more) {
      const known = people.get(name);
      if (known) return known;
      const somebody = new Somebody(workspace.addUser(name, more), workspace, deliveries);
      people.set(name, somebody);
      return somebody;
    },
    async [Symbol.asyncDispose]() {
      deliveries.close();
      sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const everyScope = [
  "app_mentions:read",
  "assistant:write",
  "channels:history",
  "channels:read",
  "chat:write",
  "commands",
  "files:write",
  "groups:history",
  "groups:read",
  "im:history",
  "im:read",
  "reactions:write",
  "usergroups:read",
  "users:read",
];

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Slack takes forms whose nested values are JSON. */
function argsOf(body: string): Record<string, unknown> {
  const nested = new Set(["blocks", "view", "metadata", "prompts", "chunks", "files"]);
  return Object.fromEntries(
    [...new URLSearchParams(body)].map(([name, value]) => [name, nested.has(name) ? JSON.parse(value) : value]),
  );
}
