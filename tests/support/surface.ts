import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import type { ChatSettings } from "../../src/config/chat-settings.ts";
import type { Platform } from "../../src/domain/incoming.ts";

export const names = ["ana", "ben", "cara", "dan", "eve"] as const;
export type Name = (typeof names)[number];

/** A message as somebody reads it: all its words, and the labels of its buttons. */
export interface Read {
  readonly words: string;
  readonly buttons: readonly string[];
}

/** A chat platform's local server with the trial company's people on it, as a journey uses it. */
export interface Surface extends AsyncDisposable {
  readonly platform: Platform;
  /** What Steward must be told to reach it; nothing for the web. */
  readonly chat: Partial<ChatSettings>;
  /** Who people are there; somebody who is not named is a stranger. */
  readonly identities: Partial<Record<Name, { readonly workspace: string; readonly user: string }>>;
  /** The platform's ids of #ops, #approvals and #help-needed. */
  readonly channels: Readonly<Record<string, string>>;
  /** Steward is running now, at this address. */
  begin(url: string): Promise<void>;
  /** Asks Steward something, as people do there (a mention); the thread it begins is the one `reads` shows. */
  asks(person: Name, text: string, where: { readonly in: string }): Promise<void>;
  /** Goes to the thread below the newest message with these words at the top of a channel, as if it were the one begun last. */
  opens(viewer: Name, words: RegExp, where: { readonly in: string }): Promise<void>;
  /** Writes in the thread begun last, without naming Steward. */
  replies(person: Name, text: string): Promise<void>;
  /** Presses the newest button with this label that they can see, in the thread or in a named channel. Returns what they were told alone, or null. A form that opens is filled in with the reason. */
  presses(
    person: Name,
    label: string,
    more?: { readonly in?: string; readonly reason?: string; readonly values?: Readonly<Record<string, string>> },
  ): Promise<string | null>;
  /** What somebody reads in the thread begun last, or at the top of a channel, oldest first. */
  reads(viewer: Name, where?: { readonly in: string }): Promise<readonly Read[]>;
}

/** A role that nobody has of themselves: a platform's group brings it. */
export interface GroupRole {
  readonly platform: Platform;
  readonly group: string;
  readonly role: string;
}

/** The product's own steward.yaml, with the people and channels of these surfaces, in a file of its own. */
export async function configFor(
  surfaces: readonly Surface[],
  file: string,
  groups: readonly GroupRole[] = [],
  /** Other keys of the file. */
  more: Partial<Record<"connectors" | "services" | "knowledge" | "policies" | "specialists", unknown>> = {},
): Promise<string> {
  const document = parseDocument(readFileSync(new URL("../../steward.yaml", import.meta.url), "utf8"));
  const yaml = document.toJS() as {
    people: { id: Name; roles?: string[]; identities?: unknown[] }[];
    channels: Record<string, string>[];
  };
  const on = surfaces.filter(({ platform }) => platform !== "web");
  for (const person of yaml.people)
    person.identities = on.flatMap(({ platform, identities }) => {
      const known = identities[person.id];
      return known ? [{ platform, ...known }] : [];
    });
  for (const channel of yaml.channels)
    for (const { platform, channels } of on) {
      const id = channels[channel["name"] ?? ""];
      if (id !== undefined) channel[platform] = id;
    }
  for (const person of yaml.people)
    person.roles = person.roles?.filter((role) => groups.every((group) => group.role !== role)) ?? [];
  const knowledge = new URL("../../knowledge", import.meta.url).pathname;
  await writeFile(file, JSON.stringify({ ...yaml, groups, knowledge, ...more }));
  return file;
}
