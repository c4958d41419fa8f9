import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Client } from "./client.ts";
import { answer, bodyOf, connector } from "./connector.ts";
import { createSigner, type Signer } from "./keys.ts";
import { Rooms } from "./rooms.ts";

/** Trouble that Teams makes. Each holds for the next calls of the connector that match, then is over. */
export interface Trouble {
  readonly times: number;
  /** An answer with this status, or a connection that breaks before ("refused") or after ("lost") the work was done. */
  readonly how: number | "refused" | "lost";
  readonly retryAfter?: number;
}

export interface TeamsRig extends AsyncDisposable {
  readonly url: string;
  readonly serviceUrl: string;
  /** The registered bot. */
  readonly app: { readonly id: string; readonly password: string; readonly tenantId: string };
  readonly signer: Signer;
  readonly rooms: Rooms;
  /** What people do in Teams. */
  readonly client: Client;
  /** Calls of the connector so far, as "POST /v3/...". */
  readonly calls: string[];
  /** How many tokens the bot was given. */
  readonly tokens: () => number;
  trouble(next: Trouble): void;
  /** The next message with these words is shown, but whoever sent it never hears so. */
  loseAnswerTo(words: RegExp): void;
  /** Messages with a picture in them are too large from now on. */
  refusePictures(): void;
  /** Every connection breaks until it is back. */
  away(is: boolean): void;
}

/** A local Teams: Bot Connector, sign-in of bots, the keys it signs with, and the people who use it. */
export async function startTeams({ signed = true }: { readonly signed?: boolean } = {}): Promise<TeamsRig> {
  const rooms = new Rooms();
  const signer = createSigner();
  const app = { id: randomUUID(), password: randomUUID(), tenantId: randomUUID() };
  const takes = { pictures: true };
  const serve = connector(rooms, takes);
  const calls: string[] = [];
  const given = new Set<string>();
  let ahead: Trouble | null = null;
  let unheard: RegExp | null = null;
  let isAway = false;

  function signIn(body: string, tenant: string, response: ServerResponse) {
    const form = new URLSearchParams(body);
    if (tenant !== app.tenantId || form.get("client_id") !== app.id || form.get("client_secret") !== app.password)
      return answer(response, 401, {
        error: "invalid_client",
        error_description: "AADSTS7000215: Invalid client secret provided.",
      });
    const token = randomUUID();
    given.add(token);
    answer(response, 200, { token_type: "Bearer", expires_in: 3599, access_token: token });
  }

  function connect(request: IncomingMessage, path: string, text: string, response: ServerResponse) {
    if (signed && !given.has(request.headers.authorization?.replace("Bearer ", "") ?? ""))
      return answer(response, 401, { error: { code: "Unauthorized", message: "Authorization has been denied." } });
    calls.push(`${request.method} ${path}`);
    const now = ahead;
    if (now !== null) ahead = now.times > 1 ? { ...now, times: now.times - 1 } : null;
    if (now?.how === "refused") return request.socket.destroy();
    if (typeof now?.how === "number") {
      const after = now.retryAfter === undefined ? {} : { "retry-after": String(now.retryAfter) };
      return answer(response, now.how, { error: { code: "Trouble", message: "Try again." } }, after);
    }
    const { status, body } = serve(request.method ?? "", path, text === "" ? null : JSON.parse(text));
    const isLost = unheard?.test(text);
    if (isLost) unheard = null;
    if (isLost || now?.how === "lost") return request.socket.destroy();
    answer(response, status, body);
  }

  const server = createServer(async (request, response) => {
    const text = await bodyOf(request);
    if (isAway) return request.socket.destroy();
    const { pathname } = new URL(request.url ?? "/", url);
    const [, tenant = ""] = /^\/([\w-]+)\/oauth2\/v2\.0\/token$/.exec(pathname) ?? [];
    if (tenant !== "") return signIn(text, tenant, response);
    if (pathname === "/openid") return answer(response, 200, { jwks_uri: `${url}/keys` });
    if (pathname === "/keys") return answer(response, 200, signer.keys);
    if (pathname.startsWith("/teams/v3/")) return connect(request, pathname.slice("/teams/v3".length), text, response);
    answer(response, 404, { error: { code: "NotFound", message: `There is no ${pathname}` } });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const serviceUrl = `${url}/teams`;

  return {
    url,
    serviceUrl,
    app,
    signer,
    rooms,
    client: new Client({ rooms, app, serviceUrl, signer: signed ? signer : null }),
    calls,
    tokens: () => given.size,
    trouble(next) {
      ahead = next;
    },
    loseAnswerTo(words) {
      unheard = words;
    },
    refusePictures() {
      takes.pictures = false;
    },
    away(is) {
      isAway = is;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
