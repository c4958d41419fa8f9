import type { Card } from "../domain/card.ts";
import { Fault } from "../domain/fault.ts";
import { newId } from "../domain/ids.ts";
import type { Place, Platform } from "../domain/incoming.ts";
import { pictureIn } from "../domain/picture.ts";
import type { ChatAdapter, Reach } from "./adapter.ts";
import { viewOf } from "./buttons.ts";
import { Pace } from "./pace.ts";
import { partsOf } from "./parts.ts";
import type { ConversationKey, DueMessage, Lease, MessageStore } from "./store.ts";

/** What became of a courier's job. `later`: the job is wanted again after that time; nothing was lost. */
export type Delivered =
  | { readonly kind: "done"; readonly shown: number; readonly refused: number }
  | { readonly kind: "later"; readonly retryAfterMs: number; readonly because: string };

/** Makes conversations look as they should. */
export interface Courier {
  /**
   * Shows everything due in a conversation, urgent messages first, each once and only in its newest version. Only one
   * courier works in a conversation at a time. What a platform refuses for good is recorded and passed over; what it
   * cannot take now ends in `later`, with the order kept. Throws what is not a platform's answer, such as a lost
   * database; the job may then simply run again.
   */
  deliver(job: ConversationKey): Promise<Delivered>;
}

export interface CourierParts {
  readonly store: MessageStore;
  readonly adapters: { get(platform: Platform): ChatAdapter | undefined };
  /** How long a dead courier keeps others out. */
  readonly leaseMs?: number;
  /** How long a platform may take over one message. Shorter than the lease, which is extended before each message. */
  readonly patienceMs?: number;
}

const withoutAdapterMs = 60_000;

/** A courier over this store and these platforms. */
export function createCourier({ store, adapters, leaseMs = 15_000, patienceMs = 10_000 }: CourierParts): Courier {
  const pace = new Pace();
  return {
    async deliver({ tenant, conversationId }) {
      const lease: Lease = { tenant, conversationId, holder: newId(), forMs: leaseMs };
      const done = { kind: "done" as const, shown: 0, refused: 0 };
      // A job that comes while we hold the lease goes away again, so look once more after giving it back.
      for (let more = true; more; ) {
        const leased = await store.lease(lease);
        if (leased.kind === "none") return done;
        if (leased.kind === "busy")
          return {
            kind: "later",
            retryAfterMs: leased.retryAfterMs,
            because: "Another courier is delivering in this conversation",
          };
        try {
          const adapter = adapters.get(leased.place.platform);
          if (adapter === undefined)
            return {
              kind: "later",
              retryAfterMs: withoutAdapterMs,
              because: `${leased.place.platform} is not connected here`,
            };
          let { place } = leased;
          for (let message = await store.next(lease); message !== null; message = await store.next(lease)) {
            const waitMs = pace.take(adapter, place, message.urgent);
            if (waitMs > 0) {
              if (!message.triedBefore) await store.putBack({ tenant, id: message.id });
              return { kind: "later", retryAfterMs: waitMs, because: `${place.platform} wants it slower` };
            }
            const { first, rest } = partsOf(message.wanted);
            if (rest.length > 0 || message.continued) await store.follow({ tenant, id: message.id, rest });
            const { fault, begun } = await show(adapter, place, { ...message, wanted: first }, tenant);
            if (begun !== undefined) place = { ...place, thread: begun };
            // Turned away before anything was posted: the next try looks for nothing.
            if (fault?.undone && !message.triedBefore) await store.putBack({ tenant, id: message.id });
            if (fault === null) done.shown++;
            else if (fault.retryAfterMs !== null)
              return { kind: "later", retryAfterMs: fault.retryAfterMs, because: fault.message };
            else {
              await store.refuse({ tenant, id: message.id, version: message.version, because: fault.message });
              done.refused++;
            }
          }
        } finally {
          more = await store.release(lease);
        }
      }
      return done;
    },
  };

  /** Shows one message; the platform's Fault if it would not, and the thread it began if it did. */
  async function show(
    adapter: ChatAdapter,
    place: Place,
    message: DueMessage,
    tenant: string,
  ): Promise<{ readonly fault: Fault | null; readonly begun?: string }> {
    if (message.private && message.privateTo === null)
      return {
        fault: new Fault("platform-refused", `Whoever this is for is not on ${place.platform}`, { undone: true }),
      };
    const { picture } = message.wanted;
    const reach: Reach = {
      tenant,
      privateTo: message.privateTo,
      signal: AbortSignal.timeout(patienceMs),
      ...(picture !== undefined && {
        async picture() {
          const kept = await store.picture(tenant, message.id, picture.artifact);
          return kept === null ? null : pictureIn(kept);
        },
      }),
    };
    try {
      const known = message.ref ?? (message.triedBefore ? await adapter.find(message.id, place, reach) : null);
      const drawn = await viewOf(message.wanted, { tenant, id: message.id }, store, async () =>
        known === null ? [] : ((await adapter.tokensOf?.(known, reach)) ?? []),
      );
      const view = { ...drawn, ...(await askedOf(adapter, message.wanted, tenant)) };
      const ref = known ?? (await adapter.post(view, place, message.id, reach));
      if (known !== null) await adapter.replace(known, view, reach);
      const begins = place.thread.startsWith("+") && !message.private ? { begun: adapter.threadOf(ref) } : {};
      await store.record({ tenant, id: message.id, version: message.version, ref, ...begins });
      return { fault: null, ...begins };
    } catch (error) {
      if (error instanceof Fault && (error.retryAfterMs !== null || error.code === "platform-refused"))
        return { fault: error };
      throw error;
    }
  }
  /** Whom a question is drawn for one by one, where the platform can do that. */
  async function askedOf({ platform, drawings }: ChatAdapter, { buttons = [] }: Card, tenant: string) {
    const question = buttons.find((button) => "decide" in button);
    if (drawings === undefined || question === undefined) return {};
    return { askedOf: await store.askedOf(tenant, question.gate, platform, drawings) };
  }
}
