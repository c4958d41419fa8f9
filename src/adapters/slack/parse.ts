import { z } from "zod";
import type { Incoming } from "../../domain/incoming.ts";
import { cleanText } from "../../domain/text.ts";
import type { Delivery, Parsed, Press, Sender } from "../../messages/adapter.ts";
import {
  commandPayload,
  eventPayload,
  type Message,
  type PressPayload,
  payloadOf,
  pressPayload,
  type SaidEvent,
  shortcutPayload,
  submissionPayload,
} from "./payload.ts";
import { doubtOf } from "./proof.ts";
import { refOf } from "./ref.ts";
import { plainText, withoutMention } from "./text.ts";

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

/** Characters of a message: more is a file. */
const longest = 40_000;
const wanted: ReadonlySet<string | undefined> = new Set([undefined, "file_share", "thread_broadcast"]);

/**
 * Reads what Slack delivered: an HTTP request's raw body (proven by its signature) or a Socket Mode envelope (proven by
 * the connection it came through). Keys: a message is its channel and timestamp, in whatever event it comes; what
 * somebody does is its trigger id.
 */
export function read(delivery: Delivery, us: Us, signingSecret: string | null): Read {
  const { body } = delivery;
  if (typeof body === "string") {
    const doubt = doubtOf({ ...delivery, body }, signingSecret);
    if (doubt !== null) return { kind: "forged", because: doubt };
  }
  const payload = payloadOf(body);
  const kind = z
    .looseObject({ type: z.string().optional(), command: z.string().optional(), challenge: z.string().optional() })
    .safeParse(payload).data;
  if (kind === undefined) return unsupported("This is neither JSON nor a form that Slack sends");
  if (kind.type === "url_verification" && kind.challenge !== undefined)
    return { kind: "challenge", challenge: kind.challenge };
  if (kind.command !== undefined) return take(commandPayload, payload, (it) => readCommand(delivery.tenant, it, us));
  switch (kind.type) {
    case "event_callback":
      return take(eventPayload, payload, (it) => readEvent(delivery.tenant, it, us));
    case "block_actions":
      return take(pressPayload, payload, (it) => readPress(delivery.tenant, it, us));
    case "message_action":
      return take(shortcutPayload, payload, (it) => readShortcut(delivery.tenant, it, us));
    case "view_submission":
      return take(submissionPayload, payload, (it) => readSubmission(delivery.tenant, it, us));
    default:
      return unsupported(`Steward does nothing with what Slack calls "${cleanText(kind.type ?? "nothing")}"`);
  }
}

/** The same for `inbox` and `gates`, which know of messages and presses only. */
export function parsedOf(it: Read): Parsed {
  switch (it.kind) {
    case "said":
      return { kind: "incoming", incoming: it.incoming, by: it.origin.by };
    case "pressed":
      return { kind: "press", press: it.press };
    case "forged":
    case "unsupported":
      return { kind: it.kind, because: it.because };
    default:
      return { kind: "unsupported", because: `Slack shows "${it.kind}" itself; there is nothing to keep` };
  }
}

function take<T extends z.ZodType>(shape: T, payload: unknown, then: (it: z.output<T>) => Read): Read {
  const it = shape.safeParse(payload);
  return it.success
    ? then(it.data)
    : unsupported(`Slack sent a shape Steward does not know: ${z.prettifyError(it.error)}`);
}

function unsupported(because: string, origin?: Origin): Read {
  return { kind: "unsupported", because, ...(origin && { origin }) };
}

/** Null when it is for this app in this workspace. A valid signature is not enough: one app may be in many workspaces. */
function strayOf(app: string, teams: readonly (string | null | undefined)[], us: Us): Read | null {
  if (app !== us.appId)
    return { kind: "forged", because: `This is for the Slack app ${app}, and Steward is ${us.appId}` };
  if (!teams.includes(us.teamId))
    return { kind: "forged", because: `This is from another Slack workspace than ${us.teamId}` };
  return null;
}

function readEvent(tenant: string, it: z.output<typeof eventPayload>, us: Us): Read {
  const stray = strayOf(it.api_app_id, [it.team_id, it.context_team_id], us);
  if (stray) return stray;
  const { event } = it;
  if (event.type === "app_home_opened") {
    const by = { platform: "slack", workspace: us.teamId, userId: event.user } as const;
    return { kind: "opened", tab: event.tab, channel: event.channel, by };
  }
  return readMessage(tenant, event, us);
}

function readMessage(tenant: string, event: SaidEvent, us: Us): Read {
  if (event.bot_id !== undefined || event.user === undefined || event.user === us.botUserId)
    return unsupported("A bot wrote this, and bots ask for nothing");
  if (!wanted.has(event.subtype))
    return unsupported(`Steward does not listen to messages that Slack calls "${cleanText(event.subtype ?? "")}"`);
  if (event.edited !== undefined) return unsupported("An edited message asks for nothing new: write it again");
  const { mentioned, rest } = withoutMention(event.text, us.botUserId);
  const direct = event.channel_type === "im" || event.channel.startsWith("D");
  const origin: Origin = {
    by: { platform: "slack", workspace: event.user_team ?? event.team ?? us.teamId, userId: event.user },
    door: "message",
    channel: event.channel,
    thread: event.thread_ts ?? null,
    working: event.thread_ts ?? event.ts,
    trigger: null,
    view: null,
  };
  return said(tenant, origin, {
    key: `message:${event.channel}:${event.ts}`,
    kind: "message",
    text: plainText(rest),
    empty: mentioned ? "help" : null,
    thread: event.thread_ts ?? event.ts,
    addressed: mentioned || direct,
  });
}

