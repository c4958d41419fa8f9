import { ChannelType } from "discord.js";
import type { Parsed, Sender } from "../../messages/adapter.ts";

/** Characters of one request. */
export const longestText = 40_000;
export const tooLong = "This is longer than 40,000 characters: ask in fewer words";

export function sender(workspace: string, userId: string): Sender {
  return { platform: "discord", workspace, userId };
}

export function unsupported(because: string): Parsed {
  return { kind: "unsupported", because };
}

/** Kinds of channels that hang below another. */
export const threads: readonly number[] = [
  ChannelType.AnnouncementThread,
  ChannelType.PublicThread,
  ChannelType.PrivateThread,
];
