import { z } from "zod";
import { longestMessage, type Words } from "../../agents/index.ts";
import type { Card } from "../../domain/card.ts";
import { Fault } from "../../domain/fault.ts";
import type { Person } from "../../domain/incoming.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";

/** Who is told something, as steward.yaml says: a channel, or everybody who holds a role, each alone. */
export interface Audience {
  readonly name: string;
  readonly channel: string | null;
  readonly role: string | null;
  readonly words: Words;
  /** Also told in their quiet hours. */
  readonly urgent: boolean;
}

/** A message as it is sent: once under its key, however often it is asked for. */
export interface Sent {
  readonly tenant: string;
  readonly runId: string;
  readonly key: string;
  readonly card: Card;
}

export interface MessageParts {
  readonly audiences: readonly Audience[];
  /** Names of the channels there are. */
  readonly channels: readonly string[];
  person(tenant: string, id: string): Promise<Person | null>;
  /** Active members who hold the role, by name. */
  holders(tenant: string, role: string): Promise<readonly Person[]>;
  toChannel(channel: string, message: Sent): Promise<void>;
  /** Shows it to one person alone, or keeps it until they may be disturbed. */
  toPerson(person: Person, message: Sent, urgent: boolean): Promise<void>;
}

const name = z.string().min(1).max(63);
const To = z.object({ audience: name.nullish(), channel: name.nullish() });

/** Says who is told, and tells them. Nobody but steward.yaml chooses whom a name stands for. */
export function messageTools(parts: MessageParts): AnyTool[] {
  return [audienceTool(parts), sendTool(parts)];
}

function audienceTool(parts: MessageParts) {
  return defineTool({
    name: "messages.audience",
    summary: "Says who an audience or a channel stands for, and in which words they are told",
    params: To,
    result: z.object({
      known: z.boolean(),
      audience: z.string().nullable(),
      channel: z.string().nullable(),
      to: z.string(),
      /** Their names, as far as they are told each alone. */
      readers: z.string(),
      words: z.enum(["plain", "full"]),
    }),
    risk: () => "read" as const,
    effect: "keyed",
    timeoutMs: 10_000,
    steers: [],
    trusted: true,
    describe: ({ audience, channel }) => `Say who is told as ${audience ?? channel ?? "nobody"}`,
    async run({ tenant, args }) {
      const found = targetOf(parts, args);
      if (found === null)
        return { known: false, audience: null, channel: null, to: "", readers: "", words: "plain" as const };
      const { audience, channel } = found;
      const there = { audience: audience?.name ?? null, channel: audience === null ? channel : null };
      const people = channel === null ? await parts.holders(tenant, audience?.role ?? "") : [];
      const names = people.map(({ name }) => name).join(", ");
      const readers = channel === null ? names || "nobody: no one holds this role now" : `whoever reads #${channel}`;
      return { known: true, ...there, to: placeOf(found), readers, words: audience?.words ?? "full" };
    },
  });
}

function sendTool(parts: MessageParts) {
  return defineTool({
    name: "messages.send",
    final: "Who was told has read it.",
    summary: "Tells an audience of steward.yaml, or a channel, something",
    params: To.extend({ text: z.string().min(1).max(longestMessage) }),
    result: z.object({ to: z.string(), people: z.number() }),
    risk: () => "write" as const,
    effect: "keyed",
    timeoutMs: 10_000,
    steers: ["audience", "channel"],
    asks: { approve: "Send", change: "Change and send", deny: "Do not send" },
    wording: ["text"],
    refuses: async ({ args }) => {
      const found = sendable(parts, args);
      return typeof found === "string" ? found : null;
    },
    describe: (args) => {
      const found = targetOf(parts, args);
      return found === null
        ? "Tell nobody: there is no such audience"
        : `Tell ${found.audience?.name ?? "people"} in ${placeOf(found)}`;
    },
    async run({ tenant, runId, effectId, requesterId, args }) {
      const found = sendable(parts, args);
      if (typeof found === "string") throw new Fault("bad-request", found);
      const asker = requesterId === null ? null : await parts.person(tenant, requesterId);
      const card: Card = {
        text: args.text,
        ...(asker !== null && { fields: [{ label: "Sent for", value: asker.name }] }),
        ...(found.audience?.words !== "plain" && { link: `/runs/${runId}` }),
      };
      const message = { tenant, runId, key: `sent:${effectId}`, card };
      if (found.channel !== null) {
        await parts.toChannel(found.channel, message);
        return { to: placeOf(found), people: 0 };
      }
      const people = await parts.holders(tenant, found.audience?.role ?? "");
      for (const person of people)
        await parts.toPerson(
          person,
          { ...message, key: `${message.key}:${person.id}` },
          found.audience?.urgent === true || person.id === requesterId,
        );
      return { to: placeOf(found), people: people.length };
    },
  });
}

interface Target {
  readonly audience: Audience | null;
  readonly channel: string | null;
}

/** Whom these names stand for. A channel that is an audience's is that audience: its words and its policy hold there. */
function targetOf({ audiences, channels }: MessageParts, { audience, channel }: z.output<typeof To>): Target | null {
  const place = channel?.replace(/^#/, "") ?? null;
  const named = audiences.find((one) => (audience ? one.name === audience : place !== null && one.channel === place));
  if (named !== undefined)
    return place !== null && place !== named.channel ? null : { audience: named, channel: named.channel };
  return audience || place === null || !channels.includes(place) ? null : { audience: null, channel: place };
}

function placeOf({ audience, channel }: Target): string {
  return channel === null ? `everybody with the role ${audience?.role ?? ""}, each alone` : `#${channel}`;
}

/** Whom a message goes to, or why it can go to nobody, as a sentence. */
function sendable(parts: MessageParts, args: z.output<typeof To>): Target | string {
  const found = targetOf(parts, args);
  if (found === null) return absent(parts, args);
  if (found.audience === null || args.audience) return found;
  return `#${found.channel ?? ""} is the audience ${found.audience.name}: name that instead of the channel.`;
}

function absent({ audiences, channels }: MessageParts, { audience, channel }: z.output<typeof To>): string {
  const there = `Audiences: ${audiences.map((one) => one.name).join(", ") || "none"}; channels: ${channels.join(", ")}.`;
  return `steward.yaml has nobody to tell as ${audience ?? `#${channel ?? ""}`}. ${there}`;
}
