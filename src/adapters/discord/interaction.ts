import { ApplicationCommandType, ChannelType, ComponentType, InteractionType } from "discord.js";
import { z } from "zod";
import type { Incoming, Place } from "../../domain/incoming.ts";
import { cleanText } from "../../domain/text.ts";
import type { Delivery, Parsed, Sender } from "../../messages/adapter.ts";
import { buttonIds } from "./components.ts";
import { Command, Filled, type Head, Interaction, Pressed } from "./payload.ts";
import { longestText, sender, threads, tooLong, unsupported } from "./reading.ts";

/** The token of an interaction lives a quarter of an hour; our clock may be wrong by some minutes. */
const oldestMs = 15 * 60_000;
const youngestMs = -5 * 60_000;
const discordEpoch = 1_420_070_400_000;

/** What somebody did through Discord's own means: a command, a button, a form. */
export function parseInteraction({ tenant, at }: Pick<Delivery, "tenant" | "at">, head: Head): Parsed {
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
export function strangeness(interaction: Interaction, { self }: Head): string | null {
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
