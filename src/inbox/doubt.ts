import { keyed, type Letter, type RouteParts, say, settle } from "./letter.ts";

/** Somebody's word on whether an effect of unknown outcome happened. */
export async function settleDoubt(
  parts: RouteParts,
  letter: Letter,
  effectId: string,
  what: "happened" | "did-not" | "stop",
): Promise<void> {
  if (!parts.maySettle(letter.person))
    return say(
      parts,
      letter,
      "refused",
      { text: "Only a member who is on call or a manager can answer this." },
      letter.person.id,
    );
  const settled = await parts.kernel.settleDoubt(letter.incoming.tenant, effectId, what, letter.person.id);
  if (settled.kind === "refused") return say(parts, letter, "refused", { text: settled.sentence }, letter.person.id);
  if (settled.kind === "closed")
    return say(parts, letter, "nothing", { text: "That question is no longer open." }, letter.person.id);
  return settle(parts, keyed(letter), `settled:${effectId}`, async () => undefined);
}
