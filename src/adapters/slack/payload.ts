import { z } from "zod";

const id = z.string().min(1).max(255);

/** A message as an event or a shortcut shows it. */
const message = z.object({
  ts: id,
  thread_ts: id.optional(),
  text: z.string().default(""),
  subtype: z.string().optional(),
  bot_id: z.string().optional(),
  edited: z.unknown().optional(),
  attachments: z.array(z.object({ text: z.string().optional(), fallback: z.string().optional() })).optional(),
});

const saidEvent = message.extend({
  type: z.enum(["message", "app_mention"]),
  channel: id,
  channel_type: z.string().optional(),
  user: id.optional(),
  /** The author's workspace; another one in a channel shared with another organisation. */
  team: id.optional(),
  user_team: id.optional(),
});

const homeEvent = z.object({ type: z.literal("app_home_opened"), user: id, channel: id, tab: z.string() });

/** https://docs.slack.dev/apis/events-api */
export const eventPayload = z.object({
  type: z.literal("event_callback"),
  api_app_id: id,
  team_id: id,
  context_team_id: id.nullish(),
  event: z.discriminatedUnion("type", [saidEvent, homeEvent]),
});

/** https://docs.slack.dev/interactivity/implementing-slash-commands */
export const commandPayload = z.object({
  command: z.string().startsWith("/"),
  api_app_id: id,
  team_id: id,
  channel_id: id,
  user_id: id,
  trigger_id: id,
  text: z.string().default(""),
});

const interaction = {
  api_app_id: id,
  team: z.object({ id }).nullable(),
  user: z.object({ id, team_id: id.optional() }),
  trigger_id: id,
};

const view = z.object({
  id,
  callback_id: z.string().default(""),
  private_metadata: z.string().default(""),
  state: z
    .object({ values: z.record(z.string(), z.record(z.string(), z.object({ value: z.string().nullish() }))) })
    .optional(),
});

/** https://docs.slack.dev/reference/interaction-payloads */
export const pressPayload = z.object({
  type: z.literal("block_actions"),
  ...interaction,
  actions: z
    .array(
      z.object({
        action_id: id,
        value: z.string().default(""),
        text: z.object({ text: z.string() }).optional(),
      }),
    )
    .min(1),
  container: z.object({ message_ts: id.optional(), thread_ts: id.optional(), channel_id: id.optional() }),
  channel: z.object({ id }).optional(),
  message: z.object({ bot_id: z.string().optional(), thread_ts: id.optional() }).optional(),
  view: view.optional(),
});

export const shortcutPayload = z.object({
  type: z.literal("message_action"),
  callback_id: z.string(),
  ...interaction,
  channel: z.object({ id }),
  message,
});

export const submissionPayload = z.object({ type: z.literal("view_submission"), ...interaction, view });

export type Message = z.output<typeof message>;
export type SaidEvent = z.output<typeof saidEvent>;
export type PressPayload = z.output<typeof pressPayload>;

/** What a body holds, whichever way it came: an HTTP body is JSON, or a form with JSON in `payload`; an envelope has it inside. */
export function payloadOf(body: unknown): unknown {
  if (typeof body !== "string") return (body as { payload?: unknown } | null)?.payload;
  try {
    if (body.startsWith("{")) return JSON.parse(body);
    const form = new URLSearchParams(body);
    const inside = form.get("payload");
    return inside === null ? Object.fromEntries(form) : JSON.parse(inside);
  } catch {
    return null;
  }
}
