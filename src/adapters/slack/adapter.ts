import { Fault } from "../../domain/fault.ts";
import type { Place } from "../../domain/incoming.ts";
import type { Picture } from "../../domain/picture.ts";
import type { ChatAdapter, Reach, View } from "../../messages/adapter.ts";
import { withPicture } from "../../messages/pictures.ts";
import { type SlackApi, slackWord } from "./api.ts";
import type { SlackFiles } from "./files.ts";
import { isMarked, metadataOf } from "./marker.ts";
import { parsedOf, read } from "./parse.ts";
import type { Us } from "./reading.ts";
import { isPrivate, nameIn, privateRef, refOf } from "./ref.ts";
import { type Rendered, render } from "./render.ts";
import type { Status } from "./status.ts";
import { createStreams } from "./stream.ts";

/** How far back a marker is looked for: this many pages of this many messages. */
const pagesMost = 5;
const pageSize = 200;

export interface SlackAdapterParts {
  readonly api: SlackApi;
  readonly status: Status;
  /** Null until Slack has said who we are; then nothing is taken yet. */
  us(): Us | null;
  readonly signingSecret: string | null;
  address(path: string): string;
  readonly files: SlackFiles;
  onError(error: Error): void;
}

/**
 * Slack as a platform. The marker goes along as message metadata. What one person alone may see is posted as an
 * ephemeral message, which Slack can neither look up nor change: after a crash it counts as posted, so it is seen at
 * most once, and changing it does nothing. What is for one person and answers nothing (its place is no thread) is a
 * direct message, which can be changed but not looked up either: it too is posted at most once.
 */
