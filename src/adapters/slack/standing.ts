import { Fault } from "../../domain/fault.ts";
import type { Sender } from "../../messages/adapter.ts";
import type { Standing } from "../../messages/platform.ts";
import { type SlackApi, slackWord } from "./api.ts";
import type { Us } from "./reading.ts";

/** How long an answer is remembered, and how long Slack may take over one: a press waits for it. */
const rememberedMs = 3000;
const patienceMs = 1500;

/**
 * Asks Slack who a user is now. Guests, bots, deactivated users and people of other organisations are said to be what
 * they are; who is in which user group comes as the groups' ids. Throws Fault "platform-busy" when Slack does not say.
 */
export function createStanding(api: SlackApi, us: () => Us | null, onError: (error: Error) => void) {
  const remembered = new Map<string, { readonly until: number; readonly standing: Promise<Standing> }>();
  return (who: Sender): Promise<Standing> => {
    const now = performance.now();
    for (const [key, { until }] of remembered) if (until <= now) remembered.delete(key);
    const key = `${who.workspace} ${who.userId}`;
    const known = remembered.get(key);
    if (known) return known.standing;
    const standing = ask(who);
    remembered.set(key, { until: now + rememberedMs, standing });
    standing.catch(() => remembered.delete(key));
    return standing;
  };

  async function ask({ workspace, userId }: Sender): Promise<Standing> {
    const teamId = us()?.teamId;
    if (teamId !== undefined && workspace !== teamId) return { kind: "outsider", groups: [] };
    const signal = AbortSignal.timeout(patienceMs);
    const [user, groups] = await Promise.all([
      api
        .call((slack) => slack.users.info({ user: userId }), signal)
        .catch((error: unknown) => {
          if (slackWord(error) === "user_not_found" || slackWord(error) === "user_not_visible") return null;
          throw error;
        }),
      groupsOf(userId, signal),
    ]);
    const it = user?.user;
    if (!it || it.deleted || it.is_stranger || (it.team_id !== undefined && it.team_id !== workspace))
      return { kind: "outsider", groups: [] };
    if (it.is_bot || it.is_workflow_bot || userId === "USLACKBOT") return { kind: "bot", groups };
    return { kind: it.is_restricted || it.is_ultra_restricted ? "guest" : "member", groups };
  }

  /** Workspaces without user groups, and apps without the scope to read them, have none. */
  async function groupsOf(userId: string, signal: AbortSignal): Promise<readonly string[]> {
    try {
      const { usergroups = [] } = await api.call((slack) => slack.usergroups.list({ include_users: true }), signal);
      return usergroups.flatMap(({ id, users }) => (id && users?.includes(userId) ? [id] : []));
    } catch (error) {
      if (!(error instanceof Fault) || error.code === "platform-busy") throw error;
      onError(error);
      return [];
    }
  }
}
