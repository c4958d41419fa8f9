import { Fault } from "../../domain/fault.ts";
import type { SlackApi } from "./api.ts";
import type { Us } from "./reading.ts";

/** Asks Slack who this token is: the workspace, the bot and its user, the app. An app-level token names its app itself. */
export async function askWhoWeAre(api: SlackApi, appToken: string | null, signal: AbortSignal): Promise<Us> {
  const { team_id: teamId, user_id: botUserId, bot_id: botId } = await api.call((slack) => slack.auth.test(), signal);
  if (!teamId || !botUserId || !botId)
    throw new Fault(
      "platform-refused",
      "SLACK_BOT_TOKEN is not the token of a bot: copy the Bot User OAuth Token of the app",
    );
  const named = /^xapp-\d+-([A-Z0-9]+)-/.exec(appToken ?? "")?.[1];
  const appId = named ?? (await api.call((slack) => slack.bots.info({ bot: botId }), signal)).bot?.app_id;
  if (!appId) throw new Fault("platform-refused", "Slack does not say which app SLACK_BOT_TOKEN belongs to");
  return { teamId, botUserId, botId, appId };
}
