import { describe, expect, test } from "vitest";
import { readSettings } from "../../src/config/settings.ts";

test("with nothing set it is a trial on this machine with the embedded database", () => {
  expect(readSettings({})).toEqual({
    port: 3000,
    host: "127.0.0.1",
    databaseUrl: null,
    dataDir: "./data",
    configFile: "steward.yaml",
    mode: "trial",
    underNpm: false,
    webhooks: { alertmanagerToken: null, githubSecret: null },
    model: null,
    slack: null,
    teams: { app: null },
    discord: null,
  });
});

test("an empty variable is a missing one", () => {
  expect(readSettings({ PORT: "", DATABASE_URL: "  ", STEWARD_MODE: "" })).toEqual(readSettings({}));
});

test("a trial on PostgreSQL must be named", () => {
  expect(readSettings({ DATABASE_URL: "postgres://localhost/steward", STEWARD_MODE: "trial" })).toMatchObject({
    mode: "trial",
    databaseUrl: "postgres://localhost/steward",
  });
});

test("production may listen anywhere", () => {
  expect(readSettings({ HOST: "0.0.0.0", STEWARD_MODE: "production" })).toMatchObject({
    host: "0.0.0.0",
    mode: "production",
  });
});

test("with a key there is a model", () => {
  expect(readSettings({ ANTHROPIC_MODEL: "claude-opus-4-8" }).model).toBeNull();
  expect(readSettings({ ANTHROPIC_API_KEY: "sk-ant-1", ANTHROPIC_MODEL: "claude-opus-4-8" }).model).toEqual({
    apiKey: "sk-ant-1",
    baseUrl: "https://api.anthropic.com",
    model: "claude-opus-4-8",
  });
});

describe("a wrong setting is named with what would be right", () => {
  test.each([
    [{ PORT: "abc" }, 'PORT is "abc": it must be a whole number from 0 to 65535, for example 3000.'],
    [
      { ANTHROPIC_API_KEY: "hunter2" },
      "ANTHROPIC_API_KEY is not usable: it must be the key of your Anthropic account.",
    ],
    [
      { ANTHROPIC_MODEL: "the best one" },
      'ANTHROPIC_MODEL is "the best one": it must be a model\'s name, for example claude-sonnet-4-6.',
    ],
    [{ PORT: "70000" }, 'PORT is "70000": it must be a whole number from 0 to 65535, for example 3000.'],
    [
      { PORT: "-1", STEWARD_MODE: "live" },
      'PORT is "-1": it must be a whole number from 0 to 65535, for example 3000.\nSTEWARD_MODE is "live": it must be trial or production.',
    ],
    [
      { DATABASE_URL: "mysql://u:secret@h/d" },
      "DATABASE_URL is not usable: it must be a PostgreSQL address, for example postgres://user:password@localhost:5432/steward.",
    ],
    [{ DATABASE_URL: "postgres://localhost/steward" }, /^STEWARD_MODE is missing/],
    [{ SLACK_BOT_TOKEN: "xoxb-1", SLACK_APP_TOKEN: "xapp-1" }, /^STEWARD_MODE is missing: with SLACK_BOT_TOKEN/],
    [
      { SLACK_BOT_TOKEN: "hunter2", STEWARD_MODE: "production" },
      "SLACK_BOT_TOKEN is not usable: it must be the bot token of your Slack app, which begins with xoxb-.",
    ],
    [{ SLACK_BOT_TOKEN: "xoxb-1", STEWARD_MODE: "production" }, /^SLACK_BOT_TOKEN is set, but nothing says how/],
    [{ SLACK_SIGNING_SECRET: "12345678" }, /^SLACK_BOT_TOKEN is missing, and SLACK_SIGNING_SECRET is set/],
    [
      { TEAMS_APP_ID: "1", STEWARD_MODE: "production" },
      "TEAMS_APP_PASSWORD is missing, and TEAMS_APP_ID is set: it must be the client secret of your bot.\nTEAMS_TENANT_ID is missing, and TEAMS_APP_ID is set: it must be the id of your Microsoft 365 tenant.",
    ],
    [{ HOST: "0.0.0.0" }, /^HOST is "0\.0\.0\.0": in trial mode/],
    [{ HOST: "a b" }, /^HOST is "a b": it must be the address to listen on/],
  ])("%j", (env, message) => {
    expect(() => readSettings(env as Record<string, string>)).toThrow(
      expect.objectContaining({
        code: "bad-config",
        message: typeof message === "string" ? message : expect.stringMatching(message),
      }),
    );
  });
});
