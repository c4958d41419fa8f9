import {
  ApplicationCommandType,
  ButtonStyle,
  ChannelType,
  ComponentType,
  InteractionType,
  MessageType,
} from "discord.js";
import { z } from "zod";
import type { Incoming, Place } from "../../domain/incoming.ts";
import { cleanText } from "../../domain/text.ts";
import type { Delivery, Parsed, Sender } from "../../messages/adapter.ts";
import { aboutLineIn, buttonIds, type Pressed as Reading } from "./render.ts";

/** What our connection hands over: an event of the gateway as it came, and what the event itself does not say. */
export interface Envelope {
  /** The event's name, such as MESSAGE_CREATE, and its data. */
  readonly t: string;
  readonly d: unknown;
  /** Our own application and the user it writes as. */
  readonly self: { readonly applicationId: string; readonly userId: string };
  /** The channel of a message, where it is in a server: a thread knows its parent. */
  readonly channel?: { readonly type: number; readonly parentId: string | null };
  /** For what was said in a direct message: the server that vouches for this person; "" when none does. */
  readonly home?: string;
  /** The text of a button whose text does not fit into its id. */
  readonly say?: string | null;
}

const id = z.string().regex(/^\d{1,20}$/, "must be a Discord id");
const Channel = z.object({ type: z.number(), parentId: id.nullable() });
const Head = z.object({
  t: z.string(),
  d: z.unknown(),
  self: z.object({ applicationId: id, userId: id }),
  channel: Channel.optional(),
  home: z.string().default(""),
  say: z.string().nullish(),
});
type Head = z.output<typeof Head>;

const Author = z.object({ id, bot: z.boolean().default(false), username: z.string().default("") });
const Reference = z.object({ message_id: id.optional() });
const Message = z.object({
  id,
  channel_id: id,
  guild_id: id.optional(),
  type: z.number(),
  content: z.string(),
  author: Author,
  webhook_id: id.optional(),
  mentions: z.array(Author).default([]),
  referenced_message: z.object({ id, author: Author, message_reference: Reference.optional() }).nullish(),
});

interface Part {
  readonly custom_id?: string | undefined;
  readonly label?: string | undefined;
  readonly style?: number | undefined;
  readonly content?: string | undefined;
  readonly components?: readonly Part[] | undefined;
}
const Part: z.ZodType<Part> = z.lazy(() =>
  z.object({
    custom_id: z.string().optional(),
    label: z.string().optional(),
    style: z.number().optional(),
    content: z.string().optional(),
    components: z.array(Part).optional(),
  }),
);

const Interaction = z.object({
  id,
  application_id: id,
  type: z.number(),
  guild_id: id.optional(),
  channel_id: id,
  channel: z.object({ type: z.number(), parent_id: id.nullish() }),
  member: z.object({ user: Author }).optional(),
  user: Author.optional(),
  message: z
    .object({ id, author: Author, message_reference: Reference.optional(), components: z.array(Part).default([]) })
    .optional(),
  data: z.unknown(),
});
type Interaction = z.output<typeof Interaction>;

const Command = z.object({
  type: z.number().default(1),
  name: z.string(),
  options: z.array(z.object({ name: z.string(), value: z.unknown() })).default([]),
  target_id: id.optional(),
  resolved: z.object({ messages: z.record(z.string(), z.object({ content: z.string() })) }).optional(),
});
const Pressed = z.object({ custom_id: z.string().min(1).max(100), component_type: z.number() });
const Filled = z.object({
  custom_id: z.string().min(1).max(100),
  components: z.array(z.object({ component: z.object({ custom_id: z.string(), value: z.string() }).optional() })),
});

const longestText = 40_000;
/** The token of an interaction lives a quarter of an hour; our clock may be wrong by some minutes. */
const oldestMs = 15 * 60_000;
const youngestMs = -5 * 60_000;
const discordEpoch = 1_420_070_400_000;
const threads: readonly number[] = [
  ChannelType.AnnouncementThread,
  ChannelType.PublicThread,
  ChannelType.PrivateThread,
];

/**
 * Reads an event of the gateway: messages, the slash command, the command on a message, buttons and modals. The key of a
 * delivery is the id Discord gave the message or interaction, whether it arrives live, replayed, or read again later.
 */
