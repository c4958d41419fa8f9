import type { ChannelMark } from "../../messages/web-posts.ts";

type Heard = (marks: readonly ChannelMark[]) => void;

/**
 * Tells whoever listens in this process that channels moved. Our own posts nudge it at once; what other replicas post is
 * seen by one small query a second for each tenant, and only while somebody listens.
 */
export class Hub {
  readonly #read: (tenant: string) => Promise<readonly ChannelMark[]>;
  readonly #everyMs: number;
  readonly #listeners = new Map<string, Set<Heard>>();
  readonly #pulling = new Map<string, { again: boolean }>();
  #timer: NodeJS.Timeout | null = null;

  constructor(read: (tenant: string) => Promise<readonly ChannelMark[]>, everyMs = 1000) {
    this.#read = read;
    this.#everyMs = everyMs;
  }

  /** Hears the channels' marks after every change, and now and then without one. Returns how to stop. */
  listen(tenant: string, heard: Heard): () => void {
    const mine = this.#listeners.get(tenant) ?? new Set();
    this.#listeners.set(tenant, mine.add(heard));
    this.#timer ??= setInterval(() => {
      for (const each of this.#listeners.keys()) this.nudge(each);
    }, this.#everyMs).unref();
    return () => {
      mine.delete(heard);
      if (mine.size === 0 && this.#listeners.get(tenant) === mine) this.#listeners.delete(tenant);
      if (this.#listeners.size > 0 || this.#timer === null) return;
      clearInterval(this.#timer);
      this.#timer = null;
    };
  }

  /** Something moved: look now. A nudge during a look causes one more. */
  nudge(tenant: string): void {
    const running = this.#pulling.get(tenant);
    if (running !== undefined) running.again = true;
    else if (this.#listeners.has(tenant)) void this.#pull(tenant);
  }

  async #pull(tenant: string): Promise<void> {
    const state = { again: true };
    this.#pulling.set(tenant, state);
    try {
      while (state.again) {
        state.again = false;
        const marks = await this.#read(tenant);
        for (const heard of this.#listeners.get(tenant) ?? []) heard(marks);
      }
    } catch {
      // The database is away: the next second looks again, and health says so meanwhile.
    } finally {
      this.#pulling.delete(tenant);
    }
  }
}
