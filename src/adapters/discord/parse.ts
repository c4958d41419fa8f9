import { ButtonStyle, InteractionType } from "discord.js";
import { z } from "zod";
import type { Delivery, Parsed, Sender } from "../../messages/adapter.ts";
import { buttonIds } from "./components.ts";
import { parseInteraction, strangeness } from "./interaction.ts";
import { Author, Head, Interaction, Part, Pressed } from "./payload.ts";
import { sender, unsupported } from "./reading.ts";
import { aboutLineIn, type Pressed as Reading } from "./render.ts";
import { parseMessage } from "./said.ts";

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
