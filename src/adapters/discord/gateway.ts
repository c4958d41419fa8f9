import { setTimeout as wait } from "node:timers/promises";
import { CloseCodes, type SessionInfo, WebSocketManager, WebSocketShardEvents } from "@discordjs/ws";
import { GatewayIntentBits } from "discord.js";
import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import type { Memory } from "../../messages/platform.ts";
import { type Api, codes, unless } from "./api.ts";
import { compare, createLedger, idAt } from "./ledger.ts";
import { missedIn } from "./missed.ts";
import { StoppableShards } from "./shards.ts";

/** A channel or thread of a server, as the gateway describes it. */
export interface KnownChannel {
  readonly type: number;
  readonly parentId: string | null;
  readonly guildId: string;
}

/** An event somebody caused: a new message or an interaction, with the channel it is in. */
export interface Heard {
  readonly t: "MESSAGE_CREATE" | "INTERACTION_CREATE";
  readonly d: { readonly id: string; readonly [name: string]: unknown };
  readonly channel?: KnownChannel;
}

interface GatewayParts {
  readonly api: Api;
  readonly token: string;
  readonly tenant: string;
  readonly memory: Memory;
  /** Resolves when it is kept. When it throws, it is called again later with the same. */
  hear(heard: Heard): Promise<void>;
  onError(error: Error): void;
}

export interface Gateway {
  /**
   * Holds the one connection until `held` is aborted. It goes on where the last one stopped, in whichever process that
   * was: it resumes that session, so Discord sends again what was not kept; where Discord has forgotten the session, the
   * messages since the last one kept are read from every channel that has newer ones.
   */
  run(held: AbortSignal): Promise<void>;
  /** The server of a channel or thread; null where Discord does not let us see it. */
  serverOf(channel: string): Promise<string | null>;
  /** "off" where another process holds it. */
  state(): "off" | "ready" | "connecting" | "broken";
}

const intents =
  GatewayIntentBits.Guilds |
  GatewayIntentBits.GuildMessages |
  GatewayIntentBits.DirectMessages |
  GatewayIntentBits.MessageContent;

const Checkpoint = z.object({
  session: z.object({ sessionId: z.string(), sequence: z.number(), resumeURL: z.url() }).nullable(),
  /** Every message up to this id is kept. */
  seen: z.string().nullable(),
  directs: z.array(z.string()),
});
const checkpointKey = "gateway";
const mostDirects = 100;
const saveEveryMs = 1000;

const ChannelData = z.object({
  id: z.string(),
  type: z.number(),
  parent_id: z.string().nullish(),
  guild_id: z.string().optional(),
  last_message_id: z.string().nullish(),
});
const ServerId = z.object({ id: z.string(), unavailable: z.boolean().default(false) });
const Servers = z.object({ guilds: z.array(ServerId) });
const GuildData = ServerId.extend({
  joined_at: z.iso.datetime({ offset: true }).optional(),
  channels: z.array(ChannelData).default([]),
  threads: z.array(ChannelData).default([]),
});

