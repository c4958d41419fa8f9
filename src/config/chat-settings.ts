import { z } from "zod";

/** Socket Mode with an app token, HTTP with a signing secret; at least one of them. */
export interface SlackSettings {
  readonly botToken: string;
  readonly appToken: string | null;
  readonly signingSecret: string | null;
  /** Ends in /api/. */
  readonly apiUrl: string;
}

export interface TeamsSettings {
  /** Null only in trial mode: a local client that signs nothing. */
  readonly app: { readonly id: string; readonly password: string; readonly tenantId: string } | null;
}

export interface DiscordSettings {
  readonly token: string;
  /** Ends in /api. */
  readonly apiUrl: string;
}

/** The chat platforms that are configured; null is one that is not. */
export interface ChatSettings {
  readonly slack: SlackSettings | null;
  readonly teams: TeamsSettings | null;
  readonly discord: DiscordSettings | null;
}

/** Only the web chat. */
export const noChat: ChatSettings = { slack: null, teams: null, discord: null };

export const chatVariables = {
  SLACK_BOT_TOKEN: z.string().startsWith("xoxb-").optional(),
  SLACK_APP_TOKEN: z.string().startsWith("xapp-").optional(),
  SLACK_SIGNING_SECRET: z.string().min(8).optional(),
  SLACK_API_URL: z.url().endsWith("/api/").default("https://slack.com/api/"),
  TEAMS_APP_ID: z.string().optional(),
  TEAMS_APP_PASSWORD: z.string().optional(),
  TEAMS_TENANT_ID: z.string().optional(),
  DISCORD_TOKEN: z.string().optional(),
  DISCORD_API_URL: z.url().endsWith("/api").default("https://discord.com/api"),
} as const;

/** What each variable must be, and whether its value is never repeated. */
export const chatWords: Readonly<Record<keyof typeof chatVariables, string>> = {
  SLACK_BOT_TOKEN: "the bot token of your Slack app, which begins with xoxb-",
  SLACK_APP_TOKEN: "an app-level token of your Slack app, which begins with xapp-",
  SLACK_SIGNING_SECRET: "the signing secret of your Slack app",
  SLACK_API_URL: "the address of the Slack API, ending in /api/, for example https://slack.com/api/",
  TEAMS_APP_ID: "the application id of your bot",
  TEAMS_APP_PASSWORD: "the client secret of your bot",
  TEAMS_TENANT_ID: "the id of your Microsoft 365 tenant",
  DISCORD_TOKEN: "the token of your Discord bot",
  DISCORD_API_URL: "the address of the Discord API, ending in /api, for example https://discord.com/api",
};

const Variables = z.object(chatVariables);
type Variables = z.output<typeof Variables>;

/** The platforms these variables configure, or one sentence for each thing that is missing. */
export function chatSettingsOf(
  env: Variables,
  mode: "trial" | "production",
): { readonly ok: true; readonly settings: ChatSettings } | { readonly ok: false; readonly missing: string[] } {
  const missing: string[] = [];
  const need = (given: string, name: keyof Variables) =>
    missing.push(`${name} is missing, and ${given} is set: it must be ${chatWords[name]}.`);
  if (env.SLACK_BOT_TOKEN === undefined) {
    if (env.SLACK_APP_TOKEN !== undefined) need("SLACK_APP_TOKEN", "SLACK_BOT_TOKEN");
    else if (env.SLACK_SIGNING_SECRET !== undefined) need("SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN");
  } else if (env.SLACK_APP_TOKEN === undefined && env.SLACK_SIGNING_SECRET === undefined)
    missing.push(
      "SLACK_BOT_TOKEN is set, but nothing says how Slack reaches us: set SLACK_APP_TOKEN (Socket Mode, no public address needed) or SLACK_SIGNING_SECRET (Slack calls /slack/events).",
    );
  const teams = ["TEAMS_APP_ID", "TEAMS_APP_PASSWORD", "TEAMS_TENANT_ID"] as const;
  const given = teams.find((name) => env[name] !== undefined);
  if (given !== undefined) for (const name of teams) if (env[name] === undefined) need(given, name);
  if (missing.length > 0) return { ok: false, missing };
  return {
    ok: true,
    settings: {
      slack:
        env.SLACK_BOT_TOKEN === undefined
          ? null
          : {
              botToken: env.SLACK_BOT_TOKEN,
              appToken: env.SLACK_APP_TOKEN ?? null,
              signingSecret: env.SLACK_SIGNING_SECRET ?? null,
              apiUrl: env.SLACK_API_URL,
            },
      teams:
        env.TEAMS_APP_ID && env.TEAMS_APP_PASSWORD && env.TEAMS_TENANT_ID
          ? { app: { id: env.TEAMS_APP_ID, password: env.TEAMS_APP_PASSWORD, tenantId: env.TEAMS_TENANT_ID } }
          : mode === "trial"
            ? { app: null }
            : null,
      discord: env.DISCORD_TOKEN === undefined ? null : { token: env.DISCORD_TOKEN, apiUrl: env.DISCORD_API_URL },
    },
  };
}
