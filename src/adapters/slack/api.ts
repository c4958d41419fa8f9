import { AsyncLocalStorage } from "node:async_hooks";
import { type Logger, LogLevel, webApi } from "@slack/bolt";
import { Fault } from "../../domain/fault.ts";

/** Slack's Web API with one try a call: whoever calls has its own patience, and is told when another try makes sense. */
export interface SlackApi {
  /** Runs a call of Slack's client. Nothing is sent once `signal` is aborted. Throws Fault "platform-busy" or "platform-refused". */
  call<T>(does: (client: webApi.WebClient) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Whether Slack answered the last call, whatever it said. */
  reachable(): boolean;
}

const timeoutMs = 10_000;

export function createApi(settings: { readonly botToken: string; readonly apiUrl: string }): SlackApi {
  const signals = new AsyncLocalStorage<AbortSignal | undefined>();
  let reachable = true;
  const client = new webApi.WebClient(settings.botToken, {
    slackApiUrl: settings.apiUrl,
    rejectRateLimitedCalls: true,
    retryConfig: { retries: 0 },
    timeout: timeoutMs,
    // A call that waits for its turn would be sent under the signal of the call before it.
    maxRequestConcurrency: Number.POSITIVE_INFINITY,
    logger: silent,
    fetch: (input, init) => {
      const given = [init?.signal, signals.getStore()].filter((signal) => signal instanceof AbortSignal);
      return fetch(input, { ...init, signal: AbortSignal.any(given) });
    },
  });
  return {
    async call(does, signal) {
      if (signal?.aborted)
        throw new Fault("platform-busy", "The time for this call to Slack is over", {
          retryAfterMs: 1000,
          undone: true,
        });
      try {
        const result = await signals.run(signal, () => does(client));
        reachable = true;
        return result;
      } catch (error) {
        const fault = faultOf(error);
        reachable = fault.retryAfterMs === null || error instanceof webApi.WebAPIRateLimitedError;
        throw fault;
      }
    },
    reachable: () => reachable,
  };
}

/** Slack's word for why it refused a call, such as "channel_not_found"; null for another failure. */
export function slackWord(error: unknown): string | null {
  const cause = error instanceof Fault ? error.cause : error;
  return cause instanceof webApi.WebAPIPlatformError ? cause.data.error : null;
}

/** What is over in a moment. Slack says of its own errors that part of a call may have worked; the others never began. */
const passing: ReadonlyMap<string, { readonly undone: boolean }> = new Map([
  ["ratelimited", { undone: true }],
  ["rate_limited", { undone: true }],
  ["service_unavailable", { undone: true }],
  ["request_timeout", { undone: true }],
  ["internal_error", { undone: false }],
  ["fatal_error", { undone: false }],
]);
/** What a person has to mend before anything works; nothing is lost meanwhile. */
const locked = new Set(["invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"]);
const sentences: Readonly<Record<string, string>> = {
  channel_not_found: "Slack has no such channel, or Steward is not in it: invite it with /invite @Steward",
  not_in_channel: "Steward is not in this channel: invite it with /invite @Steward",
  is_archived: "The channel is archived",
  message_not_found: "The message is gone",
  thread_not_found: "The thread is gone",
  user_not_in_channel: "The person is not in this channel",
  user_not_found: "Slack has no such user",
};

function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const busy = (because: string, retryAfterMs: number, undone = false) =>
    new Fault("platform-busy", because, { cause: error, retryAfterMs, undone });
  if (error instanceof webApi.WebAPIRateLimitedError)
    return busy("Slack takes no more calls for a moment", error.retryAfter * 1000, true);
  if (error instanceof webApi.WebAPIHTTPError) return busy(`Slack answered with status ${error.statusCode}`, 5000);
  if (error instanceof webApi.WebAPIRequestError) return busy("Slack cannot be reached", 5000);
  const word = slackWord(error);
  // The client fails with a bare Error when a 429 says no time.
  if (word === null) return busy("Slack's answer cannot be understood", 30_000);
  if (locked.has(word)) return busy(`Slack does not accept SLACK_BOT_TOKEN (${word})`, 60_000, true);
  const trouble = passing.get(word);
  if (trouble || !/^[a-z_]+$/.test(word)) return busy("Slack has trouble of its own", 5000, trouble?.undone);
  const because = sentences[word] ?? `Slack refused the call: ${word}`;
  return new Fault("platform-refused", because, { cause: error, undone: true });
}

const nothing = () => {};

/** Slack's packages log what they also throw or report: nothing is lost without it. */
export const silent: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  setLevel: nothing,
  getLevel: () => LogLevel.ERROR,
  setName: nothing,
};
