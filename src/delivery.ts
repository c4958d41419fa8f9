import type { Card } from "./domain/card.ts";
import type { createCourier } from "./messages/courier.ts";
import type { Kernel } from "./orchestrator/kernel.ts";
import type { HeldJob, Queue } from "./orchestrator/queue.ts";
import type { EffectAtHand } from "./orchestrator/store.ts";
import type { Database } from "./store/database.ts";

/** How far a tool is, as one message in the thread that changes. Not part of any turn. */
export async function showProgress(
  kernel: Kernel,
  effect: EffectAtHand,
  text: string,
  written?: "writing",
): Promise<void> {
  const card: Card = { text, ...(written && { writing: true }) };
  await kernel.do({
    tenant: effect.tenant,
    actors: [effect.actorId],
    async run(batch) {
      const actor = await batch.actor(effect.actorId);
      if (actor?.conversationId) batch.note(effect.actorId, `progress:${effect.id}`, actor.conversationId, card);
    },
  });
}

/** Lets the courier do one of its jobs; what it cannot do yet comes back later. */
export async function deliver(
  db: Database,
  queue: Queue,
  courier: ReturnType<typeof createCourier>,
  job: HeldJob,
): Promise<void> {
  const conversation = job.data["conversation"] ?? "";
  const delivered = await courier.deliver({ tenant: job.data["tenant"] ?? "", conversationId: conversation });
  await db.tx(async (q) => {
    await queue.complete(q, [job]);
    if (delivered.kind !== "later") return;
    // Under a key of its own for each wait: a job that waits must not keep away one that can be done now, or sooner.
    const seconds = Math.max(1, Math.ceil(delivered.retryAfterMs / 1000));
    await queue.add(q, [
      { queue: "courier", data: job.data, key: `${conversation}/${seconds}s`, startAfterMs: seconds * 1000 },
    ]);
  });
}
