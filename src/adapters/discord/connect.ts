import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import type { ChatPlatform, Intake, PlatformParts } from "../../messages/platform.ts";
import { createDiscordAdapter } from "./adapter.ts";
import { Answerable, answer, showWhole, suggest } from "./answers.ts";
import { codes, createApi, selfOf, unless } from "./api.ts";
import { registerCommands } from "./commands.ts";
import { examine } from "./examine.ts";
import { createGateway, type Heard } from "./gateway.ts";
import { type Envelope, readingOf } from "./parse.ts";
import { buttonIds, sentence } from "./render.ts";
import { standingOf } from "./standing.ts";

const Focused = z.object({
  data: z.object({ options: z.array(z.object({ value: z.unknown(), focused: z.boolean().optional() })).default([]) }),
});
const CustomId = z.object({ data: z.object({ custom_id: z.string() }) });
const Said = z.object({ author: z.object({ id: z.string() }) });
const Acted = z.object({ user: z.object({ id: z.string() }) });
const Guilds = z.array(z.object({ id: z.string() }));
const autocomplete = 4;

/**
 * Discord as a platform. One process at a time holds the gateway, through which everything arrives; every process can
 * write and ask who somebody is. Interactions are answered only when `take` has committed.
 */
export function createDiscord(
  settings: { readonly token: string; readonly apiUrl: string },
  parts: PlatformParts,
): ChatPlatform {
  const { tenant, memory, onError } = parts;
  const api = createApi(settings);
  const self = selfOf(api);
  const address = (path: string) => parts.address(path);
  const stop = new AbortController();
  let leading: Promise<void> = Promise.resolve();
  let intake: Intake | null = null;
  let reached = false;
  const told = new Set<string>();
  const homes = new Map<string, string>();

  const gateway = createGateway({ api, token: settings.token, tenant, memory, hear, onError });

  async function hear(heard: Heard): Promise<void> {
    if (intake === null) throw new Fault("store-unavailable", "Discord is connected before anybody listens");
    const body = await envelopeOf(heard);
    const delivery = { tenant, at: new Date(), headers: {}, body };
    if (heard.t === "INTERACTION_CREATE") {
      const to = Answerable.parse(heard.d);
      if (to.type === autocomplete) {
        const typed = Focused.safeParse(heard.d).data?.data.options.find(({ focused }) => focused)?.value;
        return suggest(api, to, typeof typed === "string" ? typed : "", parts.examples);
      }
      const pressed = readingOf(body);
      if (pressed !== null)
        return showWhole(api, to, pressed, intake.cardOf(tenant, pressed.by, pressed.token), address);
      return answer(api, to, intake.take(delivery));
    }
    const taken = await intake.take(delivery);
    if (taken.kind === "stranger") await tellOnce(Said.parse(heard.d).author.id, taken.sentence);
  }

  /** A stranger is told once by direct message, not for everything they write; whoever takes none is told nothing. */
  async function tellOnce(user: string, text: string): Promise<void> {
    if (told.has(user)) return;
    told.add(user);
    const { id } = await api.call("post", "/users/@me/channels", z.object({ id: z.string() }), {
      body: { recipient_id: user },
    });
    const work = api.call("post", `/channels/${id}/messages`, z.unknown(), { body: sentence(text) });
    await unless(work, codes.noDirectMessages);
  }

  async function envelopeOf({ t, d, channel }: Heard): Promise<Envelope> {
    const { applicationId, userId } = await self();
    const pressed = CustomId.safeParse(d).data?.data.custom_id ?? "";
    const key = pressed.startsWith(buttonIds.longSay) ? pressed.slice(buttonIds.longSay.length) : null;
    return {
      t,
      d,
      self: { applicationId, userId },
      ...(channel === undefined ? {} : { channel: { type: channel.type, parentId: channel.parentId } }),
      ...(d["guild_id"] === undefined ? { home: await homeOf(d) } : {}),
      ...(key === null ? {} : { say: await memory.recall(tenant, `say:${key}`) }),
    };
  }

  /** The server that vouches for whoever writes a direct message: the first of ours they are a member of; "" is none. */
  async function homeOf(d: Heard["d"]): Promise<string> {
    const user = Said.safeParse(d).data?.author.id ?? Acted.safeParse(d).data?.user.id ?? "";
    const known = homes.get(user);
    if (known !== undefined) return known;
    for (const { id } of await api.call("get", "/users/@me/guilds", Guilds)) {
      const standing = await standingOf(api, { platform: "discord", workspace: id, userId: user });
      if (standing.kind === "outsider") continue;
      homes.set(user, id);
      return id;
    }
    return "";
  }

  return {
    adapter: createDiscordAdapter({ api, self, tenant, memory, address }),
    standing: (who) => standingOf(api, who),

    async start(to) {
      intake = to;
      try {
        await self(stop.signal);
        reached = true;
      } catch (error) {
        onError(error as Error);
      }
      leading = parts.leader
        .lead("discord-gateway", stop.signal, async (held) => {
          await self(held)
            .then(({ applicationId }) => registerCommands(api, applicationId))
            .catch(onError);
          await gateway.run(held);
        })
        .catch(onError);
    },

    async stop() {
      stop.abort();
      await leading;
    },

    connection() {
      const state = gateway.state();
      if (state === "off") return reached ? "healthy" : "unhealthy";
      return state === "ready" ? "healthy" : state === "connecting" ? "degraded" : "unhealthy";
    },

    examine: () => examine(api, self),
  };
}
