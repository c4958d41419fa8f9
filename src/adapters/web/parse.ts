import { z } from "zod";
import type { Incoming } from "../../domain/incoming.ts";
import { cleanText } from "../../domain/text.ts";
import type { Delivery, Parsed, Sender } from "../../messages/adapter.ts";

/** What our own door hands over. `from` is the person of the session it has proven; null is nobody. */
const envelope = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("said"),
    from: z.string().min(1).nullable(),
    /** The post's id: the delivery key. */
    post: z.uuid(),
    channel: z.string().min(1),
    thread: z.uuid().nullable(),
    text: z.string(),
    /** Whether that thread is between this person and Steward alone: then every word in it is for Steward. */
    aloneWithSteward: z.boolean(),
  }),
  z.object({
    kind: z.literal("pressed"),
    from: z.string().min(1).nullable(),
    deliveryKey: z.string().min(1),
    token: z.string().min(1),
    values: z.record(z.string(), z.string()).default({}),
  }),
  /** A button of ours that says something: heard as if written below its card, and posted for nobody. */
  z.object({
    kind: z.literal("repeated"),
    from: z.string().min(1).nullable(),
    deliveryKey: z.string().min(1),
    channel: z.string().min(1),
    thread: z.uuid(),
    text: z.string().min(1),
  }),
]);

export type WebEnvelope = z.input<typeof envelope>;

const command = /^\s*\/steward(?=\s|$)/i;
const mention = /(?<=^|\s)@steward(?![\w-])[,:]?\s*/i;

/**
 * Reads what was said or pressed in the web chat. "/steward" and "@steward" are taken off the text; a bare command asks
 * for help. The place's thread is where an answer belongs: a message in the channel itself begins its own thread.
 */
export function parse(delivery: Pick<Delivery, "tenant" | "body">): Parsed {
  const read = envelope.safeParse(delivery.body);
  if (!read.success)
    return { kind: "unsupported", because: `The web chat takes messages and presses: ${z.prettifyError(read.error)}` };
  const { data } = read;
  if (data.from === null) return { kind: "forged", because: "Nobody is signed in, so nobody can have said this" };
  const by: Sender = { platform: "web", workspace: "", userId: data.from };
  if (data.kind === "pressed") {
    const values = Object.fromEntries(
      Object.entries(data.values).map(([name, value]) => [cleanText(name), cleanText(value)]),
    );
    return {
      kind: "press",
      press: { tenant: delivery.tenant, deliveryKey: data.deliveryKey, by, token: data.token, values },
    };
  }
  const said = cleanText(data.text).trim();
  if (data.kind === "repeated") {
    const { channel, thread } = data;
    const incoming: Incoming = {
      tenant: delivery.tenant,
      source: "web",
      deliveryKey: `say:${data.from}:${cleanText(data.deliveryKey)}`,
      kind: "message",
      personId: data.from,
      text: said,
      place: { platform: "web", channel, thread },
      addressed: true,
    };
    return { kind: "incoming", incoming, by };
  }
  const isCommand = command.test(said);
  const isMention = mention.test(said);
  const text = said
    .replace(command, "")
    .replace(isCommand ? "" : mention, "")
    .trim();
  const incoming: Incoming = {
    tenant: delivery.tenant,
    source: "web",
    deliveryKey: data.post,
    kind: isCommand ? "command" : "message",
    personId: data.from,
    text: text === "" && (isCommand || isMention) ? "help" : text,
    place: { platform: "web", channel: data.channel, thread: data.thread ?? data.post },
    addressed: isCommand || isMention || data.aloneWithSteward,
    data: { post: data.post },
  };
  return { kind: "incoming", incoming, by };
}
