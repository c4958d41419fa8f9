import type { Incoming } from "../../domain/incoming.ts";
import type { Press, Sender } from "../../messages/adapter.ts";

/** Who we are over there: what makes a delivery ours. */
export interface Us {
  readonly teamId: string;
  readonly appId: string;
  readonly botId: string;
  readonly botUserId: string;
}

/** Where something came from, and so where an answer for that person alone may be shown. */
export interface Origin {
  readonly by: Sender;
  readonly door: "message" | "command" | "shortcut" | "button" | "modal";
  /** Null in a modal, which belongs to no channel. */
  readonly channel: string | null;
  /** Null at the top of the channel. */
  readonly thread: string | null;
  /** The thread its answer will appear in; null where none is known. */
  readonly working: string | null;
  /** What opens a modal, within three seconds. */
  readonly trigger: string | null;
  /** The modal it was pressed in. */
  readonly view: string | null;
}

/** What a delivery holds, with what only Slack has: screens that open, opinions, the whole of a card. */
export type Read =
  | { readonly kind: "said"; readonly incoming: Incoming; readonly origin: Origin }
  | { readonly kind: "pressed"; readonly press: Press; readonly origin: Origin }
  /** Somebody wants to read all of a card that is too large for a message; `label` is the decision they have in mind. */
  | { readonly kind: "whole"; readonly token: string; readonly label: string; readonly origin: Origin }
  | { readonly kind: "opened"; readonly tab: string; readonly channel: string; readonly by: Sender }
  | { readonly kind: "opinion"; readonly about: string; readonly liked: boolean; readonly by: Sender }
  | { readonly kind: "challenge"; readonly challenge: string }
  | { readonly kind: "unsupported"; readonly because: string; readonly origin?: Origin }
  | { readonly kind: "forged"; readonly because: string };

export function unsupported(because: string, origin?: Origin): Read {
  return { kind: "unsupported", because, ...(origin && { origin }) };
}

/** Null when it is for this app in this workspace. A valid signature is not enough: one app may be in many workspaces. */
export function strayOf(app: string, teams: readonly (string | null | undefined)[], us: Us): Read | null {
  if (app !== us.appId)
    return { kind: "forged", because: `This is for the Slack app ${app}, and Steward is ${us.appId}` };
  if (!teams.includes(us.teamId))
    return { kind: "forged", because: `This is from another Slack workspace than ${us.teamId}` };
  return null;
}

/** Who did something with a control of Slack's, and what it may open. */
export function doneBy(it: { user: { id: string; team_id?: string | undefined }; trigger_id: string }, us: Us) {
  const by: Sender = { platform: "slack", workspace: it.user.team_id ?? us.teamId, userId: it.user.id };
  return { by, working: null, trigger: it.trigger_id, view: null };
}

/** Characters of a message: more is a file. */
const longest = 40_000;

interface Words {
  readonly key: string;
  readonly kind: "message" | "command";
  readonly text: string;
  /** What an empty text asks for; null: nothing. */
  readonly empty: string | null;
  readonly thread: string;
  readonly addressed: boolean;
}

/** What somebody said, or why that asks for nothing. */
export function said(tenant: string, origin: Origin, { key, kind, text, empty, thread, addressed }: Words): Read {
  const words = text === "" ? empty : text;
  if (words === null) return unsupported("There is no text in this message, so there is nothing to do", origin);
  if (words.length > longest)
    return unsupported(`The message has ${words.length} characters: at most ${longest} fit`, origin);
  const incoming: Incoming = {
    tenant,
    source: "slack",
    deliveryKey: key,
    kind,
    personId: null,
    text: words,
    place: { platform: "slack", channel: origin.channel ?? "", thread },
    addressed,
  };
  return { kind: "said", incoming, origin };
}
