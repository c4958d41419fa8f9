import type { WebPosts } from "../../messages/web-posts.ts";
import type { Hub } from "./hub.ts";
import { type PictureAsked, pictureFor } from "./pictures.ts";
import { createReading, type Reading } from "./reading.ts";
import { createSaying, type Intake, type Saying } from "./saying.ts";

/** The built-in chat: what a browser or a script can do in it. Presses go through `parse` and the gates. */
export interface WebChat extends Saying, Reading {
  channels(tenant: string): Promise<readonly { readonly id: string; readonly last: number }[]>;
  /** The picture of a message that this viewer may see, as PNG; null where there is none of this name. */
  picture(asked: PictureAsked): Promise<Buffer | null>;
}

export function createWebChat(parts: {
  readonly posts: WebPosts;
  readonly hub: Hub;
  readonly intake: Intake;
}): WebChat {
  const { posts, hub } = parts;
  return {
    ...createSaying(parts),
    ...createReading(posts, hub),
    channels: (tenant) => posts.channels(tenant),
    picture: (asked) => pictureFor(posts, asked),
  };
}
