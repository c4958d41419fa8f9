import type Anthropic from "@anthropic-ai/sdk";
import { conceal, concealIn } from "../domain/conceal.ts";
import { mayReach } from "../domain/egress.ts";
import type { Json } from "../domain/json.ts";
import { cleanText } from "../domain/text.ts";
import { textOf } from "./answer.ts";
import { wellFormed } from "./fence.ts";
import type { Usage } from "./prices.ts";
import type { Question } from "./request.ts";

/** What came of one request. */
export type Tried =
  | {
      readonly kind: "answered";
      readonly content: readonly Json[];
      readonly stopReason: string;
      /** The model that says it answered. */
      readonly model: string;
      readonly usage: Usage;
    }
  /**
   * Refused before anything was charged. refused: asking again changes nothing. missing: that model is not there. busy: worth
   * another try, after `retryAfterMs` if the other side named a time. `because` is for everybody, `details` are for whoever
   * runs Steward: what the other side said, without our key, and what to look at.
   */
  | {
      readonly kind: "refused" | "missing" | "busy";
      readonly because: string;
      readonly details: string;
      readonly retryAfterMs: number | null;
    }
  /** Cut off, or no answer in time: it may have been charged. */
  | { readonly kind: "lost"; readonly because: string; readonly details: string; readonly usage: Usage | null };

/** Whoever answers questions. Asks once: patience is the caller's. Never throws. */
export interface ModelClient {
  ask(
    model: string,
    question: Question,
    more: { readonly signal: AbortSignal; said(text: () => string): void },
  ): Promise<Tried>;
}

export interface ClientSettings {
  readonly apiKey: string;
  readonly baseUrl: string;
  /** How long one answer may take, first byte to last. */
  readonly patienceMs: number;
  /** How long until it says its first word. */
  readonly firstWordMs: number;
}

/** Claude, through Anthropic's SDK, which is loaded at the first question. Everything is streamed; the final message counts. What comes back holds the key nowhere. */
export function anthropicClient(settings: ClientSettings): ModelClient {
  let opened: Promise<{ api: Anthropic; sdk: typeof import("@anthropic-ai/sdk") }> | null = null;
  const open = async () => {
    const sdk = await import("@anthropic-ai/sdk");
    const api = new sdk.Anthropic({
      apiKey: settings.apiKey,
      baseURL: settings.baseUrl,
      timeout: settings.patienceMs,
      // Each try is reserved and recorded, so it is ours to make.
      maxRetries: 0,
      logLevel: "off",
      openTelemetry: false,
      fetch: (address, init) => {
        mayReach(new URL(address instanceof Request ? address.url : address).host);
        return fetch(address, init);
      },
    });
    return { api, sdk };
  };
  const secrets = [settings.apiKey];
  const lost = (because: string, usage: Usage | null): Tried => ({ kind: "lost", because, details: because, usage });
  return {
    async ask(model, question, { signal, said }) {
      opened ??= open();
      const { api, sdk } = await opened;
      const late = AbortSignal.timeout(settings.patienceMs);
      const mute = new AbortController();
      // Nothing of a request that was never begun can have been charged.
      if (signal.aborted) return busy("there was no time left to ask");
      const stream = api.messages.stream({ model, ...question } as unknown as Anthropic.MessageStreamParams, {
        signal: AbortSignal.any([signal, late, mute.signal]),
      });
      const listening = setTimeout(() => mute.abort(), settings.firstWordMs);
      stream.on("text", () =>
        said(() => conceal(textOf((stream.currentMessage?.content ?? []) as unknown as Json[]), secrets)),
      );
      let usage: Usage | null = null;
      stream.on("streamEvent", (event, message) => {
        clearTimeout(listening);
        if (event.type === "message_start") usage = usageOf(message.usage);
      });
      try {
        const message = await stream.finalMessage();
        // A connection that ends early and politely leaves a message without an end.
        if (message.stop_reason === null) return lost("the answer was cut off", usageOf(message.usage));
        const charged = usageOf(message.usage);
        if (charged === null) return lost("what it says it cost is no number of tokens", null);
        return {
          kind: "answered",
          content: message.content.map((block) => concealIn(wellFormed(block), secrets)),
          stopReason: message.stop_reason,
          model: conceal(message.model, secrets),
          usage: charged,
        };
      } catch (error) {
        if (late.aborted) return lost(`no answer came within ${settings.patienceMs / 1000} s`, usage);
        if (mute.signal.aborted) return lost(`not a word came within ${settings.firstWordMs / 1000} s`, usage);
        if (signal.aborted) return lost("it was broken off", usage);
        const failure = failureOf(error, sdk, model, usage);
        return { ...failure, details: conceal(failure.details, secrets).slice(0, longestDetails) };
      } finally {
        clearTimeout(listening);
      }
    },
  };
}

