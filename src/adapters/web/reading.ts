import { Fault } from "../../domain/fault.ts";
import { cleanText } from "../../domain/text.ts";
import type { ChannelMark, WebPosts } from "../../messages/web-posts.ts";
import type { Hub } from "./hub.ts";
import { type Page, toMessage } from "./message.ts";

/** Reading a channel, and hearing of what is new in any. */
export interface Reading {
  /**
   * What this viewer may see, thread replies included. With `after`, whatever was added *or redrawn* since that number:
   * a settled card comes again with its old id and n. Whoever passes the highest n seen misses nothing but may see a
   * redrawn card twice; `last` avoids that. At most 500; without `after` the newest.
   */
  list(query: {
    readonly tenant: string;
    readonly channel: string;
    readonly viewer: string;
    readonly after?: number | null;
  }): Promise<Page>;
  /**
   * Pages of news for a viewer, from any replica, until the signal aborts. Begins after the numbers given for each
   * channel, or with what comes from the first `next()` on.
   */
  subscribe(query: {
    readonly tenant: string;
    readonly viewer: string;
    readonly after?: Readonly<Record<string, number>>;
    readonly signal: AbortSignal;
  }): AsyncGenerator<Page & { readonly channel: string }, void, void>;
}

const pageSize = 500;

/** A channel by its name. Throws Fault("not-found") with those there are. */
export async function channelNamed(posts: WebPosts, tenant: string, channel: string): Promise<ChannelMark> {
  const all = await posts.channels(tenant);
  const found = all.find((each) => each.id === channel);
  if (found !== undefined) return found;
  const names = all.map((each) => `#${each.id}`).join(", ");
  throw new Fault(
    "not-found",
    `There is no channel #${cleanText(channel).slice(0, 80)}: ${names === "" ? "none is open" : `there are ${names}`}.`,
  );
}

export function createReading(posts: WebPosts, hub: Hub): Reading {
  async function list({ tenant, channel, viewer, after = null }: Parameters<Reading["list"]>[0]): Promise<Page> {
    const { last } = await channelNamed(posts, tenant, channel);
    if (after !== null && !(Number.isSafeInteger(after) && after >= 0))
      throw new Fault("bad-request", "“after” must be a whole number: the n of the last message seen, or 0.");
    const found = await posts.list({ tenant, channel, viewer, after, limit: pageSize });
    const cut = after !== null && found.length === pageSize;
    const messages = found.map(toMessage).sort((a, b) => a.n - b.n);
    return { messages, last: cut ? (found.at(-1)?.changed ?? last) : Math.max(last, after ?? 0) };
  }

  async function* subscribe({ tenant, viewer, after = {}, signal }: Parameters<Reading["subscribe"]>[0]) {
    let wake = Promise.withResolvers<void>();
    let marks = await posts.channels(tenant);
    const seen = new Map(marks.map(({ id, last }) => [id, after[id] ?? last]));
    const stop = hub.listen(tenant, (heard) => {
      marks = heard;
      wake.resolve();
    });
    const end = () => wake.resolve();
    signal.addEventListener("abort", end);
    hub.nudge(tenant);
    try {
      while (!signal.aborted) {
        wake = Promise.withResolvers<void>();
        for (const { id, last } of marks) {
          while ((seen.get(id) ?? 0) < last && !signal.aborted) {
            const page = await list({ tenant, channel: id, viewer, after: seen.get(id) ?? 0 });
            seen.set(id, page.last);
            if (page.messages.length > 0) yield { channel: id, ...page };
          }
        }
        if (!signal.aborted) await wake.promise;
      }
    } finally {
      stop();
      signal.removeEventListener("abort", end);
    }
  }

  return { list, subscribe };
}
