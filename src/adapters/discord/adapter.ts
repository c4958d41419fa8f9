import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import type { Place } from "../../domain/incoming.ts";
import type { Picture } from "../../domain/picture.ts";
import type { ChatAdapter, Reach, View } from "../../messages/adapter.ts";
import { withPicture } from "../../messages/pictures.ts";
import type { Memory } from "../../messages/platform.ts";
import { type Api, codes, type Self, unless } from "./api.ts";
import { buttonIds, pictureFile } from "./components.ts";
import { parse } from "./parse.ts";
import { idOf, read, readRef, refOf, type Site } from "./ref.ts";
import { markOf, render } from "./render.ts";
import { plain } from "./text.ts";

interface AdapterParts {
  readonly api: Api;
  readonly self: (signal?: AbortSignal) => Promise<Self>;
  readonly tenant: string;
  readonly memory: Memory;
  readonly address: (path: string) => string;
}

interface Piece {
  readonly id?: number | undefined;
  readonly custom_id?: string | undefined;
  readonly content?: string | undefined;
  readonly components?: readonly Piece[] | undefined;
}
const Piece: z.ZodType<Piece> = z.lazy(() =>
  z.object({
    id: z.number().optional(),
    custom_id: z.string().optional(),
    content: z.string().optional(),
    components: z.array(Piece).optional(),
  }),
);
const Message = z.object({
  id: z.string(),
  content: z.string().default(""),
  author: z.object({ id: z.string() }),
  components: z.array(Piece).default([]),
});
const Created = z.object({ id: z.string() });

/** How many messages back a lost one is looked for. */
const lookback = 100;
const dayInMinutes = 1440;
const reactions = { taken: "👀", done: "✅", failed: "❌" } as const;

/**
 * Discord over its REST API. A place's channel is a channel's id, or "@" and the id of a direct message; its thread is
 * the id of the message the thread was begun from (Discord gives the thread the same), of a thread somebody began, or,
 * in a direct message, of the message we reply to. A ref is "channel/thread/message/mark".
 *
 * Every message is drawn in components. The marker travels twice: as `nonce`, by which Discord itself refuses a second
 * copy for some minutes, and as the id of the first component, which nobody sees and `find` reads among the newest 100
 * messages of the place. A private notice is a direct message, so it is found again like any other.
 */
