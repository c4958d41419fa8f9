import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import type { Sender } from "../../messages/adapter.ts";
import type { Standing } from "../../messages/platform.ts";
import { type Api, codes, unless } from "./api.ts";

/** Let in on a voice link only (guild member flags). */
const isGuest = 1 << 4;

const Member = z.object({
  user: z.object({ bot: z.boolean().default(false) }),
  roles: z.array(z.string()),
  flags: z.number().default(0),
  /** Has not yet passed the server's own screening. */
  pending: z.boolean().default(false),
});

/**
 * Who somebody is in a server at this moment, read from Discord and never remembered: a role taken away a second ago no
 * longer counts. Groups are role ids. A server the bot is no longer in can vouch for nobody: Fault "platform-busy".
 */
export async function standingOf(api: Api, { workspace, userId }: Sender): Promise<Standing> {
  if (!/^\d+$/.test(workspace) || !/^\d+$/.test(userId)) return { kind: "outsider", groups: [] };
  const member = await unless(
    api.call("get", `/guilds/${workspace}/members/${userId}`, Member),
    codes.unknownMember,
    codes.unknownUser,
  ).catch((error: unknown) => {
    if (error instanceof Fault && error.retryAfterMs !== null) throw error;
    throw new Fault("platform-busy", `Discord does not let us see who is in server ${workspace}.`, {
      cause: error,
      retryAfterMs: 60_000,
    });
  });
  if (member === null) return { kind: "outsider", groups: [] };
  const { user, roles, flags, pending } = member;
  return { kind: user.bot ? "bot" : pending || (flags & isGuest) !== 0 ? "guest" : "member", groups: roles };
}
