import { type GateContext, gateOf } from "../machines/gate.ts";
import type { ChatSettings } from "./config/chat-settings.ts";
import type { StewardYaml } from "./config/schema.ts";
import type { Card } from "./domain/card.ts";
import type { ChannelPlace, Person, Place, Platform } from "./domain/incoming.ts";
import { type Gate, type GateState, mayAnswer } from "./gates/gates.ts";
import type { GateView } from "./http/reads.ts";
import type { Links } from "./inbox/link.ts";
import type { Rejection } from "./inbox/refuse.ts";
import { createTake } from "./inbox/take.ts";
import type { ChatPlatform, Home, Intake, PlatformParts } from "./messages/platform.ts";
import type { Kernel } from "./orchestrator/kernel.ts";
import { seenBy } from "./people/people.ts";
import type { GroupRoles } from "./roles.ts";
import {
  buttonOf,
  cardOfButton,
  createLeader,
  keepFeedback,
  personBehind,
  platformMemory,
  threadAt,
} from "./store/chat.ts";
import type { Database } from "./store/database.ts";
import { createReads } from "./store/reads/reads.ts";
import type { ConnectorHealth } from "./systems/breaker.ts";

type Made = (settings: ChatSettings, parts: PlatformParts) => Promise<ChatPlatform | null>;

/** How each platform is made. Their rooms are loaded only when they are configured. */
const makers: Partial<Record<Platform, Made>> = {
  slack: async ({ slack }, parts) => slack && (await import("./adapters/slack/connect.ts")).createSlack(slack, parts),
  discord: async ({ discord }, parts) =>
    discord && (await import("./adapters/discord/connect.ts")).createDiscord(discord, parts),
  teams: async ({ teams }, parts) => teams && (await import("./adapters/teams/connect.ts")).createTeams(teams, parts),
};

/** The chat platforms that are configured, not yet connected. */
export async function openPlatforms(
  settings: ChatSettings,
  parts: Omit<PlatformParts, "memory" | "leader">,
  db: Database,
): Promise<ReadonlyMap<Platform, ChatPlatform>> {
  const leader = createLeader(db);
  const made = await Promise.all(
    Object.entries(makers).map(async ([name, make]): Promise<[Platform, ChatPlatform | null]> => {
      const platform = name as Platform;
      return [platform, await make(settings, { ...parts, leader, memory: platformMemory(db, platform) })];
    }),
  );
  return new Map(made.flatMap(([name, platform]) => (platform === null ? [] : [[name, platform] as const])));
}

/** Chat platforms that could be connected and are not. In trial mode Teams is there for a client on this machine, without an app. */
export function unconfiguredIn(settings: ChatSettings): string[] {
  return (["slack", "teams", "discord"] as const).filter((name) =>
    name === "teams" ? settings.teams?.app == null : settings[name] === null,
  );
}

/** The places a channel's name stands for: the web chat's, and those of the platforms where steward.yaml says so. */
export function placesOf(yaml: StewardYaml, name: string): readonly Place[] {
  const channel = yaml.channels.find((each) => each.name === name);
  const place = (platform: Platform, id: string | undefined) =>
    id === undefined ? [] : [{ platform, channel: id, thread: "" }];
  return [
    ...place("web", name),
    ...place("slack", channel?.slack),
    ...place("teams", channel?.teams),
    ...place("discord", channel?.discord),
  ];
}

/** Whether a place is in a channel that steward.yaml calls one for help. */
export function isForHelp(yaml: StewardYaml, { platform, channel }: ChannelPlace): boolean {
  const helping = yaml.channels.filter(({ help }) => help).flatMap(({ name }) => placesOf(yaml, name));
  return helping.some((place) => place.platform === platform && place.channel === channel);
}