export function createDiscordAdapter({ api, self, tenant, memory, address }: AdapterParts): ChatAdapter {
  const directs = new Map<string, string>();

  /** The channel in which this user alone reads. */
  async function directOf(user: string, signal: AbortSignal): Promise<string> {
    const known = directs.get(user);
    if (known !== undefined) return known;
    const { id } = await api.call("post", "/users/@me/channels", Created, {
      body: { recipient_id: idOf(user, "user") },
      signal,
    });
    directs.set(user, id);
    return id;
  }

  /** Where a message of this place goes, for whom it is meant. */
  async function siteOf(place: Place, { privateTo, signal }: Reach): Promise<Site> {
    const site = read(place);
    if (privateTo === null) return site;
    const channel = await directOf(privateTo, signal);
    return channel === site.channel && site.direct ? site : { direct: true, channel, thread: "" };
  }

  /** A view as the body of a call, with what is uploaded along. */
  async function draw(view: View, picture: Picture | null, mark: number, about?: string): Promise<Sent> {
    const { body, kept } = render(view, mark, address, about, picture !== null);
    for (const { key, text } of kept) await memory.keep(tenant, `say:${key}`, text);
    if (picture === null) return { body };
    return { body, files: [{ name: pictureFile, data: picture.image, contentType: "image/png" }] };
  }

  /** Posts in the thread, which is begun first where nobody has; where its message is gone, in the channel. Resolves to the thread it is in. */
  async function postInThread(site: Site, sent: Sent, signal: AbortSignal): Promise<{ id: string; thread: string }> {
    const route = `/channels/${site.thread}/messages` as const;
    const there = await unless(api.call("post", route, Created, { ...sent, signal }), codes.unknownChannel);
    if (there !== null) return { ...there, thread: site.thread };
    const root = await unless(
      api.call("get", `/channels/${site.channel}/messages/${site.thread}`, Message, { signal }),
      codes.unknownMessage,
    );
    if (root === null) {
      const { id } = await api.call("post", `/channels/${site.channel}/messages`, Created, { ...sent, signal });
      return { id, thread: "" };
    }
    const name = plain(textIn(root), 80);
    const thread = { name, auto_archive_duration: dayInMinutes };
    const from = `/channels/${site.channel}/messages/${site.thread}/threads` as const;
    await unless(api.call("post", from, Created, { body: thread, signal }), codes.threadExists);
    return { ...(await api.call("post", route, Created, { ...sent, signal })), thread: site.thread };
  }

  /**
   * Reacts on the message a thread began from. Not being allowed to is no reason to hold back an answer. The message itself
   * is there already, so no failure here says that nothing was done.
   */
  async function react(site: Site, view: View, signal: AbortSignal): Promise<void> {
    if (view.mark === undefined || site.thread === "") return;
    const message = `/channels/${site.channel}/messages/${site.thread}` as const;
    const one = (name: keyof typeof reactions) =>
      `${message}/reactions/${encodeURIComponent(reactions[name])}/@me` as const;
    const tolerated = [codes.unknownMessage, codes.unknownChannel, codes.missingPermissions, codes.missingAccess];
    try {
      await unless(api.call("put", one(view.mark), z.unknown(), { signal }), ...tolerated, 10014, 30010, 90001);
      if (view.mark !== "taken")
        await unless(api.call("delete", one("taken"), z.unknown(), { signal }), ...tolerated, 10014);
    } catch (error) {
      if (!(error instanceof Fault) || !error.undone) throw error;
      const { code, message: because, retryAfterMs } = error;
      throw new Fault(code, because, { cause: error, ...(retryAfterMs !== null && { retryAfterMs }) });
    }
  }

  async function post(
    view: View,
    picture: Picture | null,
    place: Place,
    marker: string,
    reach: Reach,
  ): Promise<string> {
    const { signal } = reach;
    const site = await siteOf(place, reach);
    const mark = markOf(marker);
    const elsewhere = reach.privateTo !== null && !place.channel.startsWith("@");
    const drawn = await draw(view, picture, mark, elsewhere ? place.channel : undefined);
    const body = { ...drawn.body, nonce: marker.replaceAll("-", "").slice(-25), enforce_nonce: true };
    if (site.thread !== "" && !site.direct) {
      const { id, thread } = await postInThread(site, { ...drawn, body }, signal);
      await react({ ...site, thread }, view, signal);
      return refOf({ ...site, thread }, id, mark);
    }
    const answered =
      site.thread === "" ? {} : { message_reference: { message_id: site.thread, fail_if_not_exists: false } };
    const route = `/channels/${site.channel}/messages` as const;
    const { id } = await api.call("post", route, Created, { ...drawn, body: { ...body, ...answered }, signal });
    await react(site, view, signal);
    return refOf(site, id, mark);
  }

  return {
    platform: "discord",
    // Discord lets about five messages through in five seconds in one channel.
    pace: { burst: 5, everyMs: 1000 },
    parse,

    post: (view, place, marker, reach) =>
      withPicture(view, reach, (shown, picture) => post(shown, picture, place, marker, reach)),

    async replace(ref, view, reach) {
      const { signal } = reach;
      const { site, message, mark } = readRef(ref);
      const channel = site.direct || site.thread === "" ? site.channel : site.thread;
      await withPicture(view, reach, async (shown, picture) => {
        const sent = await draw(shown, picture, mark);
        const redraw = () =>
          api.call("patch", `/channels/${channel}/messages/${message}`, Created, { ...sent, signal });
        if ((await unless(redraw(), codes.archived)) !== null) return;
        await api.call("patch", `/channels/${channel}`, z.unknown(), { body: { archived: false }, signal });
        await redraw();
      });
      await react(site, view, signal);
    },

    async find(marker, place, reach) {
      const site = await siteOf(place, reach);
      const { userId } = await self(reach.signal);
      const mark = markOf(marker);
      const inThread = site.thread !== "" && !site.direct;
      for (const thread of inThread ? [site.thread, ""] : [""]) {
        const channel = thread === "" ? site.channel : thread;
        const messages = await unless(
          api.call("get", `/channels/${channel}/messages`, z.array(Message), {
            query: { limit: String(lookback) },
            signal: reach.signal,
          }),
          ...(thread === "" ? [] : [codes.unknownChannel]),
        );
        const found = messages?.find(({ author, components }) => author.id === userId && carries(components, mark));
        if (found !== undefined) return refOf(inThread ? { ...site, thread } : site, found.id, mark);
      }
      return null;
    },

    threadOf: (ref) => readRef(ref).message,

    async tokensOf(ref, { signal }) {
      const { site, message } = readRef(ref);
      const channel = site.direct || site.thread === "" ? site.channel : site.thread;
      const got = await unless(
        api.call("get", `/channels/${channel}/messages/${message}`, Message, { signal }),
        codes.unknownMessage,
      );
      return all(got?.components ?? []).flatMap(({ custom_id = ":" }) =>
        custom_id.startsWith(buttonIds.read)
          ? [custom_id.slice(buttonIds.read.length)]
          : /[:#]/.test(custom_id)
            ? []
            : [custom_id],
      );
    },
  };
}

/** The body of a message, and what is uploaded with it. */
interface Sent {
  readonly body: object;
  readonly files?: readonly { readonly name: string; readonly data: Buffer; readonly contentType: string }[];
}

function all(components: readonly Piece[]): Piece[] {
  return components.flatMap((each) => [each, ...all(each.components ?? [])]);
}

function carries(components: readonly Piece[], mark: number): boolean {
  return all(components).some(({ id }) => id === mark);
}

/** What a message says, for the name of the thread it begins: without mentions and markdown. */
function textIn({ content, components }: z.output<typeof Message>): string {
  const said = content !== "" ? content : (all(components).find((each) => each.content !== undefined)?.content ?? "");
  return said.replace(/<[@#:a-z][^<>]*>/gi, "").replace(/[\\*_`#]/g, "");
}
