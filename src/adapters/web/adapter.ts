import { Fault } from "../../domain/fault.ts";
import { isId } from "../../domain/ids.ts";
import type { ChatAdapter } from "../../messages/adapter.ts";
import type { WebPosts } from "../../messages/web-posts.ts";
import type { Hub } from "./hub.ts";
import { parse } from "./parse.ts";

/** The name Steward posts under. Nobody else may. */
export const steward = "steward";

/** The web chat as a platform: a ref is a post's id. Posting the same marker twice gives the same post. */
export function createWebAdapter({ posts, hub }: { readonly posts: WebPosts; readonly hub: Hub }): ChatAdapter {
  return {
    platform: "web",
    parse,

    async post(view, place, marker, { tenant, privateTo }) {
      const thread = place.thread === "" || place.thread.startsWith("+") ? null : place.thread;
      if (thread !== null && (!isId(thread) || (await posts.read(tenant, thread))?.channel !== place.channel))
        throw new Fault("platform-refused", `The web chat has no thread ${thread} in #${place.channel}`);
      const post = await posts.add({ tenant, channel: place.channel, thread, from: steward, view, privateTo, marker });
      if (post === null) throw new Fault("platform-refused", `The web chat has no channel #${place.channel}`);
      hub.nudge(tenant);
      return post.id;
    },

    async replace(ref, view, { tenant }) {
      if (!isId(ref) || !(await posts.change(tenant, ref, view)))
        throw new Fault("platform-refused", `The web chat has no post ${ref}`);
      hub.nudge(tenant);
    },

    async find(marker, _place, { tenant }) {
      return (await posts.byMarker(tenant, marker))?.id ?? null;
    },

    threadOf: (ref) => ref,

    async tokensOf(ref, { tenant }) {
      const post = await posts.read(tenant, ref);
      return post?.view.buttons?.flatMap((button) => ("token" in button ? [button.token] : [])) ?? [];
    },
  };
}