function readCommand(tenant: string, it: z.output<typeof commandPayload>, us: Us): Read {
  const key = `command:${it.trigger_id}`;
  const origin: Origin = {
    by: { platform: "slack", workspace: it.team_id, userId: it.user_id },
    door: "command",
    channel: it.channel_id,
    thread: null,
    working: null,
    trigger: it.trigger_id,
    view: null,
  };
  return (
    strayOf(it.api_app_id, [it.team_id], us) ??
    said(tenant, origin, {
      key,
      kind: "command",
      text: plainText(it.text),
      empty: "help",
      thread: `+${key}`,
      addressed: true,
    })
  );
}

function readShortcut(tenant: string, it: z.output<typeof shortcutPayload>, us: Us): Read {
  const stray = strayOf(it.api_app_id, [it.team?.id], us);
  if (stray) return stray;
  if (it.callback_id !== "hand-over") return unsupported(`Steward has no shortcut "${cleanText(it.callback_id)}"`);
  const origin: Origin = {
    ...doneBy(it, us),
    door: "shortcut",
    channel: it.channel.id,
    thread: it.message.thread_ts ?? null,
  };
  return said(tenant, origin, {
    key: `handed:${it.trigger_id}`,
    kind: "message",
    text: plainText(withoutMention(wordsOf(it.message), us.botUserId).rest),
    empty: null,
    thread: it.message.thread_ts ?? it.message.ts,
    addressed: true,
  });
}

function readPress(tenant: string, it: PressPayload, us: Us): Read {
  const stray = strayOf(it.api_app_id, [it.team?.id], us);
  if (stray) return stray;
  const [action, ...more] = it.actions;
  if (action === undefined || more.length > 0)
    return {
      kind: "forged",
      because: `One press has ${it.actions.length} actions, and nobody can press two buttons at once`,
    };
  if (it.message?.bot_id !== undefined && it.message.bot_id !== us.botId)
    return { kind: "forged", because: "The button is on a message that Steward did not write" };
  const { container } = it;
  const channel = container.channel_id ?? it.channel?.id ?? null;
  const origin: Origin = {
    ...doneBy(it, us),
    door: "button",
    channel,
    thread: container.thread_ts ?? null,
    view: it.view?.id ?? null,
  };
  const [does] = action.action_id.split(":");
  if (does === "whole") return { kind: "whole", token: action.value, label: action.text?.text ?? "", origin };
  if (does === "decide") {
    const ref =
      it.message && channel && container.message_ts
        ? { ref: refOf(channel, container.message_ts, container.thread_ts ?? it.message.thread_ts) }
        : {};
    const press: Press = {
      tenant,
      deliveryKey: `press:${it.trigger_id}`,
      by: origin.by,
      token: action.value,
      ...ref,
      values: {},
    };
    return { kind: "pressed", press, origin };
  }
  if (channel === null || container.message_ts === undefined)
    return unsupported(`Steward has no button "${cleanText(action.action_id)}" here`);
  if (does === "opinion") {
    const about = refOf(channel, container.message_ts, container.thread_ts);
    return { kind: "opinion", about, liked: action.value === "liked", by: origin.by };
  }
  if (does !== "say") return unsupported(`Steward has no button "${cleanText(action.action_id)}"`);
  return said(tenant, origin, {
    key: `say:${it.trigger_id}`,
    kind: "message",
    text: cleanText(action.value).trim(),
    empty: null,
    thread: container.thread_ts ?? container.message_ts,
    addressed: true,
  });
}

function readSubmission(tenant: string, it: z.output<typeof submissionPayload>, us: Us): Read {
  const stray = strayOf(it.api_app_id, [it.team?.id], us);
  if (stray) return stray;
  if (it.view.callback_id !== "form") return unsupported(`Steward has no form "${cleanText(it.view.callback_id)}"`);
  const values = Object.entries(it.view.state?.values ?? {}).map(([name, inputs]) => [
    cleanText(name),
    cleanText(Object.values(inputs)[0]?.value ?? ""),
  ]);
  const origin: Origin = { ...doneBy(it, us), door: "modal", channel: null, thread: null, view: it.view.id };
  const press: Press = {
    tenant,
    deliveryKey: `form:${it.trigger_id}`,
    by: origin.by,
    token: it.view.private_metadata,
    values: Object.fromEntries(values),
  };
  return { kind: "pressed", press, origin };
}

function doneBy(it: { user: { id: string; team_id?: string | undefined }; trigger_id: string }, us: Us) {
  const by: Sender = { platform: "slack", workspace: it.user.team_id ?? us.teamId, userId: it.user.id };
  return { by, working: null, trigger: it.trigger_id, view: null };
}

/** What a message says; an alert often says it in attachments only. */
function wordsOf(message: Message): string {
  if (message.text.trim() !== "") return message.text;
  return (message.attachments ?? []).map((each) => each.text ?? each.fallback ?? "").join("\n");
}

interface Words {
  readonly key: string;
  readonly kind: "message" | "command";
  readonly text: string;
  /** What an empty text asks for; null: nothing. */
  readonly empty: string | null;
  readonly thread: string;
  readonly addressed: boolean;
}

function said(tenant: string, origin: Origin, { key, kind, text, empty, thread, addressed }: Words): Read {
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
