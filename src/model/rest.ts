import type { ModelClient } from "./client.ts";

/**
 * The same client, left alone for `restMs` after it did not say a word: whoever asks meanwhile hears so at once and goes on
 * without it, instead of waiting as long as the one before. Then one question is let through, and what becomes of it decides.
 */
export function withRest(client: ModelClient, restMs: number): ModelClient {
  let silent: { readonly since: number; readonly until: number; readonly isTried: boolean } | null = null;
  return {
    async ask(model, question, more) {
      const now = Date.now();
      if (silent !== null && (now < silent.until || silent.isTried)) {
        const because = `it has not been answering since ${new Date(silent.since).toISOString().slice(11, 19)} UTC`;
        return { kind: "busy", because, details: because, retryAfterMs: Math.max(restMs, silent.until - now) };
      }
      if (silent !== null) silent = { ...silent, isTried: true };
      const tried = await client.ask(model, question, more);
      const wasSilent = tried.kind === "lost" && tried.usage === null && !more.signal.aborted;
      const until = Date.now() + restMs;
      silent = wasSilent ? { since: silent?.since ?? now, until, isTried: false } : null;
      return tried;
    },
  };
}
