import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { rootCertificates } from "node:tls";
import { Agent, fetch as send } from "undici";
import { mayReach } from "../../domain/egress.ts";
import { Fault } from "../../domain/fault.ts";
import { type AllowedHost, judgeUrl, whyNotTo } from "./address.ts";
import { failureOnTheWay } from "./failure.ts";

export type { AllowedHost } from "./address.ts";

/** Where a connector may go, and how much of it. */
export interface Policy {
  readonly hosts: readonly AllowedHost[];
  /** How many redirects a GET or HEAD follows; each is judged like the first. Absent: none, the 3xx is the answer. */
  readonly redirects?: number;
  /** Bytes of one answer, as they are after decompression; 5 MiB when absent. */
  readonly maxBytes?: number;
  /** From the first lookup to the last byte; 10 s when absent. */
  readonly timeoutMs?: number;
  /** Who vouches for the hosts besides the authorities that are known anyway: certificates in PEM. */
  readonly ca?: string;
  /** Finds a name's addresses. Absent: as this machine does. */
  readonly resolve?: (hostname: string) => Promise<readonly { address: string; family: number }[]>;
}

/** `fetch` as SDKs take it, within a policy. */
export type GuardedFetch = (address: string | URL, init?: RequestInit) => Promise<Response>;

interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: RequestInit["body"];
}

/** Headers that may go along to another host; whatever else a caller set may be a credential. */
const harmless = ["accept", "accept-language", "user-agent"];

/**
 * The one way out over HTTP. The host must be on the list, and among those that the tool at work declares; its name is looked up once, every address is judged, and the
 * connection goes to those very addresses, so that a name which changes its answer gains nothing. No proxy and no credential
 * is taken from the environment. Size and time are capped while the answer is read. Throws a Fault whose sentence names the
 * host and never a header; `undone` where nothing was sent.
 */
export function guardedFetch(policy: Policy): GuardedFetch {
  return async (address, init = {}) => {
    let hop: Hop = {
      url: judgeUrl(String(address), policy.hosts).url,
      method: (init.method ?? "GET").toUpperCase(),
      headers: headersOf(init),
      body: init.body ?? null,
    };
    const time = deadline(policy, init.signal ?? null);
    try {
      for (let left = policy.redirects ?? 0; ; left--) {
        const response = await once(policy, hop, time);
        const next = left > 0 ? nextHop(policy, hop, response) : null;
        if (next === null) return response;
        await response.body?.cancel();
        hop = next;
        time.restart();
      }
    } catch (error) {
      time.end();
      throw error;
    }
  };
}

interface Deadline {
  readonly signal: AbortSignal;
  /** Why it ended, or null. */
  ended(): "late" | "called off" | null;
  /** Goes on after an answer that was not the last; the time is not counted anew. */
  restart(): void;
  end(): void;
}

function deadline({ timeoutMs = 10_000 }: Policy, caller: AbortSignal | null): Deadline {
  const clock = new AbortController();
  const endsAt = performance.now() + timeoutMs;
  let timer = setTimeout(() => clock.abort(), timeoutMs).unref();
  return {
    signal: caller === null ? clock.signal : AbortSignal.any([clock.signal, caller]),
    ended: () => (clock.signal.aborted ? "late" : caller?.aborted ? "called off" : null),
    restart() {
      timer = setTimeout(() => clock.abort(), Math.max(0, endsAt - performance.now())).unref();
    },
    end: () => clearTimeout(timer),
  };
}

/** One request to one host, without following anything. */
async function once(policy: Policy, hop: Hop, time: Deadline): Promise<Response> {
  const { timeoutMs = 10_000, maxBytes = 5 * 2 ** 20 } = policy;
  const broken = (error: unknown) => failureOnTheWay(error, hop.url.host, time.ended(), timeoutMs);
  let agent: Agent | null = null;
  try {
    // Before its name is looked up: a name can carry a secret too.
    mayReach(hop.url.host);
    agent = pinned(await addressesOf(policy, hop.url, time), policy.ca);
    const response = await send(hop.url, {
      method: hop.method,
      headers: hop.headers as never,
      body: hop.body as never,
      redirect: "manual",
      signal: time.signal,
      dispatcher: agent,
      ...(hop.body instanceof ReadableStream ? { duplex: "half" as const } : {}),
    });
    return bounded(response as unknown as Response, maxBytes, hop.url.host, broken, () => {
      time.end();
      void agent?.destroy();
    });
  } catch (error) {
    void agent?.destroy();
    throw broken(error);
  }
}

