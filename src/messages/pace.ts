import type { Place } from "../domain/incoming.ts";
import type { ChatAdapter } from "./adapter.ts";

/** Messages a channel may still get now, and when it was counted last. In this process only: what replicas send together, the platform's own "not so fast" settles. */
export class Pace {
  readonly #buckets = new Map<string, { left: number; at: number }>();

  /** Takes one message's worth; returns 0, or after how many milliseconds there is room. What is urgent always has room. */
  take(adapter: ChatAdapter, place: Place, urgent: boolean): number {
    const { pace } = adapter;
    if (pace === undefined) return 0;
    const now = performance.now();
    const key = `${place.platform} ${place.channel}`;
    const known = this.#buckets.get(key) ?? { left: pace.burst, at: now };
    const left = Math.min(pace.burst, known.left + (now - known.at) / pace.everyMs);
    if (left < 1 && !urgent) return Math.ceil((1 - left) * pace.everyMs);
    this.#buckets.delete(key);
    this.#buckets.set(key, { left: left - 1, at: now });
    const oldest = this.#buckets.size > 10_000 ? this.#buckets.keys().next().value : undefined;
    if (oldest !== undefined) this.#buckets.delete(oldest);
    return 0;
  }
}
