import type { Json, JsonObject } from "./json.ts";

export type Platform = "web" | "slack" | "teams" | "discord";

/**
 * Where something was said: a channel, and in it a thread ("" is the channel itself). A thread that begins with "+" is
 * not there yet: our first message begins it (a slash command has no message to answer in a thread).
 */
export interface Place {
  readonly platform: Platform;
  readonly channel: string;
  readonly thread: string;
}

/** A channel of one platform, whatever the thread. */
export type ChannelPlace = Pick<Place, "platform" | "channel">;

/** A human, the same one on every platform. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly kind: "member" | "guest" | "bot";
  readonly roles: readonly string[];
  readonly managerId: string | null;
  readonly active: boolean;
}

/** What a system that told something is called, as people read it: "Alertmanager" of "system:alertmanager"; null for any other id. */
export function systemName(id: string): string | null {
  const [, first, rest] = /^system:(.)(.*)$/s.exec(id) ?? [];
  return first === undefined ? null : `${first.toUpperCase()}${rest}`;
}

/** One thing that happened outside. Its (tenant, source, deliveryKey) is unique: the same delivery is taken once. */
export interface Incoming {
  readonly tenant: string;
  /** Which door: "web", "api", later "slack", "github", ... */
  readonly source: string;
  readonly deliveryKey: string;
  readonly kind: "message" | "command" | "event";
  readonly personId: string | null;
  /** The platform's id of whoever it was, where a person may have several there: what is for them alone goes back to it. */
  readonly account?: string;
  /** What was said; for an event, its name. Already cleaned by the door. */
  readonly text: string;
  readonly place: Place | null;
  /** Whether it was said to Steward: a command, a mention, a direct message, a reply in a thread it is in. */
  readonly addressed: boolean;
  readonly data?: JsonObject;
}

/** What a person wants, with checked parameters. It names no workflow and declares no risk. */
export interface Intent {
  readonly name: string;
  readonly params: Readonly<Record<string, Json>>;
  /** Why, in the words of whoever wants it: for people to read, and for nothing else. */
  readonly reason?: string;
}
