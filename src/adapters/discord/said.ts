import { MessageType } from "discord.js";
import { z } from "zod";
import type { Incoming, Place } from "../../domain/incoming.ts";
import { cleanText } from "../../domain/text.ts";
import type { Parsed } from "../../messages/adapter.ts";
import { type Head, Message } from "./payload.ts";
import { longestText, sender, threads, tooLong, unsupported } from "./reading.ts";

/** A message that somebody wrote: in a server, in a thread, or to Steward alone. */
export function parseMessage(tenant: string, { d, self, channel, home }: Head): Parsed {
  const read = Message.safeParse(d);
  if (!read.success) return unsupported(`This message cannot be read: ${z.prettifyError(read.error)}`);
  const message = read.data;
  if (message.author.bot || message.webhook_id !== undefined)
    return unsupported("What bots and webhooks write is not taken");
  if (message.type !== MessageType.Default && message.type !== MessageType.Reply)
    return unsupported("This is a notice of Discord's, such as a pin or a join, and not something somebody said");
  const direct = message.guild_id === undefined;
  if (!direct && channel === undefined) return unsupported("Nothing says which channel this message is in");
  const mention = new RegExp(`<@!?${self.userId}>[,:]?`, "g");
  const mentioned = mention.test(message.content) || message.mentions.some((each) => each.id === self.userId);
  const names = new Map(message.mentions.map((each) => [each.id, each.username]));
  const said = cleanText(
    message.content
      .replace(mention, " ")
      .replace(/<@!?(\d+)>/g, (whole, user: string) => (names.get(user) ? `@${names.get(user)}` : whole)),
  ).trim();
  if (said.length > longestText) return unsupported(tooLong);
  if (said === "" && !mentioned)
    return unsupported("There is nothing to read in this message, only a picture or a file");
  const asked = direct || mentioned;
  const place: Place = direct
    ? { platform: "discord", channel: `@${message.channel_id}`, thread: rootOf(message, self) }
    : threads.includes(channel?.type ?? -1) && channel?.parentId
      ? { platform: "discord", channel: channel.parentId, thread: message.channel_id }
      : { platform: "discord", channel: message.channel_id, thread: message.id };
  const incoming: Incoming = {
    tenant,
    source: "discord",
    deliveryKey: message.id,
    kind: "message",
    personId: null,
    text: said === "" && asked ? "help" : said,
    place,
    addressed: asked,
    data: { message: message.id },
  };
  return { kind: "incoming", incoming, by: sender(message.guild_id ?? home, message.author.id) };
}

/** In a direct message somebody goes on by replying to an answer of ours, which itself replies to how it began. */
function rootOf(message: z.output<typeof Message>, self: Head["self"]): string {
  const answered = message.referenced_message;
  if (!answered || answered.author.id !== self.userId) return message.id;
  return answered.message_reference?.message_id ?? answered.id;
}
