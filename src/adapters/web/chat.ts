import type { Field } from "../../domain/card.ts";
import { Fault } from "../../domain/fault.ts";
import { deriveId, isId } from "../../domain/ids.ts";
import type { Incoming } from "../../domain/incoming.ts";
import { cleanText } from "../../domain/text.ts";
import type { ViewButton } from "../../messages/adapter.ts";
import type { WebPost, WebPosts } from "../../messages/web-posts.ts";
import { steward } from "./adapter.ts";
import type { Hub } from "./hub.ts";
import type { WebEnvelope } from "./parse.ts";
import { parse } from "./parse.ts";
import { type PictureAsked, type PictureView, pictureFor, pictureOf } from "./pictures.ts";

/** Takes what was said: stores it once for its delivery key. */
export interface Intake {
  accept(incoming: Incoming): Promise<unknown>;
}

/** One message as the browser and the API get it. A card is there when there is more to show than the text. */
export interface WebMessage {
  readonly id: string;
  readonly n: number;
  readonly thread: string | null;
  readonly from: string;
  readonly text: string;
  /** The text is Markdown; any other text is plain words. */
  readonly report?: true;
  readonly card?: {
    readonly title: string;
    readonly fields: readonly Field[];
    readonly buttons: readonly ViewButton[];
    readonly code?: string;
    readonly picture?: PictureView;
    readonly outcome?: string;
    readonly link?: string;
  };
  readonly private?: true;
}

export interface Page {
  readonly messages: readonly WebMessage[];
  /** Asking `after` this number gives only what is new or redrawn since. */
  readonly last: number;
}

export interface Say {
  readonly tenant: string;
  readonly channel: string;
  /** The signed-in person's id. */
  readonly from: string;
  readonly text: string;
  /** A post's id: answers in its thread. */
  readonly thread?: string;
  /** The client's own key: the same person saying it again under it is told the first post's id, and nothing is doubled. */
  readonly deliveryKey?: string;
}

export interface Repeat {
  readonly tenant: string;
  /** The signed-in person's id. */
  readonly from: string;
  /** The message the button is on. */
  readonly message: string;
  /** What the button says. */
  readonly say: string;
  /** The same key again is the same press. */
  readonly deliveryKey: string;
}