export function parse(delivery: Pick<Delivery, "tenant" | "at" | "body">): Parsed {
  const head = Head.safeParse(delivery.body);
  if (!head.success) return unsupported(`Discord's gateway sends events: ${z.prettifyError(head.error)}`);
  switch (head.data.t) {
    case "MESSAGE_CREATE":
      return parseMessage(delivery.tenant, head.data);
    case "INTERACTION_CREATE":
      return parseInteraction(delivery, head.data);
    default:
      return unsupported(`Steward reads new messages, commands, buttons and forms, not ${head.data.t}`);
  }
}

/** The button that only wants the whole card shown, if that is what was pressed, on a card of ours. */
export function readingOf(body: unknown): (Reading & { readonly by: Sender }) | null {
  const head = Head.safeParse(body);
  if (!head.success || head.data.t !== "INTERACTION_CREATE") return null;
  const read = Interaction.safeParse(head.data.d);
  if (!read.success || strangeness(read.data, head.data) !== null) return null;
  const pressed = Pressed.safeParse(read.data.data);
  if (read.data.type !== InteractionType.MessageComponent || !pressed.success) return null;
  const { custom_id } = pressed.data;
  if (!custom_id.startsWith(buttonIds.read)) return null;
  const button = partsIn(read.data.message?.components ?? []).find((each) => each.custom_id === custom_id);
  const user = read.data.member?.user ?? read.data.user;
  if (user === undefined) return null;
  return {
    by: sender(read.data.guild_id ?? head.data.home, user.id),
    token: custom_id.slice(buttonIds.read.length),
    label: button?.label ?? "Decide",
    style: button?.style ?? ButtonStyle.Secondary,
  };
}

const Noticed = z.object({ author: Author, components: z.array(Part).default([]) });

/** The channel that a notice of ours is about, where this is a press on it or a reply to it. */
export function aboutIn(d: unknown, self: string): string | null {
  const { message, referenced_message } = z
    .object({ message: Noticed.optional().catch(undefined), referenced_message: Noticed.nullish().catch(null) })
    .catch({})
    .parse(d);
  const notice = message ?? referenced_message;
  if (notice?.author.id !== self) return null;
  const texts = partsIn(notice.components).flatMap(({ content }) => content ?? []);
  return aboutLineIn(texts[0] ?? "");
}

function partsIn(components: readonly Part[]): Part[] {
  return components.flatMap((each) => [each, ...partsIn(each.components ?? [])]);
}

