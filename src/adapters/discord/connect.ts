import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import type { Delivery } from "../../messages/adapter.ts";
import type { ChatPlatform, Intake, PlatformParts } from "../../messages/platform.ts";
import { createDiscordAdapter } from "./adapter.ts";
import { type Answer, Answerable, answerTo, respond, suggest, wholeOf } from "./answers.ts";
import { codes, createApi, selfOf, unless } from "./api.ts";
import { registerCommands } from "./commands.ts";
import { buttonIds } from "./components.ts";
import { examine } from "./examine.ts";
import { createGateway, type Heard } from "./gateway.ts";
import { createHomes } from "./homes.ts";
import { aboutIn, readingOf } from "./parse.ts";
import type { Envelope } from "./payload.ts";
import { sentence } from "./render.ts";
import { standingOf } from "./standing.ts";

const Focused = z.object({
  data: z.object({ options: z.array(z.object({ value: z.unknown(), focused: z.boolean().optional() })).default([]) }),
});
const CustomId = z.object({ data: z.object({ custom_id: z.string() }) });
const Said = z.object({ author: z.object({ id: z.string() }) });
const Acted = z.object({ user: z.object({ id: z.string() }) });
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

  const gateway = createGateway({ api, token: settings.token, tenant, memory, hear, onError });
  const homes = createHomes({ api, serverOf: gateway.serverOf });

  async function hear(heard: Heard): Promise<void> {
    if (intake === null) throw new Fault("store-unavailable", "Discord is connected before anybody listens");
    if (heard.t === "INTERACTION_CREATE") {
      const to = Answerable.parse(heard.d);
      if (to.type === autocomplete) {
        const typed = Focused.safeParse(heard.d).data?.data.options.find(({ focused }) => focused)?.value;
        return suggest(api, to, typeof typed === "string" ? typed : "", parts.examples);
      }
      return respond(api, to, answerFor(heard, to, intake));
    }
    const taken = await intake.take(await deliveryOf(heard));
    if (taken.kind === "stranger") await tellOnce(Said.parse(heard.d).author.id, taken.sentence);
  }

  /** What becomes of an interaction. Discord waits three seconds, so that all of this is under way before anything is awaited. */
  async function answerFor(heard: Heard, to: Answerable, intake: Intake): Promise<Answer> {
    const delivery = await deliveryOf(heard);
    const pressed = readingOf(delivery.body);
    if (pressed === null) return answerTo(await intake.take(delivery), to);
    return wholeOf(pressed, await intake.cardOf(tenant, pressed.by, pressed.token), address);
  }

  async function deliveryOf(heard: Heard): Promise<Delivery> {
    return { tenant, at: new Date(), headers: {}, body: await envelopeOf(heard) };
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
      ...(d["guild_id"] === undefined ? { home: await homes.of(authorOf(d), aboutIn(d, userId)) } : {}),
      ...(key === null ? {} : { say: await memory.recall(tenant, `say:${key}`) }),
    };
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

function authorOf(d: Heard["d"]): string {
  return Said.safeParse(d).data?.author.id ?? Acted.safeParse(d).data?.user.id ?? "";
}
