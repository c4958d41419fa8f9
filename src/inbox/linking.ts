import { conversationAt } from "../orchestrator/batch.ts";
import { alone, keyed, type Letter, type RouteParts, say, settle } from "./letter.ts";
import type { aboutLinks } from "./link.ts";

/** Another account of the same person: answered to them alone. */
export async function link(
  parts: RouteParts,
  letter: Letter,
  what: NonNullable<ReturnType<typeof aboutLinks>>,
): Promise<void> {
  const { incoming, person } = letter;
  const { tenant, place } = incoming;
  if (place === null) return settle(parts, keyed(letter), "ignored", async () => undefined);
  if (what.kind === "code") {
    const text = "You are known here already. Write it where I do not know you yet.";
    return say(parts, letter, "link", { text }, person.id);
  }
  if (what.kind === "ask") {
    const asked = { tenant, id: letter.id, personId: person.id, conversationId: conversationAt(tenant, place) };
    const card = await parts.links.ask(asked);
    return say(parts, letter, "link", card, person.id);
  }
  return settle(parts, keyed(letter), "link", async (batch) => {
    const card = await parts.links.settle(batch, { id: what.id, personId: person.id, yes: what.yes });
    // A message of its own: a question that one person alone saw cannot be redrawn everywhere.
    batch.note(letter.id, "link:answer", batch.conversation(place), card, alone(letter));
  });
}