/** The built-in chat: what a browser or a script can do in it. Presses go through `parse` and the gates. */
export interface WebChat {
  /** Posts what a person says, then hands it to the intake; only then does it return. Throws Fault bad-request, not-found, forbidden. */
  say(said: Say): Promise<{ readonly id: string }>;
  /** Hears what a button of ours said, as if this person had written it below the message; nobody else sees it. Throws Fault not-found. */
  repeat(pressed: Repeat): Promise<void>;
  /**
   * What this viewer may see, thread replies included. With `after`, whatever was added *or redrawn* since that number:
   * a settled card comes again with its old id and n. Whoever passes the highest n seen misses nothing but may see a
   * redrawn card twice; `last` avoids that. At most 500; without `after` the newest.
   */
  list(query: {
    readonly tenant: string;
    readonly channel: string;
    readonly viewer: string;
    readonly after?: number;
  }): Promise<Page>;
  channels(tenant: string): Promise<readonly { readonly id: string; readonly last: number }[]>;
  /** The picture of a message that this viewer may see, as PNG; null where there is none of this name. */
  picture(asked: PictureAsked): Promise<Buffer | null>;
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

const longest = 4000;
const pageSize = 500;
/** Where markers of client keys begin; a fixed UUIDv7, since the key alone must lead to the same marker. */
const keyRoot = "00000000-0000-7000-8000-000000000000";

export function createWebChat({
  posts,
  hub,
  intake,
}: {
  readonly posts: WebPosts;
  readonly hub: Hub;
  readonly intake: Intake;
}): WebChat {
  async function say({ tenant, channel, from, ...said }: Say): Promise<{ id: string }> {
    const text = cleanText(said.text).trim();
    if (text === "") throw new Fault("bad-request", "The message is empty: say what you need, for example “help”.");
    if (text.length > longest)
      throw new Fault("bad-request", `The message has ${text.length} characters: at most ${longest} fit.`);
    if (from === steward) throw new Fault("forbidden", "Nobody can speak as Steward.");
    await named(tenant, channel);
    const thread = said.thread === undefined ? null : await rootOf(tenant, channel, from, said.thread);
    const marker = said.deliveryKey === undefined ? null : deriveId(keyRoot, "said", from, cleanText(said.deliveryKey));
    const post = await posts.add({ tenant, channel, thread, from, view: { text }, privateTo: null, marker });
    if (post === null) throw new Fault("not-found", `There is no channel #${channel}.`);
    hub.nudge(tenant);
    await intake.accept(await incomingOf(tenant, post));
    return { id: post.id };
  }

  async function repeat({ tenant, from, message, say, deliveryKey }: Repeat): Promise<void> {
    const post = isId(message) ? await posts.read(tenant, message) : null;
    const mine = post?.from === steward && (post.privateTo === null || post.privateTo === from);
    const text = cleanText(say).trim();
    if (post === null || !mine || text === "" || text.length > longest)
      throw new Fault("not-found", "There is no such button here: reload the page to see the card as it is now.");
    // A card may have been redrawn since it was pressed: whoever was late is told so by what answers them.
    const { channel, thread } = post;
    const body: WebEnvelope = { kind: "repeated", from, deliveryKey, channel, thread: thread ?? post.id, text };
    const parsed = parse({ tenant, body });
    if (parsed.kind !== "incoming") throw new Error(`The web chat could not read its own button on ${post.id}`);
    await intake.accept(parsed.incoming);
  }

  /** Read from the stored post, so that a repeated delivery says what the first one said. */
  async function incomingOf(tenant: string, post: WebPost): Promise<Incoming> {
    const { channel, thread, from } = post;
    const aloneWithSteward = thread !== null && (await posts.isBetween(tenant, thread, from, steward));
    const said = { kind: "said", from, post: post.id, channel, thread, text: post.view.text } as const;
    const body: WebEnvelope = { ...said, aloneWithSteward };
    const parsed = parse({ tenant, body });
    if (parsed.kind !== "incoming") throw new Error(`The web chat could not read its own post ${post.id}`);
    return parsed.incoming;
  }

  async function named(tenant: string, channel: string): Promise<{ id: string; last: number }> {
    const all = await posts.channels(tenant);
    const found = all.find((each) => each.id === channel);
    if (found !== undefined) return found;
    const names = all.map((each) => `#${each.id}`).join(", ");
    throw new Fault(
      "not-found",
      `There is no channel #${cleanText(channel).slice(0, 80)}: ${names === "" ? "none is open" : `there are ${names}`}.`,
    );
  }

  async function rootOf(tenant: string, channel: string, viewer: string, thread: string): Promise<string> {
    const post = isId(thread) ? await posts.read(tenant, thread) : null;
    if (post === null || post.channel !== channel || (post.privateTo !== null && post.privateTo !== viewer))
      throw new Fault("not-found", `There is no such thread in #${channel}: give the id of a message in it.`);
    return post.thread ?? post.id;
  }

  async function list({
    tenant,
    channel,
    viewer,
    after = null,
  }: {
    tenant: string;
    channel: string;
    viewer: string;
    after?: number | null;
  }): Promise<Page> {
    const { last } = await named(tenant, channel);
    if (after !== null && !(Number.isSafeInteger(after) && after >= 0))
      throw new Fault("bad-request", "“after” must be a whole number: the n of the last message seen, or 0.");
    const found = await posts.list({ tenant, channel, viewer, after, limit: pageSize });
    const cut = after !== null && found.length === pageSize;
    const messages = found.map(toMessage).sort((a, b) => a.n - b.n);
    return { messages, last: cut ? (found.at(-1)?.changed ?? last) : Math.max(last, after ?? 0) };
  }

  async function* subscribe({ tenant, viewer, after = {}, signal }: Parameters<WebChat["subscribe"]>[0]) {
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

  return {
    say,
    repeat,
    list,
    channels: (tenant) => posts.channels(tenant),
    picture: (asked) => pictureFor(posts, asked),
    subscribe,
  };
}

function toMessage({ id, n, thread, from, view, privateTo }: WebPost): WebMessage {
  const { text, report, title, fields = [], buttons = [], code, picture, outcome, link } = view;
  const plain =
    title === undefined &&
    fields.length === 0 &&
    buttons.length === 0 &&
    [code, picture, outcome, link].every((part) => part === undefined);
  const more = {
    ...(code !== undefined && { code }),
    ...(picture !== undefined && { picture: pictureOf(id, picture) }),
    ...(outcome !== undefined && { outcome }),
    ...(link !== undefined && { link }),
  };
  return {
    id,
    n,
    thread,
    from,
    text,
    ...(report !== undefined && { report }),
    ...(!plain && { card: { title: title ?? "", fields, buttons, ...more } }),
    ...(privateTo !== null && { private: true as const }),
  };
}
