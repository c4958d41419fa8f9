import { distance } from "fastest-levenshtein";

/**
 * The name that differs least from what was written, when no more than `reach` slips are in it: a letter wrong, missing or too
 * many, or two that changed places. Upper and lower case are the same. Of several the first; null when none is so near.
 */
export function nearestName(written: string, names: readonly string[], reach: number): string | null {
  let [best, least]: [string | null, number] = [null, reach + 1];
  for (const name of names) {
    const wrong = slips(written.toLowerCase(), name.toLowerCase());
    if (wrong < least) [best, least] = [name, wrong];
  }
  return best;
}

/** Levenshtein's distance, where two neighbours that changed places count once: "serach". */
function slips(written: string, name: string): number {
  const wrong = distance(written, name);
  if (wrong < 2) return wrong;
  const at = [...written].findIndex((letter, i) => letter !== name[i]);
  const swapped = written.slice(0, at) + (written[at + 1] ?? "") + (written[at] ?? "") + written.slice(at + 2);
  return Math.min(wrong, 1 + distance(swapped, name));
}
