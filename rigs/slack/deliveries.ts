import { createHmac, randomUUID } from "node:crypto";
import { setTimeout as after } from "node:timers/promises";
import type { WebSocket } from "ws";

/** What Slack hears back for something it delivered. */
export interface Delivered {
  readonly acknowledged: boolean;
  /** What came with the acknowledgement: a command's private answer, what becomes of a modal. */
  readonly body: Readonly<Record<string, unknown>> | null;
  readonly ms: number;
  readonly attempts: number;
}

export interface Outgoing {
  readonly kind: "events_api" | "slash_commands" | "interactive";
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface DeliveryWays {
  /** Where the app wants HTTP deliveries; null is an app in Socket Mode. */
  readonly requestUrl: string | null;
  readonly signingSecret: string;
  /** Pauses before an event is delivered again: Slack's are 0 s, 1 min and 5 min. */
  readonly retryAfterMs: readonly number[];
  /** How long an acknowledgement may take: Slack's is 3 s. */
  readonly patienceMs: number;
}

/** A request's headers and body as Slack signs them. */
export function signed(
  { kind, payload }: Outgoing,
  {
    signingSecret,
    at = Date.now(),
    retry,
  }: { signingSecret: string; at?: number; retry?: { num: number; reason: string } },
): { readonly headers: Record<string, string>; readonly body: string } {
  const body =
    kind === "events_api"
      ? JSON.stringify(payload)
      : kind === "interactive"
        ? new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
        : new URLSearchParams(payload as Record<string, string>).toString();
  const timestamp = String(Math.floor(at / 1000));
  const hash = createHmac("sha256", signingSecret).update(`v0:${timestamp}:${body}`).digest("hex");
  return {
    body,
    headers: {
      "content-type": kind === "events_api" ? "application/json" : "application/x-www-form-urlencoded",
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": `v0=${hash}`,
      ...(retry && { "x-slack-retry-num": String(retry.num), "x-slack-retry-reason": retry.reason }),
    },
  };
}

/**
 * Delivers as Slack does: to one of the open sockets, else to the request URL. An event that nobody acknowledges in
 * time, or whose socket is gone, comes again up to three times; what a person did does not, they see a failure.
 */
export class Deliveries {
  readonly #ways: DeliveryWays;
  readonly #sockets = new Set<WebSocket>();
  readonly #waiting = new Map<string, (answer: Delivered["body"] | Error) => void>();
  readonly #opened = new Set<() => void>();
  /** Pauses and requests under way end with the rig. */
  readonly #closing = new AbortController();

  constructor(ways: DeliveryWays) {
    this.#ways = ways;
  }

  connect(socket: WebSocket): void {
    this.#sockets.add(socket);
    socket.on("close", () => {
      this.#sockets.delete(socket);
      for (const [id, settle] of this.#waiting)
        if (id.endsWith(nameOf(socket))) settle(new Error("the socket is gone"));
    });
    socket.on("message", (data) => {
      const { envelope_id: id, payload } = JSON.parse(String(data)) as {
        envelope_id: string;
        payload?: Delivered["body"];
      };
      this.#waiting.get(`${id} ${nameOf(socket)}`)?.(payload ?? null);
    });
    socket.send(
      JSON.stringify({ type: "hello", num_connections: this.#sockets.size, connection_info: { app_id: "A0STEWARD" } }),
    );
    for (const opened of this.#opened) opened();
  }

  get sockets(): ReadonlySet<WebSocket> {
    return this.#sockets;
  }

  async deliver(outgoing: Outgoing): Promise<Delivered> {
    const pauses = outgoing.kind === "events_api" ? this.#ways.retryAfterMs : [];
    const began = performance.now();
    for (let attempt = 0; ; attempt++) {
      const retry = attempt === 0 ? undefined : { num: attempt, reason: "timeout" };
      try {
        const { body, stop } = await (this.#ways.requestUrl === null
          ? this.#bySocket(outgoing, retry)
          : this.#byHttp(outgoing, retry));
        return { acknowledged: !stop, body, ms: performance.now() - began, attempts: attempt + 1 };
      } catch {
        const pause = pauses[attempt];
        const failed = { acknowledged: false, body: null, ms: performance.now() - began, attempts: attempt + 1 };
        if (pause === undefined || this.#closing.signal.aborted) return failed;
        await after(pause, undefined, { signal: this.#closing.signal, ref: false }).catch(() => undefined);
      }
    }
  }

  close(): void {
    this.#closing.abort();
    for (const socket of this.#sockets) socket.terminate();
    for (const opened of this.#opened) opened();
  }

  async #byHttp(outgoing: Outgoing, retry?: { num: number; reason: string }) {
    const signal = AbortSignal.any([AbortSignal.timeout(this.#ways.patienceMs), this.#closing.signal]);
    const { headers, body } = signed(outgoing, { signingSecret: this.#ways.signingSecret, ...(retry && { retry }) });
    const response = await fetch(this.#ways.requestUrl ?? "", { method: "POST", headers, body, signal });
    const text = await response.text();
    const stop = response.headers.get("x-slack-no-retry") === "1";
    if (!response.ok && !stop) throw new Error(`status ${response.status}`);
    return { body: text.startsWith("{") ? (JSON.parse(text) as Delivered["body"]) : null, stop };
  }

  async #bySocket({ kind, payload }: Outgoing, retry?: { num: number; reason: string }) {
    const socket = await this.#anySocket();
    const id = randomUUID();
    const key = `${id} ${nameOf(socket)}`;
    const { promise, resolve, reject } = Promise.withResolvers<Delivered["body"]>();
    const late = setTimeout(() => reject(new Error("no acknowledgement")), this.#ways.patienceMs);
    this.#waiting.set(key, (answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
    socket.send(
      JSON.stringify({
        type: kind,
        envelope_id: id,
        payload,
        accepts_response_payload: kind !== "events_api",
        ...(retry && { retry_attempt: retry.num, retry_reason: retry.reason }),
      }),
    );
    try {
      return { body: await promise, stop: false };
    } finally {
      clearTimeout(late);
      this.#waiting.delete(key);
    }
  }

  /** An open socket; where there is none, the next one that opens within Slack's patience. */
  async #anySocket(): Promise<WebSocket> {
    const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
    const look = () => {
      const open = [...this.#sockets].find((socket) => socket.readyState === socket.OPEN);
      if (open) resolve(open);
      else if (this.#closing.signal.aborted) reject(new Error("the rig is closed"));
    };
    const late = setTimeout(() => reject(new Error("no socket is open")), this.#ways.patienceMs);
    this.#opened.add(look);
    look();
    try {
      return await promise;
    } finally {
      clearTimeout(late);
      this.#opened.delete(look);
    }
  }
}

const names = new WeakMap<WebSocket, string>();

function nameOf(socket: WebSocket): string {
  const name = names.get(socket) ?? randomUUID();
  names.set(socket, name);
  return name;
}
