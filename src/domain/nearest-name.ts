import { distance } from "fastest-levenshtein";

/**
 * The name that differs least from what was written, when no more than `reach` letters are wrong in it; upper and lower case are the
 * same. Of several the first; null when none is so near.
 */
export function nearestName(written: string, names: readonly string[], reach: number): string | null {
  let [best, least]: [string | null, number] = [null, reach + 1];
  for (const name of names) {
    const wrong = distance(written.toLowerCase(), name.toLowerCase());
    if (wrong < least) [best, least] = [name, wrong];
  }
  return best;
}
