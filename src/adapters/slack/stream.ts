import { Fault } from "../../domain/fault.ts";
import { type SlackApi, slackWord } from "./api.ts";
import { metadataOf } from "./marker.ts";
import { type Named, nameIn, refOf } from "./ref.ts";
import { asStreamed } from "./text.ts";

/** Messages that are being written, as far as this process knows them. */
export interface Streams {
  /** Begins one; null where Slack does not have it so, and nothing was begun. */
  begin(
    text: string,
    where: Pick<Named, "channel" | "thread">,
    marker: string,
    signal: AbortSignal,
  ): Promise<string | null>;
  /** A message that was left half written: it can be ended and changed, not gone on with. */
  found(ref: string, marker: string): void;
  /** Writes on. False when what is there does not begin what is wanted, or Slack takes no more: then it is to be changed. */
  goOn(ref: string, text: string, signal: AbortSignal): Promise<boolean>;
  /** Changes a message whole. If it is being written, by this process or another, that is ended first; `metadata` is what it has to carry then. */
  change(
    ref: string,
    update: (more: { metadata?: ReturnType<typeof metadataOf> }) => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<void>;
}

interface Stream {
  readonly marker: string;
  /** What Slack surely has; null when that is not known. */
  text: string | null;
}

/** Streams kept in mind. One that was forgotten is ended when Slack says so. */
const most = 1000;

/**
 * Slack's own way to show somebody writing: chat.startStream, appendStream, stopStream. A stream takes no metadata before it
 * ends, so until then its marker is the id of a task in it, which Slack gives back in a block task_card. Slack itself ends
 * a stream after some minutes; it can be changed then, and only then, like any message.
 */
export function createStreams(api: SlackApi): Streams {
  const streams = new Map<string, Stream>();

  return {
    async begin(text, { channel, thread }, marker, signal) {
      const task = { type: "task_update", id: marker, title: "Writing", status: "in_progress" } as const;
      const chunks = [task, words(text)];
      try {
        const begun = await api.call((slack) => slack.chat.startStream({ channel, thread_ts: thread, chunks }), signal);
        if (!begun.ts) throw new Fault("platform-refused", "Slack began a message and gave it no name");
        const ref = refOf(begun.channel ?? channel, begun.ts, thread);
        keep(ref, { marker, text });
        return ref;
      } catch (error) {
        if (error instanceof Fault && error.undone) return null;
        throw error;
      }
    },

    found(ref, marker) {
      keep(ref, { marker, text: null });
    },

    async goOn(ref, text, signal) {
      const stream = streams.get(ref);
      const had = stream?.text ?? null;
      if (stream === undefined || had === null || !text.startsWith(had)) return false;
      if (text === had) return true;
      const { channel, ts } = nameIn(ref);
      stream.text = null;
      try {
        await api.call((slack) => slack.chat.appendStream({ channel, ts, chunks: [words(text, had)] }), signal);
        stream.text = text;
        return true;
      } catch (error) {
        if (!(error instanceof Fault) || error.retryAfterMs === null) return false;
        if (error.undone) stream.text = had;
        throw error;
      }
    },

    async change(ref, update, signal) {
      const stream = streams.get(ref);
      const more = stream === undefined ? {} : { metadata: metadataOf(stream.marker) };
      const stop = () => stopped(ref, more, signal);
      if (stream !== undefined) await stop();
      await update(more).catch(async (error: unknown) => {
        if (slackWord(error) !== "streaming_state_conflict") throw error;
        await stop();
        await update(more);
      });
      streams.delete(ref);
    },
  };

  function keep(ref: string, stream: Stream): void {
    streams.set(ref, stream);
    const oldest = streams.size > most ? streams.keys().next().value : undefined;
    if (oldest !== undefined) streams.delete(oldest);
  }

  async function stopped(ref: string, more: { metadata?: ReturnType<typeof metadataOf> }, signal: AbortSignal) {
    const { channel, ts } = nameIn(ref);
    await api
      .call((slack) => slack.chat.stopStream({ channel, ts, ...more }), signal)
      .catch((error: unknown) => {
        if (slackWord(error) !== "message_not_in_streaming_state") throw error;
      });
  }
}

/** What is to be added to `had`. */
function words(text: string, had = "") {
  return { type: "markdown_text", text: asStreamed(text).slice(asStreamed(had).length) } as const;
}
