import { newId } from "../domain/ids.ts";
import type { Incoming } from "../domain/incoming.ts";
import { canonical } from "../domain/json.ts";
import type { Kernel } from "../orchestrator/kernel.ts";

/** What a door hears back once its delivery is stored: only then does it acknowledge. */
export interface Accepted {
  readonly id: string;
  /** It was here before; nothing more will come of it. */
  readonly duplicate: boolean;
}

/** What is known of a thread that somebody wrote in. */
export interface KnownThread {
  /** As our conversations call it: one that our own message began has a name of its own. */
  readonly thread: string;
  /** Whether something asked there is still open. */
  readonly open: boolean;
}

/** Said in the conversation that its thread is, whoever began that. Null: no conversation of ours is there yet. */
export function inThread(incoming: Incoming, known: KnownThread | null): Incoming {
  const { place } = incoming;
  return place === null || known === null ? incoming : { ...incoming, place: { ...place, thread: known.thread } };
}

/** Stores a delivery, once, and has it routed. When this returns, it cannot be lost. */
export async function accept(kernel: Kernel, incoming: Incoming): Promise<Accepted> {
  const id = newId();
  const { tenant, source, deliveryKey, kind, personId } = incoming;
  const stored = await kernel.do({
    tenant,
    actors: [],
    async run(batch) {
      if (!(await batch.inbox({ id, source, deliveryKey, kind, personId, body: canonical(incoming), outcome: null })))
        return false;
      batch.jobs.push({ queue: "route", data: { tenant, inbox: id } });
      return true;
    },
  });
  return { id, duplicate: !stored };
}