export function createSlackAdapter({
  api,
  status,
  us,
  signingSecret,
  address,
  files,
  onError,
}: SlackAdapterParts): ChatAdapter {
  const streams = createStreams(api);
  return {
    platform: "slack",
    pace: { burst: 3, everyMs: 1000 },

    parse(delivery) {
      const we = us();
      if (we === null) return { kind: "unsupported", because: "Slack has not said yet who Steward is there" };
      return parsedOf(read(delivery, we, signingSecret));
    },

    post: (view, place, marker, reach) =>
      withPicture(view, reach, (shown, picture) =>
        drawn(shown, picture, place.channel, reach.signal, (message) => post(message, shown, place, marker, reach)),
      ),

    async replace(ref, view, reach) {
      if (isPrivate(ref) || (view.writing && (await streams.goOn(ref, view.text, reach.signal)))) return;
      const { channel, ts, thread } = nameIn(ref);
      await withPicture(view, reach, (shown, picture) =>
        drawn(shown, picture, channel, reach.signal, (message) =>
          streams.change(
            ref,
            (more) => api.call((slack) => slack.chat.update({ ...message, ...more, channel, ts }), reach.signal),
            reach.signal,
          ),
        ),
      );
      if (thread !== ts) await react(channel, thread, view.mark, reach.signal);
    },

    async find(marker, { channel, thread }, { privateTo, signal }) {
      if (privateTo !== null) return privateRef(channel, marker);
      const top = thread === "" || thread.startsWith("+");
      let cursor: string | undefined;
      for (let page = 0; page < pagesMost; page++) {
        const more = { channel, include_all_metadata: true, limit: pageSize, ...(cursor && { cursor }) };
        const got = await api
          .call(
            (slack) => (top ? slack.conversations.history(more) : slack.conversations.replies({ ...more, ts: thread })),
            signal,
          )
          .catch((error: unknown) => {
            if (slackWord(error) === "thread_not_found") return null;
            throw error;
          });
        const own = got?.messages?.find((each) => each.bot_id === us()?.botId && isMarked(each, marker));
        if (own?.ts) {
          const ref = refOf(channel, own.ts, top ? undefined : thread);
          if (isMarked(own, marker) === "written") streams.found(ref, marker);
          return ref;
        }
        cursor = got?.response_metadata?.next_cursor || undefined;
        if (cursor === undefined) break;
      }
      return null;
    },

    threadOf(ref) {
      return nameIn(ref).thread;
    },

    async tokensOf(ref, { signal }: Reach) {
      if (isPrivate(ref)) return [];
      const { channel, ts, thread } = nameIn(ref);
      const only = { channel, oldest: ts, latest: ts, inclusive: true, limit: 2 };
      const got = await api.call(
        (slack) =>
          thread === ts ? slack.conversations.history(only) : slack.conversations.replies({ ...only, ts: thread }),
        signal,
      );
      const blocks = got.messages?.find((each) => each.ts === ts)?.blocks ?? [];
      return blocks
        .flatMap((block) => ("elements" in block ? (block.elements ?? []) : []))
        .flatMap((each) => {
          const { action_id: action, value } = each as { action_id?: string; value?: string };
          return /^(?:decide|whole):/.test(action ?? "") && value ? [value] : [];
        });
    },
  };

  /** A view as a message, with its picture as a file that is there by then. */
  async function drawn<T>(
    view: View,
    picture: Picture | null,
    channel: string,
    signal: AbortSignal,
    send: (message: Rendered & typeof shownAsWritten) => Promise<T>,
  ): Promise<T> {
    const how = { address, opinion: asksOpinion(view, channel) };
    if (picture === null || view.picture === undefined) return send({ ...render(view, how), ...shownAsWritten });
    const file = await files.fileOf(view.picture, picture, signal);
    return files.whenSeen(file, () => send({ ...render(view, { ...how, file }), ...shownAsWritten }));
  }

  async function post(
    drawing: Rendered & typeof shownAsWritten,
    view: View,
    place: Place,
    marker: string,
    { privateTo, signal }: Reach,
  ): Promise<string> {
    const { channel } = place;
    const thread = place.thread === "" || place.thread.startsWith("+") ? undefined : place.thread;
    const message = { ...drawing, channel, ...(thread !== undefined && { thread_ts: thread }) };
    if (privateTo !== null && place.thread === "") {
      // It answers nothing they have just done: an ephemeral message would be lost on whoever does not look now.
      const direct = { ...message, ...unfurlNothing, channel: privateTo };
      const { channel: conversation, ts } = await api.call((slack) => slack.chat.postMessage(direct), signal);
      return conversation && ts ? refOf(conversation, ts) : privateRef(channel, marker);
    }
    if (privateTo !== null) {
      const { message_ts } = await api.call(
        (slack) => slack.chat.postEphemeral({ ...message, user: privateTo }),
        signal,
      );
      return privateRef(channel, message_ts ?? marker);
    }
    if (thread !== undefined) status.answered(channel, thread);
    if (view.writing && thread !== undefined && isDirect(channel)) {
      const begun = await streams.begin(view.text, { channel, thread }, marker, signal);
      if (begun !== null) return begun;
    }
    const metadata = metadataOf(marker);
    const posted = await api.call(
      (slack) => slack.chat.postMessage({ ...message, metadata, ...unfurlNothing }),
      signal,
    );
    if (!posted.ts) throw new Fault("platform-refused", "Slack took the message and gave it no name");
    if (thread !== undefined) await react(channel, thread, view.mark, signal);
    return refOf(posted.channel ?? channel, posted.ts, thread);
  }

  /** Shows how far a thread is on its first message. A message that is posted stays posted, whatever becomes of this. */
  async function react(channel: string, timestamp: string, mark: View["mark"], signal: AbortSignal): Promise<void> {
    if (mark === undefined) return;
    const about = { channel, timestamp };
    const quiet = (error: unknown) => {
      if (!["already_reacted", "no_reaction"].includes(slackWord(error) ?? "")) onError(error as Error);
    };
    await api.call((slack) => slack.reactions.add({ ...about, name: emoji[mark] }), signal).catch(quiet);
    if (mark === "taken") return;
    await api.call((slack) => slack.reactions.remove({ ...about, name: emoji.taken }), signal).catch(quiet);
  }
}

const emoji = { taken: "eyes", done: "white_check_mark", failed: "x" } as const;
const shownAsWritten = { parse: "none", link_names: false } as const;
const unfurlNothing = { unfurl_links: false, unfurl_media: false } as const;

/** Final answers in a conversation with the bot alone ask whether they helped. */
function asksOpinion({ last, buttons = [] }: View, channel: string): boolean {
  return last === true && isDirect(channel) && buttons.length === 0;
}

/** A conversation with one person alone. */
function isDirect(channel: string): boolean {
  return channel.startsWith("D");
}
