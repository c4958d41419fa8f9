import { setTimeout as after } from "node:timers/promises";
import { Fault } from "../../domain/fault.ts";
import type { Delivery } from "../../messages/adapter.ts";
import type { ChatPlatform, Intake, PlatformParts } from "../../messages/platform.ts";
import { createSlackAdapter } from "./adapter.ts";
import { type Answer, createAnswers } from "./answer.ts";
import { createApi } from "./api.ts";
import { examineSlack } from "./examine.ts";
import { createFiles } from "./files.ts";
import { read } from "./parse.ts";
import type { Read, Us } from "./reading.ts";
import { readFirst } from "./render.ts";
import { holdSocket } from "./socket.ts";
import { createStanding } from "./standing.ts";
import { createStatus } from "./status.ts";
import { askWhoWeAre } from "./us.ts";

/** Socket Mode with an app token, HTTP with a signing secret, or both. */
export interface SlackConnection {
  readonly botToken: string;
  readonly appToken: string | null;
  readonly signingSecret: string | null;
  /** Ends in /api/. */
  readonly apiUrl: string;
}

const longestWaitMs = 30_000;

/**
 * Slack, by Socket Mode (no public address needed) or HTTP at /slack/events, with the same handling. A delivery is
 * acknowledged when `intake.take` has it, and never before; what it cannot take Slack delivers again.
 */
export function createSlack(settings: SlackConnection, parts: PlatformParts): ChatPlatform {
  const { tenant, onError, address, examples, memory } = parts;
  const { appToken, signingSecret } = settings;
  const api = createApi(settings);
  const status = createStatus(api);
  const answers = createAnswers({ api, status, address, examples });
  const files = createFiles({ api, apiUrl: settings.apiUrl, memory, tenant, onError });
  const underWay = new Set<Promise<unknown>>();
  let us: Us | null = null;
  let connected = false;
  let running: AbortController | null = null;

  return {
    adapter: createSlackAdapter({ api, status, us: () => us, signingSecret, address, files, onError }),
    standing: createStanding(api, () => us, onError),
    doors: signingSecret === null ? [] : [{ path: "/slack/events", handle: answerRequest }],

    start(intake) {
      const work = new AbortController();
      running = work;
      const { promise, resolve } = Promise.withResolvers<void>();
      void keepConnected(intake, work.signal, resolve).catch(onError).finally(resolve);
      return promise;
    },

    async stop() {
      const stopped = running;
      running = null;
      while (underWay.size > 0) await Promise.allSettled(underWay);
      stopped?.abort();
    },

    connection() {
      if (us === null) return "unhealthy";
      return (appToken === null || connected) && api.reachable() ? "healthy" : "degraded";
    },

    examine: () => examineSlack(api, settings),
  };

  /** Asks who we are until Slack says it, then holds the socket. `tried` is called when the first try has ended. */
  async function keepConnected(intake: Intake, signal: AbortSignal, tried: () => void): Promise<void> {
    for (let wait = 500; us === null && !signal.aborted; wait = Math.min(2 * wait, longestWaitMs)) {
      try {
        us = await askWhoWeAre(api, appToken, signal);
      } catch (error) {
        onError(error as Error);
        tried();
        await after(wait, undefined, { signal }).catch(() => {});
      }
    }
    if (appToken === null) return;
    await holdSocket({
      appToken,
      apiUrl: settings.apiUrl,
      signal,
      onError,
      onConnected(now) {
        connected = now;
        tried();
      },
      onEnvelope({ payload, acknowledge }) {
        if (running === null) return;
        const delivery: Delivery = { tenant, at: new Date(), headers: {}, body: { payload } };
        track(
          receive(delivery, intake).then(async ({ answer }) => {
            await acknowledge(answer.body);
            await answer.later?.();
          }),
        );
      },
    });
  }

  async function answerRequest(request: Request, intake: Intake): Promise<Response> {
    const body = await request.text();
    const headers = Object.fromEntries(request.headers);
    const received = receive({ tenant, at: new Date(), headers, body }, intake);
    track(received);
    try {
      const { answer, forged } = await received;
      if (forged) return new Response(null, { status: 401, headers: { "x-slack-no-retry": "1" } });
      if (answer.later) track(answer.later());
      return answer.body === undefined ? new Response(null, { status: 200 }) : Response.json(answer.body);
    } catch {
      return new Response(null, { status: 503, headers: { "retry-after": "1" } });
    }
  }

  /** Hands a delivery over. Throws when it could not be kept: then it must not be acknowledged. */
  async function receive(delivery: Delivery, intake: Intake): Promise<{ answer: Answer; forged: boolean }> {
    if (us === null)
      throw new Fault("platform-busy", "Slack has not said yet who Steward is there", { retryAfterMs: 1000 });
    const it = read(delivery, us, signingSecret);
    const own = screenOf(it, intake);
    if (own !== null) return { answer: own, forged: false };
    const taken = await intake.take(delivery);
    return { answer: answers.to(taken, "origin" in it ? (it.origin ?? null) : null), forged: taken.kind === "forged" };
  }

  /** What only Slack has, and nothing is kept of; null for what is to be taken. */
  function screenOf(it: Read, intake: Intake): Answer | null {
    switch (it.kind) {
      case "challenge":
        return { body: { challenge: it.challenge } };
      case "whole":
        return {
          later: async () => {
            const decision = { label: it.label.replace(readFirst, ""), token: it.token };
            await answers.whole(await intake.cardOf(tenant, it.origin.by, it.token), decision, it.origin);
          },
        };
      case "opinion":
        return { later: () => intake.feedback(tenant, it.by, it.about, it.liked) };
      case "opened":
        if (it.tab === "messages") return { later: () => answers.prompts(it.channel) };
        return { later: async () => answers.home(await intake.home(tenant, it.by), it.by.userId) };
      default:
        return null;
    }
  }

  function track(work: Promise<unknown>): void {
    const tracked = work.catch(onError).finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  }
}
