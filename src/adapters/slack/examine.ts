import { webApi } from "@slack/bolt";
import { Fault } from "../../domain/fault.ts";
import { type SlackApi, silent } from "./api.ts";
import { askWhoWeAre } from "./us.ts";

/** What Steward needs, as manifest.yml asks for it, and what is missing without it. */
export const scopes: Readonly<Record<string, string>> = {
  "app_mentions:read": "mentions are not heard",
  "assistant:write": "direct messages show neither prompts nor that Steward is at work",
  "channels:history": "answers in threads of public channels are not heard",
  "channels:read": "nobody is told when Steward is not in the channel of a command",
  "chat:write": "Steward cannot write",
  commands: "/steward and the shortcut do not work",
  "files:write": "pictures are shown in words",
  "groups:history": "answers in threads of private channels are not heard",
  "groups:read": "nobody is told when Steward is not in the private channel of a command",
  "im:history": "direct messages are not heard",
  "im:read": "Steward cannot tell its own direct messages from other conversations",
  "reactions:write": "messages get no eyes and no check mark",
  "usergroups:read": "user groups give nobody a role",
  "users:read": "guests cannot be told from members, so nobody can approve",
};

/** What is missing in Slack before Steward works there, a sentence each. */
export async function examineSlack(
  api: SlackApi,
  { appToken, apiUrl }: { readonly appToken: string | null; readonly apiUrl: string },
): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(10_000);
  const missing: string[] = [];
  try {
    await askWhoWeAre(api, appToken, signal);
    const granted = (await api.call((slack) => slack.auth.test(), signal)).response_metadata?.scopes;
    for (const [scope, otherwise] of Object.entries(scopes))
      if (granted && !granted.includes(scope))
        missing.push(
          `The app lacks the scope ${scope}, so ${otherwise}: add it under OAuth & Permissions and reinstall the app.`,
        );
    const { channels = [] } = await api.call((slack) => slack.users.conversations({ limit: 1 }), signal);
    if (channels.length === 0)
      missing.push("Steward is in no channel: write /invite @Steward in every channel that steward.yaml names.");
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    missing.push(`${error.message}. Look at SLACK_BOT_TOKEN, SLACK_API_URL and the network.`);
  }
  if (appToken !== null) {
    const client = new webApi.WebClient(appToken, {
      slackApiUrl: apiUrl,
      retryConfig: { retries: 0 },
      timeout: 10_000,
      logger: silent,
    });
    await client.apps.connections.open({}).catch((error: Error) => {
      missing.push(
        `Slack opens no socket with SLACK_APP_TOKEN (${error.message}): switch Socket Mode on and make an app-level token with connections:write.`,
      );
    });
  }
  return missing;
}