/** Connected systems and chat platforms, each in one word and with what went wrong last. */
export function connectionsOf(
  systems: readonly ConnectorHealth[],
  platforms: ReadonlyMap<Platform, ChatPlatform>,
): { name: string; state: string; because: string | null }[] {
  return [
    ...[...platforms].flatMap(([name, platform]) => {
      const state = platform.connection();
      return state === null ? [] : [{ name, state, because: null }];
    }),
    ...systems.map(({ connector, name = connector, state, because }) => ({
      name,
      state: state === "closed" ? "healthy" : "not answering",
      because,
    })),
  ];
}

/** Open approvals that this person may answer and has not. */
export async function gatesFor(db: Database, tenant: string, person: Person): Promise<GateView[]> {
  return (await createReads(db).openGates(tenant, person)).filter((gate) => mayAnswer(gateAsKept(gate), person));
}

export interface IntakeParts {
  readonly db: Database;
  readonly yaml: StewardYaml;
  readonly kernel: Kernel;
  readonly links: Links;
  readonly roles: GroupRoles;
  refuse(rejection: Rejection): Promise<void>;
  /** A page of ours as a whole address. */
  address(path: string): string;
}

/** Where one platform hands over what arrives. */
export function intakeOf(platform: ChatPlatform, parts: IntakeParts): Intake {
  const { db, yaml, kernel, links, roles, refuse, address } = parts;
  const reads = createReads(db);
  const { platform: name } = platform.adapter;
  return {
    take: createTake(
      {
        kernel,
        refuse,
        personBehind: (tenant, who) => personBehind(db, tenant, who),
        freshenRoles: (tenant, personId) => roles.freshen(tenant, personId),
        threadAt: (tenant, place) => threadAt(db, tenant, place),
        isForHelp: (place) => isForHelp(yaml, place),
        buttonOf: (tenant, token) => buttonOf(db, tenant, token),
        claim: (tenant, who, code) => links.claim(tenant, who, code),
      },
      platform,
    ),
    async cardOf(tenant, who, token) {
      const person = await personBehind(db, tenant, who);
      if (!person?.active) return null;
      const wanted = await cardOfButton(db, tenant, token);
      if (wanted === null) return null;
      const { buttons: _, ...card } = JSON.parse(wanted) as Card;
      return card;
    },
    async answerOf(tenant, who, token) {
      const person = await personBehind(db, tenant, who);
      const button = person?.active ? await buttonOf(db, tenant, token) : null;
      const gate = button === null ? null : await reads.gate(tenant, button.gateId);
      if (person === null || gate === null) return null;
      return {
        answered: gate.votes.find(({ personId }) => personId === person.id)?.decision ?? null,
        mayAnswer: gate.state === "open" && mayAnswer(gateAsKept(gate), person),
      };
    },
    async home(tenant, who) {
      const person = await personBehind(db, tenant, who);
      return person?.active ? homeOf(tenant, person) : null;
    },
    async feedback(tenant, who, ref, liked) {
      const person = await personBehind(db, tenant, who);
      if (person !== null) await keepFeedback(db, { tenant, platform: name, ref, personId: person.id, liked });
    },
  };

  async function homeOf(tenant: string, person: Person): Promise<Home> {
    const [gates, mine, running] = await Promise.all([
      gatesFor(db, tenant, person),
      reads.runs({ tenant, limit: 10, requesterId: person.id }),
      reads.runs({
        tenant,
        limit: 10,
        state: "open",
        ...seenBy({ by: person, keyId: null }),
      }),
    ]);
    const line = (run: (typeof mine)[number]) => ({
      title: run.title,
      state: run.state,
      link: address(`/runs/${run.id}`),
    });
    return {
      waiting: gates
        .slice(0, 10)
        .map((gate) => ({ title: gate.title, state: gate.state, link: address(`/gates/${gate.id}`) })),
      mine: mine.map(line),
      running: person.kind === "member" ? running.map(line) : [],
    };
  }
}

function gateAsKept({ state, context }: GateView): Gate {
  return gateOf(state as GateState, context as unknown as GateContext);
}