async function addressesOf(policy: Policy, url: URL, time: Deadline) {
  const { host } = judgeUrl(url.href, policy.hosts);
  const name = url.hostname.replace(/^\[|\]$/g, "");
  const family = isIP(name);
  const found = family > 0 ? [{ address: name, family }] : await orAborted(resolve(policy, name), time.signal);
  const refused = found.map(({ address }) => whyNotTo(address, host.private === true)).find((why) => why !== null);
  if (refused !== undefined)
    throw new Fault("bad-request", `${url.hostname} may not be reached: ${refused}`, { undone: true });
  if (found.length === 0) throw Object.assign(new Error(), { code: "ENOTFOUND" });
  return found;
}

function resolve(policy: Policy, name: string): Promise<readonly { address: string; family: number }[]> {
  return (policy.resolve ?? ((wanted) => lookup(wanted, { all: true, verbatim: true })))(name);
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const give = () => reject(new Error("aborted"));
  if (signal.aborted) give();
  signal.addEventListener("abort", give, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", give));
}

/** A connection that knows no other addresses than these. */
function pinned(addresses: readonly { address: string; family: number }[], ca: string | undefined): Agent {
  const [first] = addresses;
  return new Agent({
    connections: 1,
    maxHeaderSize: 16_384,
    connect: {
      ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
      lookup: (_name, options, done) => {
        if (options.all) done(null, [...addresses]);
        else done(null, first?.address ?? "", first?.family ?? 4);
      },
    },
  });
}

function headersOf(init: RequestInit): Headers {
  try {
    const headers = new Headers(init.headers);
    headers.delete("host");
    return headers;
  } catch {
    throw new Fault("bad-request", "A header of this request holds characters that headers cannot hold.", {
      undone: true,
    });
  }
}

function nextHop(policy: Policy, hop: Hop, response: Response): Hop | null {
  const to = response.headers.get("location");
  if (![301, 302, 303, 307, 308].includes(response.status) || to === null) return null;
  if ((hop.method !== "GET" && hop.method !== "HEAD") || !URL.canParse(to, hop.url.href)) return null;
  const written = URL.canParse(to) ? to : new URL(to, hop.url).href;
  const { url } = judgeUrl(written, policy.hosts);
  const headers = new Headers(hop.headers);
  if (url.origin !== hop.url.origin)
    for (const name of [...headers.keys()]) if (!harmless.includes(name)) headers.delete(name);
  return { ...hop, url, headers };
}

/** The same answer, read no further than allowed. Its encoding is undone already, and nothing here keeps cookies. */
function bounded(
  response: Response,
  maxBytes: number,
  host: string,
  broken: (error: unknown) => Fault,
  end: () => void,
): Response {
  const headers = new Headers(response.headers);
  for (const name of ["content-encoding", "content-length", "transfer-encoding", "set-cookie"]) headers.delete(name);
  const reader = response.body?.getReader();
  if (!reader) end();
  let seen = 0;
  const body = reader
    ? new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            try {
              const { done, value } = await reader.read();
              if (done) {
                end();
                return controller.close();
              }
              seen += value.byteLength;
              if (seen > maxBytes)
                throw new Fault("too-large", `The answer of ${host} is larger than ${maxBytes} bytes; ask for less.`);
              controller.enqueue(value);
            } catch (error) {
              end();
              reader.cancel().catch(() => undefined);
              controller.error(broken(error));
            }
          },
          async cancel() {
            end();
            await reader.cancel().catch(() => undefined);
          },
        },
        { highWaterMark: 0 },
      )
    : null;
  return new Response(body, { status: response.status, statusText: response.statusText, headers });
}
