import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { startSlackRig } from "../../rigs/slack/slack.ts";
import { scopes } from "../../src/adapters/slack/examine.ts";

const words = (most: number) => z.string().min(1).max(most);
const address = z.string().regex(/^https?:\/\//);
const names = z
  .array(words(50))
  .max(255)
  .refine((all) => new Set(all).size === all.length);

/**
 * The parts of Slack's manifest schema, version 2.0.0 (github.com/slackapi/manifest-schema,
 * schemas/manifest.schema.2.0.0.json), that this manifest uses, with their limits. Nothing else may be in it.
 */
const Manifest = z.strictObject({
  _metadata: z.strictObject({ major_version: z.literal(2), minor_version: z.int() }),
  display_information: z.strictObject({
    name: words(35),
    description: words(140),
    background_color: z.string().regex(/^#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?$/),
  }),
  features: z.strictObject({
    bot_user: z.strictObject({ display_name: words(80), always_online: z.boolean() }),
    app_home: z.strictObject({
      home_tab_enabled: z.boolean(),
      messages_tab_enabled: z.boolean(),
      messages_tab_read_only_enabled: z.boolean(),
    }),
    agent_view: z.strictObject({
      agent_description: words(300),
      suggested_prompts: z.array(z.strictObject({ title: words(1000), message: words(1000) })).max(4),
    }),
    slash_commands: z
      .array(
        z.strictObject({
          command: z.string().startsWith("/").min(2).max(32),
          description: words(2000),
          usage_hint: words(1000),
          should_escape: z.boolean(),
          url: address.max(3000).optional(),
        }),
      )
      .min(1)
      .max(50),
    shortcuts: z
      .array(
        z.strictObject({
          name: words(24),
          type: z.enum(["message", "global"]),
          callback_id: words(255),
          description: words(150),
        }),
      )
      .min(1)
      .max(10),
  }),
  oauth_config: z.strictObject({ scopes: z.strictObject({ bot: names }) }),
  settings: z.strictObject({
    event_subscriptions: z.strictObject({ bot_events: names.max(100), request_url: address.optional() }),
    interactivity: z.strictObject({ is_enabled: z.boolean(), request_url: address.optional() }),
    org_deploy_enabled: z.boolean(),
    socket_mode_enabled: z.boolean(),
    token_rotation_enabled: z.boolean(),
  }),
});

const manifest = Manifest.parse(parse(readFileSync(new URL("../../manifest.yml", import.meta.url), "utf8")));

test("the manifest asks for exactly the scopes that examine looks for", () => {
  expect(manifest.oauth_config.scopes.bot).toEqual(Object.keys(scopes));
});

test("every event that is subscribed to has its scope, and the shortcut is the one that is read", async () => {
  const needs: Readonly<Record<string, string>> = {
    app_mention: "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
  };
  const { bot } = manifest.oauth_config.scopes;
  const events = manifest.settings.event_subscriptions.bot_events;
  expect(events.filter((event) => event !== "app_home_opened").map((event) => needs[event])).toEqual(
    bot.filter((scope) => Object.values(needs).includes(scope)),
  );
  await using rig = await startSlackRig();
  const ana = rig.somebody("ana");
  const message = rig.workspace.add({ channel: ana.direct, user: "U0ANA", text: "", blocks: [], onlyFor: null });
  const { callback_id: called } = ana.handOverPayload(message);
  expect(manifest.features.shortcuts.map(({ callback_id: id }) => id)).toEqual([called]);
});
