import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Document } from "yaml";
import { isNode, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { Fault } from "../domain/fault.ts";
import { nearestName } from "../domain/nearest-name.ts";
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

const Schema = z.strictObject({
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

/** Reads and checks the file. Throws Fault("bad-config") with one line for each mistake: file, line, path, remedy. */
export function readStewardYaml(file: string): StewardYaml {
  let source: string;
  try {
    source = readFileSync(file, "utf8");
  } catch (error) {
    throw new Fault(
      "bad-config",
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? "error"}): create it, or set STEWARD_CONFIG to where it is.`,
      { cause: error },
    );
  }
  return parseStewardYaml(source, basename(file));
}

/** The same from a text; `file` is only for the messages. */
export function parseStewardYaml(source: string, file: string): StewardYaml {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken)
    throw new Fault(
      "bad-config",
      `${file}, line ${lines.linePos(broken.pos[0]).line}: this is not YAML: ${broken.message}. Check indentation, quotes and colons there.`,
    );
  const at = (path: readonly PropertyKey[]) => place(file, document, lines, path);
  const parsed = Schema.safeParse(document.toJS({ maxAliasCount: 100 }) ?? {});
  const mistakes = parsed.success
    ? contradictions(parsed.data).map(([path, sentence]) => `${at(path)} ${sentence}`)
    : parsed.error.issues.map((issue) => explain(issue, at));
  if (mistakes.length > 0 || !parsed.success) throw new Fault("bad-config", mistakes.join("\n"));
  return parsed.data;
}

/** Where something stands in the file, for what only others can judge: "steward.yaml, line 7, policies[1].require:". */
export function placeIn(file: string, path: readonly PropertyKey[]): string {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, "utf8"), { lineCounter: lines, prettyErrors: false });
  return place(basename(file), document, lines, path);
}

/** "steward.yaml, line 7, people[1].kind:" */
function place(file: string, document: Document, lines: LineCounter, path: readonly PropertyKey[]): string {
  let line = 1;
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (!isNode(node) || !node.range) continue;
    line = lines.linePos(node.range[0]).line;
    break;
  }
  const name = path.reduce<string>(
    (said, key) => (typeof key === "number" ? `${said}[${key}]` : said === "" ? String(key) : `${said}.${String(key)}`),
    "",
  );
  return name === "" ? `${file}, line ${line}:` : `${file}, line ${line}, ${name}:`;
}

function explain(issue: z.core.$ZodIssue, at: (path: readonly PropertyKey[]) => string): string {
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const known = keysAt(issue.path);
    const near = nearestName(key, known, 2);
    const meant = near === null ? `known here: ${known.join(", ")}.` : `did you mean ${near}?`;
    return `${at([...issue.path, key])} there is no such key; ${meant}`;
  }
  if (issue.code === "invalid_value") return `${at(issue.path)} must be one of ${issue.values.join(", ")}.`;
  if (issue.code === "invalid_type" && issue.input === undefined)
    return `${at(issue.path)} is missing or of the wrong kind; write ${kinds[issue.expected] ?? issue.expected}.`;
  if (issue.code === "invalid_type") return `${at(issue.path)} must be ${kinds[issue.expected] ?? issue.expected}.`;
  return `${at(issue.path)} ${issue.message.replace(/\.$/, "")}.`;
}

const kinds: Record<string, string> = {
  string: "a text",
  array: "a list",
  object: "keys and values",
  record: "keys and values",
  number: "a number",
};

function keysAt(path: readonly PropertyKey[]): string[] {
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

function nobodyHas(role: string, config: Pick<StewardYaml, "people" | "groups">): string {
  return `nobody has the role ${role}, and no group brings it: roles are ${rolesIn(config).join(", ") || "not given to anybody yet"}.`;
}

/** What each line alone cannot show: names used twice, or that nobody and nothing has. */
function contradictions(config: StewardYaml): [path: PropertyKey[], sentence: string][] {
  const ids = config.people.map((person) => person.id);
  const channels = config.channels.map((channel) => channel.name);
  const identities = config.people.flatMap((person, i) =>
    person.identities.map((one, n) => ({
      path: ["people", i, "identities", n],
      key: `${one.platform} ${one.workspace} ${one.user}`,
    })),
  );
  return [
    ...config.people.flatMap((person, i): [PropertyKey[], string][] => [
      ...(ids.indexOf(person.id) < i
        ? [
            [["people", i, "id"], `${person.id} is already a person above; give each an id of their own.`] as [
              PropertyKey[],
              string,
            ],
          ]
        : []),
      ...(person.manager === person.id
        ? [
            [
              ["people", i, "manager"],
              `${person.id} cannot be their own manager; name somebody else or leave it out.`,
            ] as [PropertyKey[], string],
          ]
        : []),
      ...(person.manager !== undefined && !ids.includes(person.manager)
        ? [
            [["people", i, "manager"], `nobody has the id ${person.manager}; people are ${ids.join(", ")}.`] as [
              PropertyKey[],
              string,
            ],
          ]
        : []),
    ]),
    ...channels.flatMap((name, i): [PropertyKey[], string][] =>
      channels.indexOf(name) < i
        ? [[["channels", i, "name"], `${name} is already a channel above; leave one out.`]]
        : [],
    ),
    ...config.owners.flatMap(({ person }, i): [PropertyKey[], string][] =>
      ids.includes(person)
        ? []
        : [[["owners", i, "person"], `nobody has the id ${person}; people are ${ids.join(", ")}.`]],
    ),
    ...config.routes.approvals.flatMap((name): [PropertyKey[], string][] =>
      channels.includes(name)
        ? []
        : [[["routes", "approvals"], `there is no channel ${name}; channels are ${channels.join(", ")}.`]],
    ),
    ...[...Object.entries(config.audiences), ["", { channel: config.routes.alone, role: undefined }] as const].flatMap(
      ([name, { channel, role }]): [PropertyKey[], string][] => {
        const path = name === "" ? ["routes", "alone"] : ["audiences", name];
        if (channel !== undefined && !channels.includes(channel))
          return [[path, `there is no channel ${channel}; channels are ${channels.join(", ")}.`]];
        if (role === undefined) return [];
        if (config.routes.alone === undefined)
          return [[path, "is told each alone: say where in routes, as alone: CHANNEL."]];
        return rolesIn(config).includes(role) ? [] : [[path, nobodyHas(role, config)]];
      },
    ),
    ...(config.quietHours !== undefined && config.routes.alone === undefined
      ? [
          [["quietHours"], "what is kept is told each alone: say where in routes, as alone: CHANNEL."] as [
            PropertyKey[],
            string,
          ],
        ]
      : []),
    ...(["sql", "prometheus"] as const).flatMap((kind) =>
      config.connectors[kind].flatMap(({ askedBy = [] }, i): [PropertyKey[], string][] =>
        askedBy
          .filter((role) => !rolesIn(config).includes(role))
          .map((role) => [["connectors", kind, i, "askedBy"], nobodyHas(role, config)]),
      ),
    ),
    ...identities.flatMap((one, i): [PropertyKey[], string][] =>
      identities.findIndex((other) => other.key === one.key) < i
        ? [[one.path, "belongs to somebody above already; an identity is one person's."]]
        : [],
    ),
  ];
}
