import { z } from "zod";

/** What our connection hands over: an event of the gateway as it came, and what the event itself does not say. */
export interface Envelope {
  /** The event's name, such as MESSAGE_CREATE, and its data. */
  readonly t: string;
  readonly d: unknown;
  /** Our own application and the user it writes as. */
  readonly self: { readonly applicationId: string; readonly userId: string };
  /** The channel of a message, where it is in a server: a thread knows its parent. */
  readonly channel?: { readonly type: number; readonly parentId: string | null };
  /** For what was said in a direct message: the server that vouches for this person; "" when none does. */
  readonly home?: string;
  /** The text of a button whose text does not fit into its id. */
  readonly say?: string | null;
}

const id = z.string().regex(/^\d{1,20}$/, "must be a Discord id");
const Channel = z.object({ type: z.number(), parentId: id.nullable() });
/** An `Envelope`, its shape proven; the event in it is not yet. */
export const Head = z.object({
  t: z.string(),
  d: z.unknown(),
  self: z.object({ applicationId: id, userId: id }),
  channel: Channel.optional(),
  home: z.string().default(""),
  say: z.string().nullish(),
});
export type Head = z.output<typeof Head>;

export const Author = z.object({ id, bot: z.boolean().default(false), username: z.string().default("") });
const Reference = z.object({ message_id: id.optional() });
/** Something written. */
export const Message = z.object({
  id,
  channel_id: id,
  guild_id: id.optional(),
  type: z.number(),
  content: z.string(),
  author: Author,
  webhook_id: id.optional(),
  mentions: z.array(Author).default([]),
  referenced_message: z.object({ id, author: Author, message_reference: Reference.optional() }).nullish(),
});

/** A part of a card of ours: a button, a text, or what holds others. */
export interface Part {
  readonly custom_id?: string | undefined;
  readonly label?: string | undefined;
  readonly style?: number | undefined;
  readonly content?: string | undefined;
  readonly components?: readonly Part[] | undefined;
}
export const Part: z.ZodType<Part> = z.lazy(() =>
  z.object({
    custom_id: z.string().optional(),
    label: z.string().optional(),
    style: z.number().optional(),
    content: z.string().optional(),
    components: z.array(Part).optional(),
  }),
);

/** Something done through Discord's own means. */
export const Interaction = z.object({
  id,
  application_id: id,
  type: z.number(),
  guild_id: id.optional(),
  channel_id: id,
  channel: z.object({ type: z.number(), parent_id: id.nullish() }),
  member: z.object({ user: Author }).optional(),
  user: Author.optional(),
  message: z
    .object({ id, author: Author, message_reference: Reference.optional(), components: z.array(Part).default([]) })
    .optional(),
  data: z.unknown(),
});
export type Interaction = z.output<typeof Interaction>;

/** What an interaction carries, by its kind: a command, a press, a form. */
export const Command = z.object({
  type: z.number().default(1),
  name: z.string(),
  options: z.array(z.object({ name: z.string(), value: z.unknown() })).default([]),
  target_id: id.optional(),
  resolved: z.object({ messages: z.record(z.string(), z.object({ content: z.string() })) }).optional(),
});
export const Pressed = z.object({ custom_id: z.string().min(1).max(100), component_type: z.number() });
export const Filled = z.object({
  custom_id: z.string().min(1).max(100),
  components: z.array(z.object({ component: z.object({ custom_id: z.string(), value: z.string() }).optional() })),
});
