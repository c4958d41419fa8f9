import type { MachineEvent } from "../domain/command.ts";
import { Fault } from "../domain/fault.ts";
import type { Advancer } from "./advance.ts";
import type { Batch } from "./batch.ts";
import { keepLooking } from "./keep-looking.ts";
import type { DueTimer, KernelStore } from "./store.ts";

const everyMs = 500;
const atOnce = 200;
const laterMs = 60_000;

/**
 * Fires what is due: one indexed look every half second, however many actors wait. Firing is the turn that deletes the
 * timer's row; a row that is gone (cancelled, set anew, fired elsewhere) fires nothing.
 */
export function startTimers(
  store: KernelStore,
  advancer: Advancer,
  onError: (error: Error) => void,
): { stop(): Promise<void> } {
  return keepLooking(async () => (await look(store, advancer, onError)) === atOnce, everyMs, onError);
}

async function look(store: KernelStore, advancer: Advancer, onError: (error: Error) => void): Promise<number> {
  const due = await store.dueTimers(atOnce);
  await Promise.all(
    due.map((timer) =>
      fire(advancer, timer, (batch, event) => batch.mail(timer.actorId, timer.mailKey, event)).catch((error: Error) => {
        onError(error);
        return putOff(store, advancer, timer, error).catch(onError);
      }),
    ),
  );
  return due.length;
}

function fire(
  advancer: Advancer,
  timer: DueTimer,
  deliver: (batch: Batch, event: MachineEvent) => Promise<unknown>,
): Promise<void> {
  return advancer.do({
    tenant: timer.tenant,
    actors: [timer.actorId],
    async run(batch) {
      if (batch.careful) {
        const there = await batch.reads.query(
          "select 1 from steward.timer where tenant_id = $1 and actor_id = $2 and id = $3 and mail_key = $4",
          [timer.tenant, timer.actorId, timer.id, timer.mailKey],
        );
        if (there.length === 0) return;
      }
      batch.writes.fired.push({ actorId: timer.actorId, id: timer.id, mailKey: timer.mailKey });
      // After a downtime that may be long after it was due.
      await deliver(batch, { ...(JSON.parse(timer.event) as MachineEvent), at: batch.now });
    },
  });
}

/**
 * A timer that cannot fire must not be tried at every look, nor keep others from their turn. What another process or a later
 * moment can do becomes due again later; what nobody can parks its actor, as any mail does that is not understood.
 */
async function putOff(store: KernelStore, advancer: Advancer, timer: DueTimer, error: Error): Promise<void> {
  if (error instanceof Fault) {
    if (error.code !== "store-unavailable") await store.postpone(timer, error.retryAfterMs ?? laterMs);
    return;
  }
  try {
    await fire(advancer, timer, (batch, event) => batch.park(timer.actorId, timer.mailKey, event, error));
  } catch (cause) {
    await store.postpone(timer, laterMs);
    throw cause;
  }
}
