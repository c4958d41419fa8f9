import { z } from "zod";
import { parseQuietHours } from "../domain/quiet.ts";
import { isZone } from "../domain/zone.ts";
import { CapsEntry, ModelsEntry, PriceEntry } from "../model/prices.ts";
import { connectorKeys, connectorsSchema } from "./connectors.ts";
import { RetentionEntry } from "./retention.ts";
import { serviceKeys, servicesSchema } from "./services.ts";

const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, "must be lower-case letters, digits, dots and dashes, for example ana");
const text = z.string().min(1, "must not be empty");
const list = <T extends z.ZodType>(item: T) => z.array(item).default([]);

const timezone = z.string().refine(isZone, "must be a time zone such as Europe/Berlin");

const quiet = z.string().transform((said, check) => {
  const hours = parseQuietHours(said);
  if (hours !== null && hours !== "off") return hours;
  check.addIssue({ code: "custom", message: "must be a stretch of the day such as 22:00 to 7:00" });
  return z.NEVER;
});

const Identity = z.strictObject({
  platform: z.enum(["web", "slack", "teams", "discord"]),
  workspace: z.string().default(""),
  user: text,
});
const PersonEntry = z.strictObject({
  id,
  name: text,
  kind: z.enum(["member", "guest", "bot"]).default("member"),
  roles: list(id),
  manager: id.optional(),
  /** What they mean by "9am"; without one, the file's. */
  timezone: timezone.optional(),
  identities: list(Identity),
});
const Channel = z.strictObject({
  name: id,
  purpose: z.string().default(""),
  /** Every new message here is for Steward too: its writer alone is told what can be done about it. */
  help: z.boolean().default(false),
  /** The same channel on a chat platform, by the platform's id: what goes to the name goes there too. */
  slack: text.optional(),
  teams: text.optional(),
  discord: text.optional(),
});
/** Whoever is in this group of a platform holds this role, as long as they are in it. */
const Group = z.strictObject({ platform: z.enum(["slack", "teams", "discord"]), group: text, role: id });

/** Who is told something: a channel, or everybody who holds a role, each alone. */
const AudienceEntry = z
  .strictObject({
    channel: id.optional(),
    role: id.optional(),
    /** plain: for people who are not colleagues. */
    words: z.enum(["plain", "full"]).default("full"),
    /** Also told in their quiet hours. */
    urgent: z.boolean().default(false),
  })
  .refine(
    ({ channel, role }) => (channel === undefined) !== (role === undefined),
    "must name a channel or a role, and not both",
  );

/** Whose something is: a repository, a service or a word of what is said about it. */
const Owned = z.strictObject({ of: text, person: id });

/** Everything that steward.yaml may hold. */
export const Schema = z.strictObject({
  people: z.array(PersonEntry).min(1, "must name at least one person"),
  channels: z.array(Channel).min(1, "must name at least one channel"),
  groups: list(Group),
  /** Of everybody who has none of their own. */
  timezone: timezone.default("UTC"),
  /** When nobody is disturbed who did not say otherwise, in their own zone; without it, never. */
  quietHours: quiet.optional(),
  /** Where people reach the console, for links in chat messages. */
  url: z.url("must be an address such as https://steward.example.com").optional(),
  /** Which channels show a copy of every gate, besides its thread. */
  routes: z
    .strictObject({
      approvals: z
        .union([id.transform((name) => [name]), z.array(id)], "must be a channel's name or a list of them")
        .default([]),
      /** Where what is for one person alone is shown to them; on chat platforms it is a direct message. */
      alone: id.optional(),
    })
    .prefault({}),
  /** Who is told what goes on, by the names that workflows use. */
  audiences: z.record(id, AudienceEntry).default({}),
  /** The folder of Markdown articles that questions are looked up in, from where this file is. */
  knowledge: text.optional(),
  /** Whom to ask where there is a model, what it costs and how much may be spent. */
  models: ModelsEntry.optional(),
  /** How long what runs no longer need is kept. */
  retention: RetentionEntry.prefault({}),
  connectors: connectorsSchema.prefault({}),
  services: servicesSchema,
  /** What specialists may ask for besides their own tools, by their names. */
  specialists: z.record(id, z.strictObject({ tools: z.array(text) })).default({}),
  owners: list(Owned),
  /** As written; the gates' own schema judges them. */
  policies: list(z.record(z.string(), z.unknown())),
});

/** What steward.yaml says, checked. Durations are milliseconds. */
export type StewardYaml = z.output<typeof Schema>;

/** The time zone that somebody's times are meant in. */
export function zoneOf({ people, timezone: everybodys }: StewardYaml, personId: string): string {
  return people.find(({ id: one }) => one === personId)?.timezone ?? everybodys;
}

/** Channels that are an audience's, by name, each with the name of its audience. */
export function audienceChannels({ audiences }: StewardYaml): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(audiences).flatMap(([name, { channel }]): [string, string][] =>
      channel === undefined ? [] : [[channel, name]],
    ),
  );
}

/** Roles that somebody has, or that a group of a chat platform brings. */
export function rolesIn({ people, groups }: Pick<StewardYaml, "people" | "groups">): string[] {
  return [...new Set([...people.flatMap(({ roles }) => roles), ...groups.map(({ role }) => role)])];
}

/** The keys that are known where a mistake stands. */
export function keysAt(path: readonly PropertyKey[]): string[] {
  const shapes: Record<string, z.ZodObject> = {
    people: path.includes("identities") ? Identity : PersonEntry,
    channels: Channel,
    groups: Group,
    owners: Owned,
    retention: RetentionEntry,
    audiences: AudienceEntry,
    models: path.includes("prices") ? PriceEntry : path.includes("caps") ? CapsEntry : ModelsEntry,
  };
  if (path[0] === "routes") return ["approvals", "alone"];
  if (path[0] === "connectors") return connectorKeys(path);
  if (path[0] === "services") return serviceKeys(path);
  if (path[0] === "specialists") return ["tools"];
  return Object.keys((shapes[String(path[0])] ?? Schema).shape);
}
