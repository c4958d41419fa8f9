import type { Place } from "../domain/incoming.ts";
import type { ChatAdapter } from "./adapter.ts";

interface Channel {
  /** Messages it may get now, and when they were counted. */
  left: number;
  at: number;
  /** When each waiting thread may ask again, and the last of these times. */
  readonly turns: Map<string, number>;
  last: number;
}

const longestWaitMs = 30_000;

/**
 * How fast channels get messages, in this process only: what replicas send together, the platform's own "not so fast"
 * settles. Who has to wait gets a turn, so that a hundred waiting threads do not all ask again every second.
 */
export class Pace {
  readonly #channels = new Map<string, Channel>();

  /** Takes one message's worth; returns 0, or after how many milliseconds to ask again. What is urgent always has room. */
  take(adapter: ChatAdapter, place: Place, urgent: boolean): number {
    const { pace } = adapter;
    if (pace === undefined) return 0;
    const now = performance.now();
    const channel = this.#channel(`${place.platform} ${place.channel}`, pace.burst, now);
    channel.left = Math.min(pace.burst, channel.left + (now - channel.at) / pace.everyMs);
    channel.at = now;
    if (urgent || channel.left >= 1) {
      channel.left -= 1;
      channel.turns.delete(place.thread);
      return 0;
    }
    const mine = channel.turns.get(place.thread);
    if (mine !== undefined && mine > now) return Math.ceil(mine - now);
    const soonest = now + (1 - channel.left) * pace.everyMs;
    const turn =
      mine === undefined ? Math.min(Math.max(channel.last + pace.everyMs, soonest), now + longestWaitMs) : soonest;
    channel.turns.set(place.thread, turn);
    channel.last = Math.max(channel.last, turn);
    return Math.ceil(turn - now);
  }

  #channel(key: string, burst: number, now: number): Channel {
    const known = this.#channels.get(key) ?? { left: burst, at: now, turns: new Map(), last: 0 };
    this.#channels.delete(key);
    this.#channels.set(key, known);
    const oldest = this.#channels.size > 10_000 ? this.#channels.keys().next().value : undefined;
    if (oldest !== undefined) this.#channels.delete(oldest);
    if (known.turns.size > 1000)
      for (const [thread, turn] of known.turns) if (turn < now - longestWaitMs) known.turns.delete(thread);
    return known;
  }
}