function parseMessage(tenant: string, { d, self, channel, home }: Head): Parsed {
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

function parseInteraction({ tenant, at }: Pick<Delivery, "tenant" | "at">, head: Head): Parsed {
  const read = Interaction.safeParse(head.d);
  if (!read.success) return unsupported(`This interaction cannot be read: ${z.prettifyError(read.error)}`);
  const interaction = read.data;
  const strange = strangeness(interaction, head);
  if (strange !== null) return { kind: "forged", because: strange };
  const age = at.getTime() - (Number(BigInt(interaction.id) >> 22n) + discordEpoch);
  if (age > oldestMs || age < youngestMs)
    return unsupported("This is from more than 15 minutes ago or from the future by this machine's clock: do it again");
  const user = interaction.member?.user ?? interaction.user;
  if (user === undefined) return unsupported("Nothing says who did this");
  if (user.bot) return unsupported("What bots do is not taken");
  if (interaction.channel.type === ChannelType.GroupDM)
    return unsupported("Steward works in a server and in direct messages with it, not in groups");
  const by = sender(interaction.guild_id ?? head.home, user.id);
  switch (interaction.type) {
    case InteractionType.ApplicationCommand:
      return parseCommand(tenant, interaction, by);
    case InteractionType.MessageComponent:
      return parsePress(tenant, interaction, by, head);
    case InteractionType.ModalSubmit: {
      const filled = Filled.safeParse(interaction.data);
      if (!filled.success) return unsupported(`This form cannot be read: ${z.prettifyError(filled.error)}`);
      const values = Object.fromEntries(
        filled.data.components.flatMap(({ component }) =>
          component === undefined ? [] : [[cleanText(component.custom_id), cleanText(component.value)]],
        ),
      );
      return press(tenant, interaction, by, filled.data.custom_id, values);
    }
    default:
      return unsupported("Steward takes commands, buttons and forms, and this is none of them");
  }
}

/** Why an interaction is not for us, although it arrived here; null when it is. */
function strangeness(interaction: Interaction, { self }: Head): string | null {
  if (interaction.application_id !== self.applicationId) return "This interaction is another application's";
  if (interaction.message !== undefined && interaction.message.author.id !== self.userId)
    return "The button is on a message that Steward did not write";
  return null;
}

function parseCommand(tenant: string, interaction: Interaction, by: Sender): Parsed {
  const read = Command.safeParse(interaction.data);
  if (!read.success) return unsupported(`This command cannot be read: ${z.prettifyError(read.error)}`);
  const { type, options, target_id = "", resolved } = read.data;
  if (type === ApplicationCommandType.Message) {
    const content = resolved?.messages[target_id]?.content ?? "";
    if (content.trim() === "") return unsupported("That message has no text that could be handed over");
    return asked(tenant, interaction, by, content, { thread: target_id });
  }
  const request = options.find(({ name }) => name === "request")?.value;
  return asked(tenant, interaction, by, typeof request === "string" ? request : "", {
    thread: `+${interaction.id}`,
    kind: "command",
  });
}

function parsePress(tenant: string, interaction: Interaction, by: Sender, head: Head): Parsed {
  if (Array.isArray(interaction.data))
    return { kind: "forged", because: "A press carries one action, and this one carries several" };
  const read = Pressed.safeParse(interaction.data);
  if (!read.success) return unsupported(`This press cannot be read: ${z.prettifyError(read.error)}`);
  const { custom_id, component_type } = read.data;
  if (component_type !== ComponentType.Button)
    return unsupported("Steward's messages have buttons and nothing to select");
  if (custom_id.startsWith(buttonIds.read)) return unsupported("This button only shows the whole card");
  const { message } = interaction;
  if (message === undefined) return unsupported("Nothing says which message this button is on");
  const text = custom_id.startsWith(buttonIds.say)
    ? custom_id.slice(buttonIds.say.length)
    : custom_id.startsWith(buttonIds.longSay)
      ? (head.say ?? null)
      : undefined;
  if (text === null) return unsupported("What this button says is no longer known: write it instead");
  if (text === undefined) return press(tenant, interaction, by, custom_id, {});
  const root = interaction.guild_id === undefined ? message.message_reference?.message_id : undefined;
  return asked(tenant, interaction, by, text.replace(/^\/steward(?=\s|$)/i, ""), { thread: root ?? message.id });
}

function press(
  tenant: string,
  { id: deliveryKey }: Interaction,
  by: Sender,
  token: string,
  values: Record<string, string>,
): Parsed {
  return { kind: "press", press: { tenant, deliveryKey, by, token, values } };
}

/** Something asked for through Discord's own means: always said to Steward. In a thread it belongs to that. */
function asked(
  tenant: string,
  interaction: Interaction,
  by: Sender,
  text: string,
  { thread, kind = "message" }: { readonly thread: string; readonly kind?: "message" | "command" },
): Parsed {
  const said = cleanText(text).trim();
  if (said.length > longestText) return unsupported(tooLong);
  const { channel, channel_id, guild_id } = interaction;
  const inThread = threads.includes(channel.type) && channel.parent_id;
  const place: Place = {
    platform: "discord",
    channel: guild_id === undefined ? `@${channel_id}` : inThread ? (channel.parent_id ?? channel_id) : channel_id,
    thread: inThread ? channel_id : thread,
  };
  const incoming: Incoming = {
    tenant,
    source: "discord",
    deliveryKey: interaction.id,
    kind,
    personId: null,
    text: said === "" ? "help" : said,
    place,
    addressed: true,
    data: { interaction: interaction.id },
  };
  return { kind: "incoming", incoming, by };
}

const tooLong = "This is longer than 40,000 characters: ask in fewer words";

function sender(workspace: string, userId: string): Sender {
  return { platform: "discord", workspace, userId };
}

function unsupported(because: string): Parsed {
  return { kind: "unsupported", because };
}
