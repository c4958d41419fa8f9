import { setTimeout as wait } from "node:timers/promises";
import { expect } from "vitest";
import { LocalDiscord } from "../../rigs/discord/discord.ts";
import { createDiscord } from "../../src/adapters/discord/connect.ts";
import type { Delivery, Parsed, Reach, View } from "../../src/messages/adapter.ts";
import type { ChatPlatform, Intake, Memory, PlatformParts, Taken } from "../../src/messages/platform.ts";

export const tenant = "default";
const examples = ["restart checkout in production", "restart checkout in staging", "help"];

/** Small texts, kept as long as the map is. */
export function memoryIn(kept = new Map<string, string>()): Memory & { readonly kept: Map<string, string> } {
  return {
    kept,
    keep: async (of, key, value) => void kept.set(`${of} ${key}`, value),
    recall: async (of, key) => kept.get(`${of} ${key}`) ?? null,
  };
}

/** One process connected to a local Discord. Its intake keeps what the adapter made of every delivery it could read. */
export interface Connected extends AsyncDisposable {
  readonly platform: ChatPlatform;
  readonly took: Parsed[];
  readonly errors: Error[];
  /** What a delivery becomes, after it is kept. */
  taken: (parsed: Parsed) => Taken | Promise<Taken>;
  card: View | null;
}

export async function connect(
  discord: LocalDiscord,
  memory: Memory = memoryIn(),
  more: { token?: string; wait?: boolean } = {},
): Promise<Connected> {
  const errors: Error[] = [];
  const parts: PlatformParts = {
    tenant,
    memory,
    leader: { lead: (_name, signal, work) => whileHeld(signal, work) },
    address: (path) => `https://steward.example${path}`,
    examples,
    onError: (error) => errors.push(error),
  };
  const platform = createDiscord({ token: more.token ?? discord.token, apiUrl: discord.apiUrl }, parts);
  const connected: Connected = {
    platform,
    took: [],
    errors,
    taken: (parsed) =>
      parsed.kind === "incoming"
        ? { kind: "stored", duplicate: false }
        : parsed.kind === "press"
          ? { kind: "decided", sentence: "Your vote counts." }
          : parsed,
    card: null,
    [Symbol.asyncDispose]: () => platform.stop(),
  };
  const intake: Intake = {
    async take(delivery) {
      const parsed = platform.adapter.parse(delivery);
      const taken = await connected.taken(parsed);
      if (parsed.kind !== "unsupported") connected.took.push(parsed);
      return taken;
    },
    cardOf: async () => connected.card,
    answerOf: async () => null,
    home: async () => null,
    feedback: async () => undefined,
  };
  await platform.start(intake);
  if (more.wait !== false) await until(() => expect(platform.connection()).toBe("healthy"));
  if (more.wait !== false) await discord.connected();
  return connected;
}

async function whileHeld(signal: AbortSignal, work: (held: AbortSignal) => Promise<void>): Promise<void> {
  while (!signal.aborted) await work(signal);
}

/** Tries until it holds. */
export async function until<T>(holds: () => T | Promise<T>, forMs = 30_000): Promise<T> {
  const end = Date.now() + forMs;
  for (;;) {
    try {
      return await holds();
    } catch (error) {
      if (Date.now() > end) throw error;
      await wait(15);
    }
  }
}

export function delivery(body: unknown, at = new Date()): Delivery {
  return { tenant, at, headers: {}, body };
}

export function reach(privateTo: string | null = null, signal = new AbortController().signal): Reach {
  return { tenant, privateTo, signal };
}

export { LocalDiscord };
