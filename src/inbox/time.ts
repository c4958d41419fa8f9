import type { Card } from "../domain/card.ts";
import { mayHoldMoment, maySaySince, momentIn, sinceIn, type Timed } from "../recognize/moment.ts";
import type { RouteParts } from "./letter.ts";
import { sayOnce } from "./once.ts";

/** The moment a text speaks of, in its writer's zone; null when it speaks of none. */
export async function timeIn(parts: RouteParts, tenant: string, personId: string, text: string): Promise<Timed | null> {
  return mayHoldMoment(text) ? momentIn(text, await parts.here(tenant, personId)) : null;
}

/** The text with the time since a moment instead of the moment, in its writer's zone; null when it says none. */
export async function lookingBack(
  parts: RouteParts,
  tenant: string,
  personId: string,
  text: string,
): Promise<string | null> {
  return maySaySince(text) ? sinceIn(text, await parts.here(tenant, personId)) : null;
}

/** How a moment was taken, with its zone, for whoever is to confirm it. */
export function takenAs({ words, shown }: Timed): string {
  return `I take “${words.trim()}” as ${shown}.`;
}

/** A request with a moment in it, to be confirmed as it was taken: said exactly, so that it is the same whenever it is pressed, and begun once. */
export function timeCard(id: string, timed: Timed, sentence: string): Card {
  if (timed.isPast) return { text: `${takenAs(timed)} That is not in the future, so nothing was done.` };
  const label = said(timed, sentence);
  const buttons = [{ label, style: "default", say: sayOnce(id, label) } as const];
  return { text: `${takenAs(timed)} Nothing was done yet.`, buttons };
}

/** A sentence with the moment itself instead of the time from now. */
export function said({ fromNow, exactly }: Timed, sentence: string): string {
  return sentence.replace(fromNow, exactly);
}