export function createGateway(parts: GatewayParts): Gateway {
  const { api, memory, tenant } = parts;
  const channels = new Map<string, KnownChannel>();
  let state: ReturnType<Gateway["state"]> = "off";

  async function run(held: AbortSignal): Promise<void> {
    state = "connecting";
    const kept = Checkpoint.safeParse(JSON.parse((await memory.recall(tenant, checkpointKey)) ?? "null"));
    const before = kept.success ? kept.data : { session: null, seen: null, directs: [] };
    let session: SessionInfo | null = before.session && { ...before.session, shardId: 0, shardCount: 1 };
    const directs = new Set(before.directs);
    /** Up to where everything was kept when this session began. Null on a first start. */
    let since = before.seen;
    /** Servers the session has told nothing of yet, or that are out: what is missed there holds the checkpoint. */
    const absent = new Map<string, { readonly since: string; end(): void }>();
    const ledger = createLedger({ sequence: session?.sequence ?? 0, seen: before.seen });
    const running = new Set<Promise<void>>();
    let saved = "";
    const save = async () => {
      const { sequence, seen } = ledger.done();
      const at =
        session && sequence !== null ? { sessionId: session.sessionId, resumeURL: session.resumeURL, sequence } : null;
      const text = JSON.stringify({ session: at, seen, directs: [...directs].slice(-mostDirects) });
      if (text === saved) return;
      await memory.keep(tenant, checkpointKey, text);
      saved = text;
    };

    /** Hands one event over until it is kept, or until somebody else has to. */
    const handOver = async (heard: Heard, entry: { end(): void }) => {
      for (let pause = 250; !held.aborted; pause = Math.min(pause * 2, 15_000)) {
        try {
          await parts.hear(await placed(heard));
          return entry.end();
        } catch (error) {
          parts.onError(error as Error);
          // An interaction is answered at once or never: whoever pressed was told to do it again.
          if (heard.t === "INTERACTION_CREATE") return entry.end();
          await wait(pause, undefined, { signal: held }).catch(() => undefined);
        }
      }
    };
    const follow = (work: Promise<void>) => {
      const followed = work.catch((error: Error) => parts.onError(error)).finally(() => running.delete(followed));
      running.add(followed);
    };

    /** Takes what was written in these channels since the last message kept; until that is done, the checkpoint stays where it is. */
    const catchUp = (ids: readonly string[], guild: string | null, after: string) => {
      const entry = ledger.begin(null, after);
      const one = async (id: string) => {
        for await (const message of missedIn(api, id, after, held)) {
          const d = guild === null ? message : { ...message, guild_id: guild };
          await handOver({ t: "MESSAGE_CREATE", d }, ledger.begin(null, message.id));
        }
      };
      follow(
        (async () => {
          for (const id of ids) await one(id).catch(parts.onError);
          if (!held.aborted) entry.end();
        })(),
      );
    };
    const miss = (server: string) => {
      const { seen } = ledger.done();
      if (seen !== null && !absent.has(server)) absent.set(server, { since: seen, ...ledger.begin(null, seen) });
    };
    const missNoMore = (server: string) => {
      absent.get(server)?.end();
      absent.delete(server);
    };
    /** Where the newest message of each channel is known, only those that have newer ones are read. On a first start nothing is. */
    const compareWith = (guild: z.output<typeof GuildData>) => {
      const all = [...guild.channels, ...guild.threads];
      for (const channel of all) learn(channel, guild.id);
      const newest = all.flatMap(({ id, last_message_id: last }) => (last ? [{ id, last }] : []));
      const kept = absent.get(guild.id)?.since ?? since;
      if (kept === null) for (const { last } of newest) ledger.begin(null, last).end();
      else {
        const joined = guild.joined_at === undefined ? kept : idAt(Date.parse(guild.joined_at));
        const after = compare(joined, kept) > 0 ? joined : kept;
        const behind = newest.filter(({ last }) => compare(last, after) > 0).map(({ id }) => id);
        if (behind.length > 0) catchUp(behind, guild.id, after);
      }
      missNoMore(guild.id);
    };

    const learn = (channel: z.output<typeof ChannelData>, guildId: string) =>
      channels.set(channel.id, { type: channel.type, parentId: channel.parent_id ?? null, guildId });
    // biome-ignore lint/suspicious/noExplicitAny: an event is read by name, and what is used of it is checked
    const dispatch = ({ t, s, d }: { t: string; s: number; d: any }) => {
      switch (t) {
        case "READY": {
          ledger.restart(s);
          since = ledger.done().seen;
          const servers = Servers.safeParse(d).data?.guilds ?? [];
          for (const { id } of servers) miss(id);
          for (const id of absent.keys()) if (!servers.some((each) => each.id === id)) missNoMore(id);
          if (since !== null && directs.size > 0) catchUp([...directs], null, since);
          return;
        }
        case "GUILD_CREATE": {
          const guild = GuildData.safeParse(d);
          if (guild.success && !guild.data.unavailable) compareWith(guild.data);
          return;
        }
        case "GUILD_DELETE": {
          const gone = ServerId.safeParse(d);
          if (gone.success && gone.data.unavailable) miss(gone.data.id);
          else if (gone.success) missNoMore(gone.data.id);
          return;
        }
        case "CHANNEL_CREATE":
        case "CHANNEL_UPDATE":
        case "THREAD_CREATE":
        case "THREAD_UPDATE": {
          const channel = ChannelData.safeParse(d);
          if (channel.success && channel.data.guild_id) learn(channel.data, channel.data.guild_id);
          return;
        }
        case "MESSAGE_CREATE":
        case "INTERACTION_CREATE": {
          if (typeof d?.id !== "string") return;
          if (t === "MESSAGE_CREATE" && d.guild_id === undefined && typeof d.channel_id === "string") {
            directs.delete(d.channel_id);
            directs.add(d.channel_id);
          }
          return follow(handOver({ t, d }, ledger.begin(s, d.id)));
        }
        default:
          return;
      }
    };

    const enter = (next: typeof state) => {
      if (!held.aborted) state = next;
    };
    let broken: (error: Error) => void = () => undefined;
    const failed = new Promise<never>((_, reject) => {
      broken = reject;
    });
    failed.catch(() => undefined);
    const manager = new WebSocketManager({
      token: parts.token,
      intents,
      rest: api.rest,
      shardCount: 1,
      buildStrategy: (each) => new StoppableShards(each),
      retrieveSessionInfo: () => session,
      updateSessionInfo: (_, info) => {
        if (!held.aborted) session = info;
      },
    });
    manager.on(WebSocketShardEvents.Dispatch, ({ data }) => {
      dispatch(data as Parameters<typeof dispatch>[0]);
    });
    manager.on(WebSocketShardEvents.Ready, () => enter("ready"));
    manager.on(WebSocketShardEvents.Resumed, () => enter("ready"));
    manager.on(WebSocketShardEvents.Closed, () => enter("connecting"));
    manager.on(WebSocketShardEvents.Error, ({ error }) => broken(error));
    const saving = setInterval(() => follow(save()), saveEveryMs);
    const ended = new Promise<void>((resolve) => held.addEventListener("abort", () => resolve(), { once: true }));
    try {
      if (!held.aborted) await Promise.race([manager.connect().then(() => failed), failed, ended]);
    } catch (error) {
      state = "broken";
      const { remedy, pauseMs: retryAfterMs } = diagnosisOf(error);
      const because = `Discord's gateway: ${(error as Error).message}.${remedy}`;
      parts.onError(new Fault("platform-busy", because, { cause: error, retryAfterMs }));
      await wait(retryAfterMs, undefined, { signal: held }).catch(() => undefined);
    } finally {
      clearInterval(saving);
      // With another code than 1000 Discord keeps the session for whoever resumes it.
      await manager.destroy({ code: CloseCodes.Resuming, reason: "Steward stops here" });
      while (running.size > 0) await Promise.all(running);
      await save().catch(parts.onError);
      state = "off";
    }
  }

  /** The event with its channel, which a message in a server does not describe. Asked of Discord where it is not known. */
  async function placed(heard: Heard): Promise<Heard> {
    const { guild_id, channel_id } = heard.d as { guild_id?: string; channel_id?: string };
    if (heard.t !== "MESSAGE_CREATE" || guild_id === undefined || channel_id === undefined) return heard;
    let channel = channels.get(channel_id);
    if (channel === undefined) {
      const { type, parent_id } = await api.call("get", `/channels/${channel_id}`, ChannelData);
      channel = { type, parentId: parent_id ?? null, guildId: guild_id };
      channels.set(channel_id, channel);
    }
    return { ...heard, channel };
  }

  async function serverOf(id: string): Promise<string | null> {
    const known = channels.get(id);
    if (known !== undefined) return known.guildId;
    const call = api.call("get", `/channels/${id}`, ChannelData);
    return (await unless(call, codes.unknownChannel, codes.missingAccess))?.guild_id ?? null;
  }

  return { run, serverOf, state: () => state };
}

/** Discord counts how often a bot introduces itself (1000 a day), so what only a person can mend is tried rarely. */
function diagnosisOf(error: unknown): { readonly remedy: string; readonly pauseMs: number } {
  const message = error instanceof Error ? error.message : "";
  if (message.includes("disallowed intents"))
    return { remedy: " Switch on Message Content Intent for the bot in Discord's developer portal.", pauseMs: 120_000 };
  if (message.includes("Authentication failed")) return { remedy: " Check DISCORD_TOKEN.", pauseMs: 120_000 };
  return { remedy: "", pauseMs: 2000 };
}
