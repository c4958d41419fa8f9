import { randomBytes } from "node:crypto";
import { Files } from "./files.ts";
import type { Block, Channel, Message, User, View } from "./shapes.ts";

const newId = (letter: string) => `${letter}${randomBytes(5).toString("hex").toUpperCase()}`;

/** Everything a Slack workspace remembers: users, channels, messages, what is open on somebody's screen. */
export class Workspace {
  readonly teamId = "T0STEWARD";
  readonly appId = "A0STEWARD";
  readonly botId = "B0STEWARD";
  readonly botUserId = "U0STEWARD";
  readonly users = new Map<string, User>();
  readonly channels = new Map<string, Channel>();
  readonly messages: Message[] = [];
  readonly files = new Files();
  readonly groups = new Map<string, Set<string>>();
  /** Open modals of each user, the topmost last. */
  readonly modals = new Map<string, View[]>();
  readonly homes = new Map<string, View>();
  /** By channel: what is shown as "Steward …" and the prompts above an empty conversation. */
  readonly statuses = new Map<string, string>();
  readonly prompts = new Map<string, readonly { title: string; message: string }[]>();
  readonly #triggers = new Map<string, { readonly user: string; readonly at: number }>();
  readonly #listeners = new Set<() => void>();
  #tick = 0;

  constructor() {
    this.addUser("steward", { id: this.botUserId, is_bot: true });
  }

  addUser(name: string, more: Partial<User> = {}): User {
    const user: User = {
      id: `U0${name.toUpperCase()}`,
      name,
      team_id: this.teamId,
      is_bot: false,
      is_restricted: false,
      is_ultra_restricted: false,
      is_stranger: false,
      deleted: false,
      ...more,
    };
    this.users.set(user.id, user);
    return user;
  }

  addChannel(
    name: string,
    kind: Channel["kind"],
    members: readonly string[],
    id = `C0${name.toUpperCase().replace(/[^A-Z0-9]/g, "")}`,
  ): Channel {
    const channel: Channel = { id, name, kind, members: new Set(members) };
    this.channels.set(id, channel);
    return channel;
  }

  /** The conversation of a user with the bot alone. */
  directOf(userId: string): Channel {
    const id = `D${userId.slice(1)}`;
    return this.channels.get(id) ?? this.addChannel(id, "im", [userId, this.botUserId], id);
  }

  add(message: Omit<Message, "ts" | "reactions">): Message {
    const added: Message = { ...message, ts: this.now(), reactions: new Map() };
    this.messages.push(added);
    this.changed();
    return added;
  }

  message(channel: string, ts: string): Message | undefined {
    return this.messages.find((each) => each.channel === channel && each.ts === ts);
  }

  /** What one user sees of a channel, the oldest first. */
  seenBy(userId: string, channel: string): Message[] {
    if (!this.channels.get(channel)?.members.has(userId)) return [];
    return this.messages.filter(
      (each) => each.channel === channel && (each.onlyFor === null || each.onlyFor === userId),
    );
  }

  addView(view: Omit<View, "id">): View {
    return { ...view, blocks: view.blocks as readonly Block[], id: newId("V") };
  }

  /** What opens a modal within three seconds, once. */
  trigger(user: string): string {
    const id = `${Date.now()}.${++this.#tick}.${randomBytes(8).toString("hex")}`;
    this.#triggers.set(id, { user, at: performance.now() });
    return id;
  }

  useTrigger(id: string): { readonly user: string } | "expired_trigger_id" | "invalid_trigger" {
    const trigger = this.#triggers.get(id);
    if (trigger === undefined) return "invalid_trigger";
    this.#triggers.delete(id);
    return performance.now() - trigger.at > 3000 ? "expired_trigger_id" : { user: trigger.user };
  }

  /** A new timestamp, later than all before it. */
  now(): string {
    return `${Math.floor(Date.now() / 1000)}.${String(++this.#tick).padStart(6, "0")}`;
  }

  /** Calls back with every change. */
  watch(listener: () => void): void {
    this.#listeners.add(listener);
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Resolves as soon as `holds` gives something; throws after `forMs` with `what`. */
  async until<T>(what: string, holds: () => T | undefined | null | false, forMs = 10_000): Promise<T> {
    const found = holds();
    if (found) return found;
    return new Promise((resolve, reject) => {
      const look = () => {
        const now = holds();
        if (!now) return;
        clearTimeout(late);
        this.#listeners.delete(look);
        resolve(now);
      };
      const late = setTimeout(() => {
        this.#listeners.delete(look);
        reject(new Error(`Slack did not come to show ${what} within ${forMs} ms`));
      }, forMs);
      this.#listeners.add(look);
    });
  }
}
