import { z } from "zod";
import { Fault } from "../domain/fault.ts";
import type { ModelSettings } from "../model/model.ts";
import { type ChatSettings, chatSettingsOf, chatVariables, chatWords } from "./chat-settings.ts";
import { type ConnectorAddresses, isBare } from "./connectors.ts";
import { type SystemSettings, systemSettingsOf, systemVariables, systemWords } from "./system-settings.ts";

/** How this process is set up. Everything else is in steward.yaml. */
export interface Settings extends ChatSettings, ConnectorAddresses, SystemSettings {
  readonly port: number;
  readonly host: string;
  /** A PostgreSQL server; null is the embedded database in `dataDir`. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  /** Path of steward.yaml. */
  readonly configFile: string;
  readonly mode: "trial" | "production";
  /** npm started this process, in a shell that does not pass signals on: it ends when its parent does. */
  readonly underNpm?: boolean;
  /** How the model is reached; null: there is none. */
  readonly model: ModelSettings | null;
  /** What systems prove themselves with when they tell us something; null: not configured. */
  readonly webhooks?: { readonly alertmanagerToken: string | null; readonly githubSecret: string | null };
}

const Env = z.object({
  PORT: z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .refine((port) => port <= 65535)
    .default(3000),
  HOST: z
    .string()
    .regex(/^[\w.:[\]-]+$/)
    .default("127.0.0.1"),
  DATABASE_URL: z.string().refine(isPostgresUrl).optional(),
  STEWARD_DATA_DIR: z.string().default("./data"),
  STEWARD_CONFIG: z.string().default("steward.yaml"),
  /** Set by npm in what it runs. */
  npm_lifecycle_event: z.string().optional(),
  STEWARD_MODE: z.enum(["trial", "production"]).optional(),
  ANTHROPIC_API_KEY: z.string().min(8).optional(),
  ANTHROPIC_BASE_URL: z.url().default("https://api.anthropic.com"),
  ANTHROPIC_MODEL: z
    .string()
    .regex(/^[\w.:@/-]{1,100}$/)
    .optional(),
  ALERTMANAGER_TOKEN: z.string().min(8).optional(),
  GITHUB_WEBHOOK_SECRET: z.string().min(8).optional(),
  PROMETHEUS_URL: z
    .url({ protocol: /^https?$/ })
    .refine(isBare)
    .optional(),
  LOKI_URL: z
    .url({ protocol: /^https?$/ })
    .refine(isBare)
    .optional(),
  ...chatVariables,
  ...systemVariables,
});

const wanted: Record<string, string> = {
  PORT: "a whole number from 0 to 65535, for example 3000",
  HOST: "the address to listen on, for example 127.0.0.1",
  DATABASE_URL: "a PostgreSQL address, for example postgres://user:password@localhost:5432/steward",
  STEWARD_MODE: "trial or production",
  ANTHROPIC_API_KEY: "the key of your Anthropic account",
  ANTHROPIC_BASE_URL: "the address of Anthropic's API without /v1, for example https://api.anthropic.com",
  ANTHROPIC_MODEL: "a model's name, for example claude-sonnet-4-6",
  ALERTMANAGER_TOKEN: "a secret of at least 8 characters, the same as in Alertmanager's http_config",
  GITHUB_WEBHOOK_SECRET: "a secret of at least 8 characters, the same as in the webhook's settings on GitHub",
  PROMETHEUS_URL: "the address of a Prometheus without user and password, for example http://localhost:9090",
  LOKI_URL: "the address of a Loki without user and password, for example http://localhost:3100",
  ...chatWords,
  ...systemWords,
};

/** Reads the environment, once, and is the only code that does. An empty variable is a missing one. Throws Fault("bad-config"). */
export function readSettings(source: Readonly<Record<string, string | undefined>> = process.env): Settings {
  const given = Object.fromEntries(
    Object.keys(Env.shape).flatMap((name) => (source[name]?.trim() ? [[name, source[name].trim()]] : [])),
  );
  const parsed = Env.safeParse(given);
  if (!parsed.success) {
    const names = [...new Set(parsed.error.issues.map((issue) => String(issue.path[0])))];
    throw new Fault("bad-config", names.map((name) => wrong(name, String(given[name]))).join("\n"));
  }
  const env = parsed.data;
  if (env.DATABASE_URL !== undefined && env.STEWARD_MODE === undefined)
    throw new Fault(
      "bad-config",
      "STEWARD_MODE is missing: with DATABASE_URL set it must say whether this is a trial (STEWARD_MODE=trial) or the real thing (STEWARD_MODE=production).",
    );
  const outside = (
    [
      "SLACK_BOT_TOKEN",
      "TEAMS_APP_ID",
      "DISCORD_TOKEN",
      "PROMETHEUS_URL",
      "LOKI_URL",
      "GITHUB_TOKEN",
      "JIRA_HOST",
    ] as const
  ).find((name) => env[name] !== undefined);
  if (outside !== undefined && env.STEWARD_MODE === undefined)
    throw new Fault(
      "bad-config",
      `STEWARD_MODE is missing: with ${outside} set it must say whether this is a trial (STEWARD_MODE=trial: what is configured is used, and a simulated company is behind it) or the real thing (STEWARD_MODE=production).`,
    );
  const mode = env.STEWARD_MODE ?? "trial";
  const chat = chatSettingsOf(env, mode);
  if (!chat.ok) throw new Fault("bad-config", chat.missing.join("\n"));
  const systems = systemSettingsOf(env, mode);
  if (!systems.ok) throw new Fault("bad-config", systems.problems.join("\n"));
  if (mode === "trial" && !isLoopback(env.HOST))
    throw new Fault(
      "bad-config",
      `HOST is "${env.HOST}": in trial mode anyone who reaches the port may act as anyone, so it must be 127.0.0.1; to listen elsewhere set STEWARD_MODE=production.`,
    );
  return {
    port: env.PORT,
    host: env.HOST,
    databaseUrl: env.DATABASE_URL ?? null,
    dataDir: env.STEWARD_DATA_DIR,
    configFile: env.STEWARD_CONFIG,
    mode,
    underNpm: env.npm_lifecycle_event !== undefined,
    model:
      env.ANTHROPIC_API_KEY === undefined
        ? null
        : { apiKey: env.ANTHROPIC_API_KEY, baseUrl: env.ANTHROPIC_BASE_URL, model: env.ANTHROPIC_MODEL ?? null },
    webhooks: {
      alertmanagerToken: env.ALERTMANAGER_TOKEN ?? null,
      githubSecret: env.GITHUB_WEBHOOK_SECRET ?? null,
    },
    prometheusUrl: env.PROMETHEUS_URL,
    lokiUrl: env.LOKI_URL,
    ...chat.settings,
    ...systems.settings,
  };
}

/** Whether only this machine can reach the address. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The value is repeated, except where it is or holds a secret. */
function wrong(name: string, value: string): string {
  const what = /^(DATABASE|PROMETHEUS|LOKI)_URL$|TOKEN$|SECRET$|PASSWORD$|KEY$/.test(name)
    ? "is not usable"
    : `is "${value}"`;
  return `${name} ${what}: it must be ${wanted[name] ?? "something else"}.`;
}

function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && ["postgres:", "postgresql:"].includes(new URL(text).protocol);
}
