import { Fault } from "../../domain/fault.ts";
import type { JsonObject } from "../../domain/json.ts";
import type { Picture } from "../../domain/picture.ts";
import type { ChatAdapter, View } from "../../messages/adapter.ts";
import { withPicture } from "../../messages/pictures.ts";
import type { Expected } from "./activity.ts";
import { createParse } from "./parse.ts";
import type { References } from "./references.ts";
import { activityOf } from "./render.ts";
import { isChannel, type Speaker, type Spoken, splitThread } from "./speaker.ts";

export interface AdapterParts {
  readonly expected: Expected;
  readonly speaker: Speaker;
  readonly references: References;
  /** A page of ours as a whole address. */
  readonly address: (path: string) => string;
}

/**
 * Teams takes 7 messages of a bot in a second, 8 in two, 60 in 30 and 1,800 in an hour for each conversation. This keeps
 * the first three; whoever goes on for half an hour hears "too many requests", and waits.
 * https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
 */
const pace = { burst: 4, everyMs: 550 };
/** Teams asks for the own drawings of at most so many. https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/user-specific-views */
const drawings = 60;
/** Cards whose tokens this process still knows. */
const knownCards = 2_000;

/**
 * Teams through the Bot Connector. A ref is `conversation|activity`.
 *
 * What is for one person alone goes to their personal chat, since a bot can whisper in a channel only in answer to a
 * press. Nothing can be looked up in Teams: `find` knows what `post` wrote down the moment Teams answered, so a crash
 * between that answer and the note posts the message a second time. Teams cannot tell which tokens a card shows either;
 * this process remembers those it sent, and after a restart a redrawn card gets new ones beside the old, which stay good.
 */
export function createAdapter({ expected, speaker, references, address }: AdapterParts): ChatAdapter {
  const tokens = new Map<string, readonly string[]>();

  function remember(ref: string, { buttons = [] }: View): void {
    tokens.delete(ref);
    const shown = buttons.flatMap((button) => ("token" in button ? [button.token] : []));
    if (shown.length > 0) tokens.set(ref, shown);
    const [oldest] = tokens.keys();
    if (tokens.size > knownCards && oldest !== undefined) tokens.delete(oldest);
  }

  async function drawn(view: View, picture: Picture | null, channel: string, signal: AbortSignal): Promise<JsonObject> {
    const viewers = await speaker.names(channel, view.askedOf ?? [], signal);
    return activityOf({ view, viewers, address, ...(picture !== null && { picture }) });
  }

  return {
    platform: "teams",
    pace,
    drawings,
    parse: createParse(expected),

    async post(view, place, marker, reach) {
      const { privateTo, signal } = reach;
      const spoken = await withPicture(view, reach, async (shown, picture) =>
        privateTo === null
          ? speaker.say(place, await drawn(shown, picture, place.channel, signal), signal)
          : speaker.whisper(
              privateTo,
              activityOf({ view: shown, address, ...(picture !== null && { picture }) }),
              signal,
            ),
      );
      const ref = refOf(spoken);
      await references.keepMarked(marker, ref);
      remember(ref, view);
      return ref;
    },

    /** A card that Teams has lost (one report counts one in a thousand) or will not change is posted anew, and changed there from then on. */
    async replace(ref, view, reach) {
      const { signal } = reach;
      const spoken = spokenOf((await references.movedTo(ref)) ?? ref);
      const place = splitThread(spoken.conversation);
      const show = <T>(send: (activity: JsonObject) => Promise<T>) =>
        withPicture(view, reach, async (shown, picture) => send(await drawn(shown, picture, place.channel, signal)));
      if (!(await show((activity) => speaker.change(spoken, activity, signal)).catch(refused)))
        await references.keepMoved(ref, refOf(await show((activity) => speaker.say(place, activity, signal))));
      remember(ref, view);
    },

    find: (marker) => references.marked(marker),

    threadOf(ref) {
      const { conversation, id } = spokenOf(ref);
      const { channel, thread } = splitThread(conversation);
      return thread || (isChannel(channel) ? id : "");
    },

    tokensOf: async (ref) => tokens.get(ref) ?? [],
  };
}

/** What Teams will never do was not done. */
function refused(error: unknown): false {
  if (error instanceof Fault && error.code === "platform-refused") return false;
  throw error;
}

function refOf({ conversation, id }: Spoken): string {
  return `${conversation}|${id}`;
}

function spokenOf(ref: string): Spoken {
  const bar = ref.lastIndexOf("|");
  if (bar <= 0) throw new Fault("platform-refused", `“${ref.slice(0, 100)}” is no message of Teams`);
  return { conversation: ref.slice(0, bar), id: ref.slice(bar + 1) };
}
