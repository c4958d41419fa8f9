import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import type { Api, Self } from "./api.ts";

/** The permissions the bot needs, by the names Discord's pages use. */
const permissions: Readonly<Record<string, bigint>> = {
  "View Channels": 1n << 10n,
  "Send Messages": 1n << 11n,
  "Read Message History": 1n << 16n,
  "Add Reactions": 1n << 6n,
  "Create Public Threads": 1n << 35n,
  "Send Messages in Threads": 1n << 38n,
  "Attach Files": 1n << 15n,
};
const administrator = 1n << 3n;
/** The Message Content intent, granted or (for bots in few servers) switched on. */
const messageContent = (1 << 18) | (1 << 19);

const Guilds = z.array(z.object({ id: z.string(), name: z.string(), permissions: z.string() }));

/** What is missing before the bot can work, one sentence each with what to do. */
export async function examine(api: Api, self: () => Promise<Self>): Promise<readonly string[]> {
  try {
    const { applicationId, flags } = await self();
    const all = Object.values(permissions).reduce((sum, one) => sum | one, 0n);
    const invite = `https://discord.com/oauth2/authorize?client_id=${applicationId}&scope=bot+applications.commands&permissions=${all}`;
    const missing: string[] = [];
    if ((flags & messageContent) === 0)
      missing.push(
        "The bot does not get the text of messages: in Discord's developer portal, under Bot, switch on Message Content Intent.",
      );
    const guilds = await api.call("get", "/users/@me/guilds", Guilds);
    if (guilds.length === 0) missing.push(`The bot is in no server: open ${invite} and add it to yours.`);
    for (const { name, permissions: held } of guilds) {
      const has = BigInt(held);
      if ((has & administrator) !== 0n) continue;
      const lacking = Object.entries(permissions).flatMap(([permission, bit]) =>
        (has & bit) === 0n ? [permission] : [],
      );
      if (lacking.length > 0)
        missing.push(
          `In the server “${name}” the bot lacks ${lacking.join(", ")}: give them to its role, or open ${invite}.`,
        );
    }
    return missing;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return [`${error.message}.`.replace(/\.\.$/, ".")];
  }
}
