import { Fault } from "../../domain/fault.ts";
import { deriveId, isId } from "../../domain/ids.ts";
import type { Incoming } from "../../domain/incoming.ts";
import { cleanText } from "../../domain/text.ts";
import type { WebPost, WebPosts } from "../../messages/web-posts.ts";
import { steward } from "./adapter.ts";
import type { Hub } from "./hub.ts";
import type { WebEnvelope } from "./parse.ts";
import { parse } from "./parse.ts";
import { channelNamed } from "./reading.ts";

/** Takes what was said: stores it once for its delivery key. */
export interface Intake {
  accept(incoming: Incoming): Promise<unknown>;
}

interface Say {
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

interface Repeat {
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

/** Saying something, with the keyboard or with a button. */
export interface Saying {
  /** Posts what a person says, then hands it to the intake; only then does it return. Throws Fault bad-request, not-found, forbidden. */
  say(said: Say): Promise<{ readonly id: string }>;
  /** Hears what a button of ours said, as if this person had written it below the message; nobody else sees it. Throws Fault not-found. */
  repeat(pressed: Repeat): Promise<void>;
}

const longest = 4000;
/** Where markers of client keys begin; a fixed UUIDv7, since the key alone must lead to the same marker. */
const keyRoot = "00000000-0000-7000-8000-000000000000";

export function createSaying({
  posts,
  hub,
  intake,
}: {
  readonly posts: WebPosts;
  readonly hub: Hub;
  readonly intake: Intake;
}): Saying {
  async function say({ tenant, channel, from, ...said }: Say): Promise<{ id: string }> {
    const text = cleanText(said.text).trim();
    if (text === "") throw new Fault("bad-request", "The message is empty: say what you need, for example “help”.");
    if (text.length > longest)
      throw new Fault("bad-request", `The message has ${text.length} characters: at most ${longest} fit.`);
    if (from === steward) throw new Fault("forbidden", "Nobody can speak as Steward.");
    await channelNamed(posts, tenant, channel);
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

  async function rootOf(tenant: string, channel: string, viewer: string, thread: string): Promise<string> {
    const post = isId(thread) ? await posts.read(tenant, thread) : null;
    if (post === null || post.channel !== channel || (post.privateTo !== null && post.privateTo !== viewer))
      throw new Fault("not-found", `There is no such thread in #${channel}: give the id of a message in it.`);
    return post.thread ?? post.id;
  }

  return { say, repeat };
}
