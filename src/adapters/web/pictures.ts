import { isId } from "../../domain/ids.ts";
import { type PictureRef, pictureIn } from "../../domain/picture.ts";
import type { WebPosts } from "../../messages/web-posts.ts";

/** A picture on a page: where it is fetched, what it shows in words, and its size in pixels. */
export interface PictureView {
  readonly src: string;
  readonly alt: string;
  readonly width: number;
  readonly height: number;
}

/** Whoever asks for the picture of a message, by the names that are in its address. */
export interface PictureAsked {
  readonly tenant: string;
  /** The signed-in person's id. */
  readonly viewer: string;
  readonly message: string;
  readonly artifact: string;
}

/** Where the picture of a message is. The path is made of ids alone: nothing that was written becomes an address. */
export function pictureOf(message: string, { artifact, alt, width, height }: PictureRef): PictureView {
  return { src: `/api/chat/pictures/${message}/${artifact}`, alt, width, height };
}

/** The picture as PNG, for whoever sees the message; null where there is none of this name. */
export async function pictureFor(
  posts: WebPosts,
  { tenant, viewer, message, artifact }: PictureAsked,
): Promise<Buffer | null> {
  const post = isId(message) ? await posts.read(tenant, message) : null;
  if (post === null || (post.privateTo !== null && post.privateTo !== viewer)) return null;
  if (post.view.picture?.artifact !== artifact) return null;
  const kept = await posts.picture(tenant, post);
  return kept === null ? null : (pictureIn(kept)?.image ?? null);
}
