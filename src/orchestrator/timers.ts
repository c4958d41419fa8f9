import type { MachineEvent } from "../domain/command.ts";
import type { Advancer } from "./advance.ts";
import type { DueTimer, KernelStore } from "./store.ts";

const everyMs = 500;
const atOnce = 200;

/**
 * Fires what is due: one indexed look every half second, however many actors wait. Firing is the turn that deletes the
 * timer's row; a row that is gone (cancelled, set anew, fired elsewhere) fires nothing.
 */
export function startTimers(
  store: KernelStore,
  advancer: Advancer,
  onError: (error: Error) => void,
): { stop(): Promise<void> } {
  let stopping = false;
  let wake: () => void = () => undefined;
  const loop = async () => {
    while (!stopping) {
      const fired = await look(store, advancer, onError).catch((error: Error) => {
        onError(error);
        return 0;
      });
      if (fired === atOnce) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, everyMs);
      });
    }
  };
  const stopped = loop();
  return {
    stop() {
      stopping = true;
      wake();
      return stopped;
    },
  };
}

async function look(store: KernelStore, advancer: Advancer, onError: (error: Error) => void): Promise<number> {
  const due = await store.dueTimers(atOnce);
  const fired = await Promise.allSettled(due.map((timer) => fire(advancer, timer)));
  for (const each of fired) if (each.status === "rejected") onError(each.reason as Error);
  return due.length;
}

function fire(advancer: Advancer, timer: DueTimer): Promise<void> {
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
      await batch.mail(timer.actorId, timer.mailKey, JSON.parse(timer.event) as MachineEvent);
    },
  });
}
