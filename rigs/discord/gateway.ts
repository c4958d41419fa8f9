import type { Server } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";

interface Session {
  readonly id: string;
  seq: number;
  readonly log: { op: 0; t: string; s: number; d: unknown }[];
  socket: WebSocket | null;
}

export interface GatewayParts {
  readonly token: string;
  /** Whether the application may have the Message Content intent. */
  mayReadContent(): boolean;
  /** What READY and the GUILD_CREATE after it say. */
  ready(): { user: object; application: object; guilds: { id: string; unavailable: true }[] };
  guilds(): readonly object[];
}

/** The gateway: HELLO, IDENTIFY, heartbeats, RESUME with everything missed since, dropped sockets, forgotten sessions. */
export class LocalGateway {
  readonly #sessions = new Map<string, Session>();
  readonly #server: WebSocketServer;
  readonly #parts: GatewayParts;
  /** How often somebody introduced itself, and how often a session went on. */
  readonly seen = { identified: 0, resumed: 0 };

  constructor(http: Server, parts: GatewayParts) {
    this.#parts = parts;
    this.#server = new WebSocketServer({ server: http });
    this.#server.on("connection", (socket) => this.#serve(socket));
  }

  /** Everybody who is connected gets it; whoever was, gets it when they resume. */
  dispatch(t: string, d: unknown): void {
    for (const session of this.#sessions.values()) this.#send(session, t, d);
  }

  /** Cuts every connection, as a network does. */
  drop(): void {
    for (const { socket } of this.#sessions.values()) socket?.terminate();
  }

  /** Forgets every session: the next RESUME is refused. */
  forget(): void {
    this.drop();
    this.#sessions.clear();
  }

  get connected(): number {
    return [...this.#sessions.values()].filter(({ socket }) => socket !== null).length;
  }

  close(): void {
    for (const client of this.#server.clients) client.terminate();
    this.#server.close();
  }

  #send(session: Session, t: string, d: unknown): void {
    const event = { op: 0 as const, t, s: ++session.seq, d };
    session.log.push(event);
    session.socket?.send(JSON.stringify(event));
  }

  #serve(socket: WebSocket): void {
    let session: Session | null = null;
    socket.send(JSON.stringify({ op: 10, d: { heartbeat_interval: 41_250 } }));
    socket.on("message", (raw) => {
      const { op, d } = JSON.parse(String(raw)) as { op: number; d: Record<string, unknown> };
      if (op === 1) socket.send(JSON.stringify({ op: 11 }));
      if (op === 2) {
        if (d["token"] !== this.#parts.token) return socket.close(4004, "Authentication failed.");
        if ((Number(d["intents"]) & (1 << 15)) !== 0 && !this.#parts.mayReadContent())
          return socket.close(4014, "Disallowed intent(s).");
        this.seen.identified++;
        session = { id: `s${this.seen.identified}-${Date.now()}`, seq: 0, log: [], socket };
        this.#sessions.set(session.id, session);
        const resume_gateway_url = `ws://${this.#host()}/gateway/`;
        this.#send(session, "READY", { v: 10, ...this.#parts.ready(), session_id: session.id, resume_gateway_url });
        for (const guild of this.#parts.guilds()) this.#send(session, "GUILD_CREATE", guild);
      }
      if (op === 6) {
        const known = this.#sessions.get(String(d["session_id"]));
        if (!known || d["token"] !== this.#parts.token) return socket.send(JSON.stringify({ op: 9, d: false }));
        this.seen.resumed++;
        session = known;
        known.socket?.terminate();
        known.socket = socket;
        for (const event of known.log.filter(({ s }) => s > Number(d["seq"]))) socket.send(JSON.stringify(event));
        this.#send(known, "RESUMED", {});
      }
      return undefined;
    });
    socket.on("close", (code) => {
      if (session?.socket !== socket) return;
      session.socket = null;
      // A client that says goodbye with 1000 or 1001 ends its session.
      if (code === 1000 || code === 1001) this.#sessions.delete(session.id);
    });
  }

  #host(): string {
    const at = this.#server.options.server?.address();
    return typeof at === "object" && at !== null ? `127.0.0.1:${at.port}` : "127.0.0.1";
  }
}
