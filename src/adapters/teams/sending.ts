import type { ConfigurationBotFrameworkAuthentication } from "botbuilder";
import { Fault } from "../../domain/fault.ts";

type Sdk = ConstructorParameters<typeof ConfigurationBotFrameworkAuthentication>;
type HttpClient = NonNullable<NonNullable<Sdk[4]>["httpClient"]>;

/** How long it takes a person to mend a secret, at least. */
export const badSecretMs = 60_000;
/** After what passes by itself. */
export const networkMs = 2_000;

/** Sends once. The SDK's own client would repeat what failed, and a message repeated is a message doubled. */
export const sendRequest: HttpClient["sendRequest"] = async (request) => {
  const response = await reach(request.url, {
    method: request.method,
    headers: request.headers.rawHeaders(),
    ...(request.body !== undefined && { body: request.body as string }),
    ...(request.abortSignal && { signal: request.abortSignal as AbortSignal }),
  });
  const bodyAsText = await response.text().catch((error: unknown) => failed(request.url, error));
  if (!response.ok) throw refused(response, bodyAsText);
  const headers = request.headers.clone();
  for (const name of headers.headerNames()) headers.remove(name);
  for (const [name, value] of response.headers) headers.set(name, value);
  return { request, status: response.status, headers, bodyAsText };
};

/** Fetches, once. Throws Fault "platform-busy" when nobody answers. */
export async function reach(url: string, init: RequestInit): Promise<Response> {
  return fetch(url, { ...init, redirect: "error" }).catch((error: unknown) => failed(url, error));
}

function failed(url: string, error: unknown): never {
  throw new Fault("platform-busy", `${new URL(url).host} does not answer: ${(error as Error).message}`, {
    cause: error,
    retryAfterMs: networkMs,
  });
}

/** What a Bot Connector's refusal means. https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability#status-codes-from-bot-conversational-apis */
function refused(response: Response, body: string): Fault {
  const { status } = response;
  const sentence = `Teams answered ${status}: ${reasonOf(body)}`;
  const cause = { status };
  if (status === 429 || status === 408 || status === 412 || status >= 500)
    return new Fault("platform-busy", sentence, {
      cause,
      retryAfterMs: retryAfterMs(response),
      undone: status === 429 || status === 412,
    });
  if (status === 401) return new Fault("platform-busy", sentence, { cause, retryAfterMs: badSecretMs, undone: true });
  return new Fault("platform-refused", sentence, { cause, undone: true });
}

function reasonOf(body: string): string {
  try {
    const { error, message } = JSON.parse(body);
    return `${error?.code ?? ""} ${error?.message ?? message ?? ""}`.trim().slice(0, 300) || "no reason";
  } catch {
    return body.slice(0, 300) || "no reason";
  }
}

/** Retry-After is seconds or a date; without it, two seconds. */
function retryAfterMs(response: Response): number {
  const after = response.headers.get("retry-after");
  if (after === null) return networkMs;
  const ms = /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 100), 600_000) : networkMs;
}
