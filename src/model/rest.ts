import type { ModelClient } from "./client.ts";

/** How the API has been doing in this process, for the pages that say how everything is. */
export interface ModelHealth {
  readonly connector: string;
  readonly name: string;
  readonly state: "closed" | "open";
  /** Since when no question was answered. */
  readonly since: Date | null;
  /** When it is asked again, where it is left alone now. */
  readonly againAt: Date | null;
  readonly because: string | null;
}

/**
 * The same client, left alone for `restMs` after it did not say a word: whoever asks meanwhile hears so at once and goes on
 * without it, instead of waiting as long as the one before. Then one question is let through, and what becomes of it decides.
 * Whoever broke off a question after `silentMs` without a word has not been answered either.
 */
export function withRest(
  client: ModelClient,
  restMs: number,
  silentMs: number,
): { readonly client: ModelClient; health(): ModelHealth } {
  let failing: { readonly since: number; readonly because: string } | null = null;
  /** It said no word: until when nobody asks, and whether somebody is trying it again. */
  let silent: { readonly until: number; readonly isTried: boolean } | null = null;
  return {
    client: {
      async ask(model, question, more) {
        const now = Date.now();
        if (silent !== null && (now < silent.until || silent.isTried)) {
          const because = `it has not been answering since ${new Date(failing?.since ?? now).toISOString().slice(11, 19)} UTC`;
          return { kind: "busy", because, details: because, retryAfterMs: Math.max(restMs, silent.until - now) };
        }
        if (silent !== null) silent = { ...silent, isTried: true };
        const tried = await client.ask(model, question, more);
        const waitedMs = Date.now() - now;
        const isBroken = more.signal.aborted;
        const wasSilent = tried.kind === "lost" && tried.usage === null && (!isBroken || waitedMs >= silentMs);
        if (tried.kind === "answered") failing = null;
        else if (!isBroken || wasSilent) {
          const because = isBroken ? `not a word came within ${Math.round(waitedMs / 1000)} s` : tried.because;
          failing = { since: failing?.since ?? now, because };
        }
        silent = wasSilent ? { until: Date.now() + restMs, isTried: false } : null;
        return tried;
      },
    },
    health: () => ({
      connector: "anthropic",
      name: "Anthropic's API",
      state: failing === null ? "closed" : "open",
      since: failing === null ? null : new Date(failing.since),
      againAt: silent === null ? null : new Date(silent.until),
      because: failing && `${failing.because}; specialists go by their playbooks meanwhile`,
    }),
  };
}
