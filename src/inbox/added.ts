import { shortId } from "../domain/ids.ts";
import type { Batch } from "../orchestrator/batch.ts";
import type { Letter, RouteParts } from "./letter.ts";

/**
 * What whoever asked adds in the thread of an open request, for those who took it elsewhere: each is told alone, in the
 * channel where they took it. Null when there is nobody to tell.
 */
export async function passedOn(
  parts: RouteParts,
  { id, incoming, person }: Letter,
  conversationId: string,
): Promise<((batch: Batch) => void) | null> {
  const { place: here } = incoming;
  const takers = (await parts.takers(incoming.tenant, conversationId)).filter(
    ({ requesterId, personId, place }) =>
      requesterId === person.id &&
      personId !== person.id &&
      (place.platform !== here?.platform || place.channel !== here.channel || place.thread !== here.thread),
  );
  if (takers.length === 0) return null;
  return (batch) => {
    for (const { runId, personId, place, account } of takers) {
      const text = `${person.name} adds to ${shortId(runId)}: “${incoming.text}”`;
      const there = batch.conversation({ ...place, thread: "" });
      batch.note(id, `added:${personId}`, there, { text, link: `/runs/${runId}` }, { privateTo: personId, account });
    }
  };
}
