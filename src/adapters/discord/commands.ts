import { ApplicationCommandOptionType, ApplicationCommandType } from "discord.js";
import { z } from "zod";
import type { Api } from "./api.ts";

/** In a server, or in a direct message with the bot; installed for a server, never for one user alone. */
const everywhere = { contexts: [0, 1], integration_types: [0] } as const;

const commands = [
  {
    ...everywhere,
    type: ApplicationCommandType.ChatInput,
    name: "steward",
    description: "Ask Steward for something",
    options: [
      {
        type: ApplicationCommandOptionType.String,
        name: "request",
        description: "What you want, in your own words; empty shows what can be asked",
        autocomplete: true,
        max_length: 2000,
      },
    ],
  },
  { ...everywhere, type: ApplicationCommandType.Message, name: "Hand to Steward" },
];

/** Tells Discord which commands there are. What is there already stays as it is. */
export async function registerCommands(api: Api, applicationId: string): Promise<void> {
  await api.call("put", `/applications/${applicationId}/commands`, z.unknown(), { body: commands });
}