const longestDetails = 400;

function busy(because: string): Tried {
  return { kind: "busy", because, details: because, retryAfterMs: null };
}

function failureOf(
  error: unknown,
  sdk: typeof import("@anthropic-ai/sdk"),
  model: string,
  usage: Usage | null,
): Exclude<Tried, { kind: "answered" }> {
  const cut = "the answer was cut off";
  if (!(error instanceof sdk.APIError))
    return { kind: "lost", because: `${cut} or unreadable`, details: `${cut} or unreadable`, usage };
  const { status } = error;
  if (status === undefined) {
    const unreachable = "Anthropic's API cannot be reached";
    if (
      error instanceof sdk.APIConnectionError &&
      !(error instanceof sdk.APIConnectionTimeoutError) &&
      neverSent(error)
    )
      return { kind: "busy", because: unreachable, details: unreachable, retryAfterMs: null };
    return {
      kind: "lost",
      because: cut,
      details: `${cut}${error.type === null ? "" : ` (${cleanText(String(error.type))})`}`,
      usage,
    };
  }
  const kind =
    status === 404 ? "missing" : [408, 409, 429].includes(status) || status >= 500 ? "busy" : ("refused" as const);
  const says = error.apiMessage ? `: ${cleanText(error.apiMessage)}` : "";
  return {
    kind,
    because: `Anthropic answered ${status}, as ${kind === "missing" ? `there is no model ${model}` : meaningOf(status)}`,
    details: `Anthropic answered ${status}${remedyOf(status)}${says}`,
    retryAfterMs: waitOf(error.headers),
  };
}

/** What a status says, for people who can do nothing about it. */
function meaningOf(status: number): string {
  if (status === 401 || status === 403) return "it does not let Steward in";
  if (status === 402) return "the account with it is not paid for";
  if (status === 408 || status === 409 || status === 429) return "it takes no question now";
  if (status === 503 || status === 529) return "it is overloaded";
  return status >= 500 ? "it has a failure of its own" : "it does not take the question";
}

/** What whoever runs Steward can look at. */
function remedyOf(status: number): string {
  if (status === 401 || status === 403) return ", so check ANTHROPIC_API_KEY";
  return status === 402 ? ", so check the account's billing" : "";
}

/** Whether the connection was never made, so nothing can have been charged. */
function neverSent(error: unknown): boolean {
  for (let at = error as { code?: string; cause?: unknown } | undefined; at; at = at.cause as typeof at)
    if (/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/.test(at.code ?? ""))
      return true;
  return false;
}

/** `retry-after-ms` or `retry-after`, in milliseconds, if one is given. */
function waitOf(headers: Headers | undefined): number | null {
  const ms = Number(headers?.get("retry-after-ms") ?? Number.NaN);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const after = headers?.get("retry-after") ?? "";
  if (/^\d+(\.\d+)?$/.test(after)) return Number(after) * 1000;
  const date = Date.parse(after);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

/** Null where a figure is none: what cannot be counted must not be charged as nothing, or give money back. */
function usageOf(usage: Anthropic.Usage): Usage | null {
  const hour = usage.cache_creation?.ephemeral_1h_input_tokens ?? 0;
  const written = usage.cache_creation_input_tokens ?? 0;
  const counted: Usage = {
    input: usage.input_tokens ?? 0,
    output: usage.output_tokens ?? 0,
    cacheWrite5m: Math.max(written - hour, usage.cache_creation?.ephemeral_5m_input_tokens ?? 0),
    cacheWrite1h: hour,
    cacheRead: usage.cache_read_input_tokens ?? 0,
    thinking: usage.output_tokens_details?.thinking_tokens ?? 0,
  };
  return Object.values(counted).every((tokens) => Number.isSafeInteger(tokens) && tokens >= 0) ? counted : null;
}
