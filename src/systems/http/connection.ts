import { conceal, concealCut } from "../../domain/conceal.ts";
import { Fault } from "../../domain/fault.ts";
import type { Json } from "../../domain/json.ts";
import { faultOfStatus, retryAfterOf } from "../answer.ts";
import { guardedFetch, type Policy } from "./guard.ts";

/** One server, as steward.yaml and the environment describe it. */
export interface HttpServer {
  readonly name: string;
  /** Where it is; may end in a path that every request begins with. */
  readonly url: string;
  /** It may lie in a private network, and may then speak plain http. */
  readonly private: boolean;
  /** Sent with every request. Their values are secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly redirects?: number;
}

export interface Asked {
  readonly method?: string;
  /** Begins with "/" and is percent-encoded; goes behind the server's own path. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  /** Headers of this request, besides the server's. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** Bytes of the answer that are read; the rest is left. 1 MiB when absent. */
  readonly maxBytes?: number;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** Without the server's secrets. "" for what is no text. */
  readonly text: string;
  /** False: there was more. */
  readonly whole: boolean;
  /** Where a 3xx points. */
  readonly location: string | null;
  readonly retryAfterMs: number | null;
}

export type Connection = (asked: Asked) => Promise<Answer>;

/** Speaks to one server through the guard. Throws a Fault where there is no answer; every status is an answer. */
export function connect(server: HttpServer, resolve?: Policy["resolve"]): Connection {
  const base = new URL(server.url);
  const send = guardedFetch({
    hosts: [{ origin: base.origin, private: server.private }],
    redirects: server.redirects ?? 0,
    // Beyond this nothing is read at all; each request says how much of it is kept.
    maxBytes: 16 * 2 ** 20,
    ...(resolve ? { resolve } : {}),
  });
  const secrets = Object.values(server.headers);
  return async ({ method = "GET", path, query = {}, headers = {}, body, signal, maxBytes = 2 ** 20 }) => {
    const url = addressOf(base, path);
    for (const [name, value] of Object.entries(query)) url.searchParams.append(name, String(value));
    const response = await send(url, {
      method,
      headers: { ...headers, ...server.headers },
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
    });
    const contentType = (response.headers.get("content-type") ?? "").slice(0, 200);
    const { text, whole } = isText(contentType) ? await read(response, maxBytes) : await leave(response);
    const location = response.headers.get("location");
    return {
      status: response.status,
      contentType,
      text: whole ? conceal(text, secrets) : concealCut(text, secrets),
      whole,
      location: location === null ? null : conceal(location, secrets).slice(0, 2000),
      retryAfterMs: retryAfterOf(response.headers.get("retry-after")),
    };
  };
}

/** The address of a path under the server's own. Refuses what a server might read as another path, or as another host. */
function addressOf(base: URL, path: string): URL {
  const refuse = (why: string) =>
    new Fault("bad-request", `The path ${JSON.stringify(path.slice(0, 200))} ${why}.`, { undone: true });
  if (!path.startsWith("/")) throw refuse("must begin with /");
  if (path.startsWith("//")) throw refuse("begins with //, which names a host");
  if (/[?#]/.test(path)) throw refuse("holds ? or #; the query has a parameter of its own");
  if (/%25[0-9a-f]{2}/i.test(path)) throw refuse("is encoded twice");
  let plain: string;
  try {
    plain = decodeURIComponent(path);
  } catch {
    throw refuse("is not percent-encoded UTF-8");
  }
  if (/\p{Cc}/u.test(plain)) throw refuse("holds control characters");
  if (plain.split(/[/\\;]/).some((segment) => segment === "." || segment === ".."))
    throw refuse("holds . or .. as a part of its own");
  const front = base.pathname.replace(/\/$/, "");
  const url = new URL(base.origin + front + path);
  if (url.origin !== base.origin || url.pathname !== front + path)
    throw refuse("holds characters that must be percent-encoded");
  return url;
}

function isText(contentType: string): boolean {
  return /^$|^text\/|\b(json|xml|yaml|x-www-form-urlencoded|javascript|graphql)\b/i.test(contentType);
}

async function read(response: Response, maxBytes: number): Promise<{ text: string; whole: boolean }> {
  const decoder = new TextDecoder();
  let text = "";
  let left = maxBytes;
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk.subarray(0, left), { stream: true });
    left -= chunk.byteLength;
    if (left < 0) return { text, whole: false };
  }
  return { text: text + decoder.decode(), whole: true };
}

async function leave(response: Response): Promise<{ text: string; whole: boolean }> {
  await response.body?.cancel();
  return { text: "", whole: false };
}

/** What a server says that speaks JSON; null when this is none. */
export function jsonOf({ text }: Answer): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

/** The failure that a status of 400 or more is. What the server says about it is quoted, shortened. */
export function failureOf(name: string, { status, text, retryAfterMs }: Answer, said = text): Fault {
  const wait = status === 429 ? retryAfterMs : null;
  return faultOfStatus({ system: name, status, said, retryAfterMs: wait, credential: "the token in its headers" });
}

/** What is missing before this server can be reached, as sentences; empty when it answers. */
export async function checkServer(server: HttpServer, path: string, resolve?: Policy["resolve"]): Promise<string[]> {
  try {
    const answer = await connect(server, resolve)({ path });
    if (answer.status === 401 || answer.status === 403) return [failureOf(server.name, answer).message];
    return answer.status >= 500 ? [failureOf(server.name, answer).message] : [];
  } catch (error) {
    return [(error as Error).message];
  }
}
