import type { z } from "zod";
import { cleanText } from "../../domain/text.ts";
import type { commandPayload, eventPayload, Message, SaidEvent, shortcutPayload } from "./payload.ts";
import { doneBy, type Origin, type Read, said, strayOf, type Us, unsupported } from "./reading.ts";
import { plainText, withoutMention } from "./text.ts";

/** A message, or somebody opening the app. */
export function readEvent(tenant: string, it: z.output<typeof eventPayload>, us: Us): Read {
  const stray = strayOf(it.api_app_id, [it.team_id, it.context_team_id], us);
  if (stray) return stray;
  const { event } = it;
  if (event.type === "app_home_opened") {
    const by = { platform: "slack", workspace: us.teamId, userId: event.user } as const;
    return { kind: "opened", tab: event.tab, channel: event.channel, by };
  }
  return readMessage(tenant, event, us);
}

const wanted: ReadonlySet<string | undefined> = new Set([undefined, "file_share", "thread_broadcast"]);

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

/** /steward and its text. Its place is a thread that our answer begins. */
export function readCommand(tenant: string, it: z.output<typeof commandPayload>, us: Us): Read {
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

/** A message that somebody hands to Steward: read as if they had said it there. */
export function readShortcut(tenant: string, it: z.output<typeof shortcutPayload>, us: Us): Read {
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

/** What a message says; an alert often says it in attachments only. */
function wordsOf(message: Message): string {
  if (message.text.trim() !== "") return message.text;
  return (message.attachments ?? []).map((each) => each.text ?? each.fallback ?? "").join("\n");
}
