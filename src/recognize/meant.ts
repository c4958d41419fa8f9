import type { Intent } from "../domain/incoming.ts";
import type { IntentSpec } from "../domain/intent.ts";
import type { Json } from "../domain/json.ts";
import { stemsIn } from "./classify-features.ts";
import { grammarOf } from "./grammar.ts";

const empty = new Set("a an and at about for from i in it me my of on or our that the this to with".split(" "));

/**
 * Whether what was said for an intent can be about these values. What people wrote of their own is about a text that holds the words
 * of it that tell anything ("the standup": “go to the daily standup”); anything else is the same, or is not said.
 */
export function isAbout({ params }: Intent, match: Readonly<Record<string, Json>>, spec?: IntentSpec): boolean {
  const slots = spec && grammarOf(spec).slots;
  return Object.entries(params).every(([name, said]) => {
    const value = match[name];
    if (value === undefined || value === said) return true;
    if (slots?.get(name)?.kind !== "text") return false;
    const held = new Set(stemsIn(String(value)));
    return stemsIn(String(said)).every((word) => empty.has(word) || held.has(word));
  });
}
