import type { View } from "./adapter.ts";

/** One post of the built-in web chat: what Slack would hold for us, we hold for the browser. */
export interface WebPost {
  readonly id: string;
  readonly channel: string;
  /** Its number in the channel, given under lock. */
  readonly n: number;
  /** The number of its last change, from the same counter; at first its n. */
  readonly changed: number;
  /** The thread's first post; null for a post in the channel itself. */
  readonly thread: string | null;
  /** A person's id, or "steward". */
  readonly from: string;
  readonly view: View;
  readonly privateTo: string | null;
}

export interface NewWebPost extends Omit<WebPost, "id" | "n" | "changed"> {
  readonly tenant: string;
  /** A UUID; a second post with the same marker is the first one. */
  readonly marker: string | null;
}

/** A channel and the highest number given in it. */
export interface ChannelMark {
  readonly id: string;
  readonly last: number;
}

/** Where the web chat keeps its posts. Ids and markers must be UUIDs. */
export interface WebPosts {
  channels(tenant: string): Promise<readonly ChannelMark[]>;
  /** Opens the channels that are not there yet. */
  openChannels(tenant: string, names: readonly string[]): Promise<void>;
  /** Adds a post, or returns the one that already carries the marker; null when there is no such channel. */
  add(post: NewWebPost): Promise<WebPost | null>;
  /** Redraws a post; false when it is not there. */
  change(tenant: string, id: string, view: View): Promise<boolean>;
  read(tenant: string, id: string): Promise<WebPost | null>;
  byMarker(tenant: string, marker: string): Promise<WebPost | null>;
  /** The body of the artifact of a post's picture; null where the run of this post made none such. */
  picture(tenant: string, post: WebPost): Promise<string | null>;
  /**
   * What this viewer may see, oldest first. With `after`, the posts added or changed since that number, in the order of
   * their changes; without, the newest ones.
   */
  list(query: {
    tenant: string;
    channel: string;
    viewer: string;
    after: number | null;
    limit: number;
  }): Promise<readonly WebPost[]>;
  /** Whether these two, and nobody else, have posted for all to see in the thread this post begins. */
  isBetween(tenant: string, thread: string, one: string, other: string): Promise<boolean>;
}
