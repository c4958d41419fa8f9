import { type GateContext, gateOf } from "../machines/gate.ts";
import type { ChatSettings } from "./config/chat-settings.ts";
import type { StewardYaml } from "./config/steward-yaml.ts";
import type { Card } from "./domain/card.ts";
import { Fault } from "./domain/fault.ts";
import type { Person, Place, Platform } from "./domain/incoming.ts";
import { mayAnswer } from "./gates/gates.ts";
import type { Links } from "./inbox/link.ts";
import type { Rejection } from "./inbox/refuse.ts";
import { createTake } from "./inbox/take.ts";
import type { ChatPlatform, Home, Intake, PlatformParts } from "./messages/platform.ts";
import type { Kernel } from "./orchestrator/kernel.ts";
import {
  buttonOf,
  cardOfButton,
  createLeader,
  keepFeedback,
  keepRolesFrom,
  personBehind,
  platformMemory,
  threadAt,
  votersElsewhere,
} from "./store/chat.ts";
import type { Database } from "./store/database.ts";
import { createReads } from "./store/reads/reads.ts";

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

export interface IntakeParts {
  readonly db: Database;
  readonly kernel: Kernel;
  readonly links: Links;
  readonly groups: StewardYaml["groups"];
  refuse(rejection: Rejection): Promise<void>;
  /** A page of ours as a whole address. */
  address(path: string): string;
}

/** Where one platform hands over what arrives. */
export function intakeOf(platform: ChatPlatform, parts: IntakeParts): Intake {
  const { db, kernel, links, refuse, address } = parts;
  const reads = createReads(db);
  const { platform: name } = platform.adapter;
  return {
    take: createTake(
      {
        kernel,
        refuse,
        personBehind: (tenant, who) => personBehind(db, tenant, who),
        keepRoles: (tenant, personId, on, groups) =>
          keepRolesFrom(db, tenant, personId, on, rolesOf(parts.groups, on, groups)),
        threadAt: (tenant, place) => threadAt(db, tenant, place),
        buttonOf: (tenant, token) => buttonOf(db, tenant, token),
        claim: (tenant, who, code) => links.claim(tenant, who, code),
      },
      platform,
    ),
    async cardOf(tenant, token) {
      const wanted = await cardOfButton(db, tenant, token);
      if (wanted === null) return null;
      const { buttons: _, ...card } = JSON.parse(wanted) as Card;
      return card;
    },
    async home(tenant, who) {
      const person = await personBehind(db, tenant, who);
      return person === null ? null : homeOf(tenant, person);
    },
    async feedback(tenant, who, ref, liked) {
      const person = await personBehind(db, tenant, who);
      if (person !== null) await keepFeedback(db, { tenant, platform: name, ref, personId: person.id, liked });
    },
  };

  async function homeOf(tenant: string, person: Person): Promise<Home> {
    const [gates, mine, running] = await Promise.all([
      reads.openGates(tenant),
      reads.runs({ tenant, limit: 10, requesterId: person.id }),
      reads.runs({ tenant, limit: 10, done: false }),
    ]);
    const line = (run: (typeof mine)[number]) => ({
      title: run.title,
      state: run.state,
      link: address(`/runs/${run.id}`),
    });
    return {
      waiting: gates
        .filter((gate) => mayAnswer(gateOf(gate.state as never, gate.context as unknown as GateContext), person))
        .slice(0, 10)
        .map((gate) => ({ title: gate.title, state: gate.state, link: address(`/gates/${gate.id}`) })),
      mine: mine.map(line),
      running: person.kind === "member" ? running.map(line) : [],
    };
  }
}

/**
 * Reads the standing of everybody who approved this gate through a platform whose groups bring roles, before what they
 * approved is done. Throws a Fault with retryAfterMs where a platform cannot be asked: then it is not done yet.
 */
export function confirmVoters(
  db: Database,
  platforms: ReadonlyMap<Platform, ChatPlatform>,
  groups: StewardYaml["groups"],
): (tenant: string, gateId: string) => Promise<void> {
  const counted = new Set(groups.map((group) => group.platform as Platform));
  return async (tenant, gateId) => {
    if (counted.size === 0) return;
    for (const voter of await votersElsewhere(db, tenant, gateId)) {
      if (!counted.has(voter.platform)) continue;
      const platform = platforms.get(voter.platform);
      if (!platform)
        throw new Fault("platform-busy", `${voter.platform} is not connected, so nobody can say who approved this.`, {
          retryAfterMs: 30_000,
        });
      const { kind, groups: now } = await platform.standing(voter);
      const roles = kind === "member" ? rolesOf(groups, voter.platform, now) : [];
      await keepRolesFrom(db, tenant, voter.personId, voter.platform, roles);
    }
  };
}

function rolesOf(groups: StewardYaml["groups"], platform: Platform, names: readonly string[]): string[] {
  const roles = groups.filter((each) => each.platform === platform && names.includes(each.group));
  return [...new Set(roles.map((each) => each.role))];
}
