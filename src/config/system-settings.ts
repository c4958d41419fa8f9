import { z } from "zod";

/** Systems that are reached with an account of Steward's own. */
export interface SystemSettings {
  readonly github?: { readonly token: string; readonly url: string } | undefined;
  readonly jira?: { readonly url: string; readonly email: string; readonly token: string } | undefined;
}

const isHttp = (text: string) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

export const systemVariables = {
  GITHUB_TOKEN: z.string().optional(),
  GITHUB_API_URL: z.string().refine(isHttp).default("https://api.github.com"),
  JIRA_HOST: z
    .string()
    .transform((host) => (host.includes("://") ? host : `https://${host}`))
    .refine(isHttp)
    .optional(),
  JIRA_EMAIL: z.email().optional(),
  JIRA_API_TOKEN: z.string().optional(),
};

export const systemWords: Record<string, string> = {
  GITHUB_TOKEN: "a token of a GitHub account or app",
  GITHUB_API_URL:
    "the address of GitHub's API, for example https://api.github.com or https://github.example.com/api/v3",
  JIRA_HOST: "the address of a Jira site, for example acme.atlassian.net",
  JIRA_EMAIL: "the e-mail address of the account that JIRA_API_TOKEN belongs to",
  JIRA_API_TOKEN: "an API token of that account",
};

type Env = z.output<z.ZodObject<typeof systemVariables>>;

/** The systems that are configured, or a sentence for each variable that is missing or must not be there. */
export function systemSettingsOf(
  env: Env,
  mode: "trial" | "production",
): { ok: true; settings: SystemSettings } | { ok: false; problems: string[] } {
  const jira = { JIRA_HOST: env.JIRA_HOST, JIRA_EMAIL: env.JIRA_EMAIL, JIRA_API_TOKEN: env.JIRA_API_TOKEN };
  const missing = Object.entries(jira).filter(([, value]) => value === undefined);
  const given = Object.keys(jira).find((name) => jira[name as keyof typeof jira] !== undefined);
  const problems =
    given === undefined
      ? []
      : missing.map(([name]) => `${name} is missing: with ${given} set it must be ${systemWords[name]}.`);
  for (const name of ["GITHUB_TOKEN", "JIRA_API_TOKEN"] as const)
    if (mode === "trial" && env[name] !== undefined)
      problems.push(
        `${name} is set in trial mode, where anyone who reaches the port may act as anyone: leave it out, or set STEWARD_MODE=production.`,
      );
  if (problems.length > 0) return { ok: false, problems };
  const { GITHUB_TOKEN, GITHUB_API_URL, JIRA_HOST, JIRA_EMAIL, JIRA_API_TOKEN } = env;
  return {
    ok: true,
    settings: {
      github: GITHUB_TOKEN === undefined ? undefined : { token: GITHUB_TOKEN, url: GITHUB_API_URL },
      jira:
        JIRA_HOST === undefined || JIRA_EMAIL === undefined || JIRA_API_TOKEN === undefined
          ? undefined
          : { url: JIRA_HOST, email: JIRA_EMAIL, token: JIRA_API_TOKEN },
    },
  };
}
