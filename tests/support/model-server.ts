import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it came in: the body is what the SDK sent. */
export interface ModelRequest {
  /** How many came before it. */
  readonly n: number;
  readonly headers: IncomingMessage["headers"];
  // biome-ignore lint/suspicious/noExplicitAny: tests look into requests of every shape
  readonly body: any;
}

type Block =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "thinking"; readonly thinking: string; readonly signature: string }
  | {
      readonly type: "tool_use";
      readonly id: string;
      readonly name: string;
      readonly input: unknown;
      readonly json?: string;
    };

/** What the server does with a request. */
export type ModelReply =
  | {
      readonly content: readonly Block[];
      /** Follows from the content where it is left out. */
      readonly stopReason?: string;
      readonly usage?: Readonly<Record<string, unknown>>;
      readonly model?: string;
      /** The connection ends after so many events, politely or not. */
      readonly cutAfter?: { readonly events: number; readonly how: "end" | "reset" };
      /** Sent only when this resolves, once the first event is out, or half of the first text. */
      readonly after?: Promise<unknown>;
      readonly halfFirst?: true;
    }
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly message?: string }
  | "hang";

export interface ModelServer extends AsyncDisposable {
  /** For ANTHROPIC_BASE_URL. */
  readonly url: string;
  /** Every request that came, oldest first. */
  readonly requests: readonly ModelRequest[];
}

/** A Messages API of our own on this machine, streaming, with an answer for each request. */
export async function startModelServer(
  answer: (request: ModelRequest) => ModelReply | Promise<ModelReply>,
): Promise<ModelServer> {
  const requests: ModelRequest[] = [];
  const server = createServer((incoming, response) => {
    void (async () => {
      const parts: Buffer[] = [];
      for await (const part of incoming) parts.push(part as Buffer);
      const request = {
        n: requests.length,
        headers: incoming.headers,
        body: JSON.parse(Buffer.concat(parts).toString("utf8")) as unknown,
      };
      requests.push(request);
      await reply(response, request, incoming.url === "/v1/messages" ? await answer(request) : { status: 404 });
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const kinds: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  429: "rate_limit_error",
  529: "overloaded_error",
};

async function reply(response: ServerResponse, request: ModelRequest, what: ModelReply): Promise<void> {
  if (what === "hang") return;
  if ("status" in what) {
    const error = { type: kinds[what.status] ?? "api_error", message: what.message ?? `status ${what.status}` };
    response.writeHead(what.status, { "content-type": "application/json", ...what.headers });
    response.end(JSON.stringify({ type: "error", error, request_id: "req_test" }));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  const events = eventsOf(request, what);
  for (const [n, event] of events.entries()) {
    if (what.cutAfter?.events === n) {
      if (what.cutAfter.how === "end") response.end();
      else response.destroy();
      return;
    }
    await new Promise((sent) => response.write(`event: ${event["type"]}\ndata: ${JSON.stringify(event)}\n\n`, sent));
    if (n === (what.halfFirst ? 2 : 0)) await what.after;
  }
  response.end();
}

/** The events of an answer, in the order Anthropic documents them. */
function eventsOf(request: ModelRequest, what: Exclude<ModelReply, "hang" | { status: number }>) {
  const calls = what.content.some((block) => block.type === "tool_use");
  const usage = { input_tokens: 100, output_tokens: 20, ...what.usage };
  const message = {
    id: `msg_${request.n}`,
    type: "message",
    role: "assistant",
    model: what.model ?? (request.body as { model: string }).model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...usage, output_tokens: 1 },
  };
  const blocks = what.content.flatMap((block, index): Record<string, unknown>[] => [
    { type: "content_block_start", index, content_block: emptied(block) },
    ...deltas(block).map((delta) => ({ type: "content_block_delta", index, delta })),
    { type: "content_block_stop", index },
  ]);
  const stop_reason = what.stopReason ?? (calls ? "tool_use" : "end_turn");
  return [
    { type: "message_start", message },
    ...blocks,
    { type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage },
    { type: "message_stop" },
  ] as Record<string, unknown>[];
}

function emptied(block: Block): unknown {
  if (block.type === "text") return { type: "text", text: "" };
  if (block.type === "thinking") return { type: "thinking", thinking: "", signature: "" };
  return { type: block.type, id: block.id, name: block.name, input: {} };
}

function deltas(block: Block): unknown[] {
  if (block.type === "text") return halves(block.text).map((text) => ({ type: "text_delta", text }));
  if (block.type === "thinking")
    return [
      { type: "thinking_delta", thinking: block.thinking },
      { type: "signature_delta", signature: block.signature },
    ];
  return halves(block.json ?? JSON.stringify(block.input)).map((partial_json) => ({
    type: "input_json_delta",
    partial_json,
  }));
}

function halves(text: string): string[] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
}
