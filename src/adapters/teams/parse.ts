import { z } from "zod";
import type { Incoming } from "../../domain/incoming.ts";
import { cleanText } from "../../domain/text.ts";
import type { Delivery, Parsed, Sender } from "../../messages/adapter.ts";
import { type Activity, type Expected, readActivity } from "./activity.ts";
import { refreshVerb } from "./render.ts";

/** Characters of a message. */
const longestText = 40_000;

/** What a button of ours sends back: a token for a decision, or a text to be said. Beside it lie the inputs of its card. */
const pressed = z
  .object({ token: z.string().min(1).max(200).optional(), say: z.string().min(1).max(longestText).optional() })
  .catchall(z.unknown());
const invoked = z.object({
  action: z.object({
    type: z.literal("Action.Execute"),
    verb: z.string().max(100).nullish(),
    data: z.unknown().optional(),
  }),
  trigger: z.string().nullish(),
});
const mention = z.object({
  type: z.literal("mention"),
  text: z.string().min(1),
  mentioned: z.object({ id: z.string(), name: z.string().nullish() }),
});

const command = /^\/steward(?=\s|$)/i;

/**
 * Reads an activity that was proven. Whoever did it is named by their Entra object id. A channel's thread is named by
 * its first message; chats have no threads, so all of a chat is one conversation.
 */
export function createParse(expected: Expected): (delivery: Delivery) => Parsed {
  return (delivery) => {
    const read = readActivity(delivery, expected);
    if (read.kind !== "activity") return read;
    const { activity } = read;
    const by = senderOf(activity);
    if (by === null)
      return unsupported(
        "Only people with an Entra object id can speak to Steward; this is a bot or an anonymous guest",
      );
    if (activity.type === "message" || activity.type === "invoke") {
      if (!activity.id) return unsupported("The activity has no id, so a repetition could not be told from it");
    }
    if (activity.type === "message") {
      const button = activity.value == null ? null : buttonOf(activity.value);
      return button === null ? said(delivery.tenant, activity, by) : press(delivery.tenant, activity, by, button);
    }
    if (activity.type === "invoke" && activity.name === "adaptiveCard/action") {
      const invoke = invoked.safeParse(activity.value);
      if (!invoke.success)
        return unsupported(`A press has one action of type Action.Execute: ${z.prettifyError(invoke.error)}`);
      if (invoke.data.trigger === "automatic") return unsupported("The card refreshed itself: nobody pressed anything");
      return press(delivery.tenant, activity, by, buttonOf(invoke.data.action.data));
    }
    const name = activity.name ? ` “${activity.name}”` : "";
    return unsupported(`An activity of type “${activity.type}”${name} asks nothing of Steward`);
  };
}

/** What the button somebody pressed carries, where that is what happened. */
export function pressedOn({ type, value }: Activity): unknown {
  if (type === "message") return value;
  const invoke = invoked.safeParse(value);
  return invoke.success && invoke.data.trigger !== "automatic" ? invoke.data.action.data : null;
}

/** What a card brings back that asks for a drawing of its viewer's own, by itself or from a menu; null where that is not what happened. */
export function refreshedOn({ type, name, value }: Activity): unknown {
  const invoke = type === "invoke" && name === "adaptiveCard/action" ? invoked.safeParse(value) : null;
  return invoke?.success && invoke.data.action.verb === refreshVerb ? invoke.data.action.data : null;
}

/** Whoever did it, if a person did. */
export function senderOf({ from, workspace }: Activity): Sender | null {
  if (!from.aadObjectId || from.id.startsWith("28:") || from.role === "bot" || from.role === "skill") return null;
  return { platform: "teams", workspace, userId: from.aadObjectId };
}

/** Whether a message was written to us: in a personal chat, or with our name in it. */
export function isToUs(activity: Activity): boolean {
  return activity.conversation.conversationType === "personal" || withoutMentions(activity).mentioned;
}

function said(tenant: string, activity: Activity, by: Sender): Parsed {
  const { text, mentioned } = withoutMentions(activity);
  const words = text.replace(command, "").trim();
  const isCommand = words !== text;
  const addressed = mentioned || isCommand || activity.conversation.conversationType === "personal";
  if (text.length > longestText)
    return unsupported(`The message has ${text.length} characters: at most ${longestText} are read`);
  const file = (activity.attachments ?? []).find(({ contentType }) => contentType !== "text/html");
  if (words === "" && file !== undefined)
    return unsupported(`The message holds only a file (${file.contentType.slice(0, 80)}): Steward reads text`);
  return incoming(tenant, activity, by, {
    kind: isCommand ? "command" : "message",
    text: words === "" && addressed ? "help" : words,
    addressed,
  });
}

type Pressed = z.output<typeof pressed>;

function press(tenant: string, activity: Activity, by: Sender, button: Pressed | null): Parsed {
  const { token, say, ...inputs } = button ?? {};
  if (token !== undefined && say !== undefined)
    return { kind: "forged", because: "A press carries one action, and this one carries two" };
  if (say !== undefined)
    return incoming(tenant, activity, by, { kind: "message", text: cleanText(say), addressed: true });
  if (token === undefined) return unsupported("This button is none of Steward's: it carries no token");
  const texts = Object.entries(inputs).flatMap(([name, value]) =>
    typeof value === "string" ? [[cleanText(name), cleanText(value)] as const] : [],
  );
  return {
    kind: "press",
    press: {
      tenant,
      deliveryKey: keyOf(activity),
      by,
      token,
      values: Object.fromEntries(texts),
      // Which message it is on Teams says too, but not always by the name it was posted under.
      channel: activity.channel,
    },
  };
}

/** What a value sent back holds, if it could be ours. */
function buttonOf(value: unknown): Pressed | null {
  const read = pressed.safeParse(value);
  return read.success ? read.data : null;
}

function incoming(
  tenant: string,
  activity: Activity,
  by: Sender,
  what: Pick<Incoming, "kind" | "text" | "addressed">,
): Parsed {
  const deliveryKey = keyOf(activity);
  const { channel, thread } = activity;
  return {
    kind: "incoming",
    by,
    incoming: {
      tenant,
      source: "teams",
      deliveryKey,
      personId: null,
      place: { platform: "teams", channel, thread },
      ...what,
      data: { activity: activity.id ?? "" },
    },
  };
}

/** Activity ids are unique in their conversation only. */
function keyOf({ channel, id }: Activity): string {
  return `${channel}/${id}`;
}

/** The text with mentions of us taken off and those of others as their names. */
function withoutMentions({ text, entities, recipient }: Activity): { text: string; mentioned: boolean } {
  let clean = (text ?? "").replaceAll("&nbsp;", " ").replaceAll("\u00a0", " ");
  let mentioned = false;
  for (const entity of entities ?? []) {
    const read = mention.safeParse(entity);
    if (!read.success) continue;
    const { mentioned: who, text: tag } = read.data;
    const isUs = who.id === recipient.id;
    mentioned ||= isUs;
    clean = clean.replaceAll(tag, isUs ? " " : (who.name ?? tag.replace(/<\/?at\b[^<>]*>/gi, "")));
  }
  return { text: cleanText(clean).trim(), mentioned };
}

function unsupported(because: string): Parsed {
  return { kind: "unsupported", because };
}
