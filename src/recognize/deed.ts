import type { IntentSpec } from "../domain/intent.ts";
import { stemsIn } from "./classify-features.ts";
import { grammarOf } from "./grammar.ts";
import { nearest } from "./near.ts";

/** Words that tell of trouble, or of whoever is wanted, and of nothing that is to be done. */
const beside = new Set(
  stemsIn("someone somebody anyone should needs time please stuck frozen hangs clean quick service environment"),
);
const all = new WeakMap<readonly IntentSpec[], Map<string, ReadonlySet<string>>>();

/**
 * Whether a text says what an intent does to a service, in a word that asks about none: "anyone else seeing 502s?" and "is it the same
 * version?" are no way to ask for a restart or a rollback. True for what does nothing to a service.
 */
export function saysDeed(sentence: string, spec: IntentSpec, intents: readonly IntentSpec[]): boolean {
  if (spec.question || !isAboutService(spec)) return true;
  const deeds = deedsOf(spec, intents);
  const words = [...new Set(stemsIn(sentence))];
  return words.some((word) => deeds.has(word) || (word.length > 4 && nearest(word, [...deeds]) !== null));
}

function deedsOf(spec: IntentSpec, intents: readonly IntentSpec[]): ReadonlySet<string> {
  const known = all.get(intents) ?? new Map<string, ReadonlySet<string>>();
  all.set(intents, known);
  const found = known.get(spec.name);
  if (found) return found;
  const asked = new Set(intents.filter((each) => each.question && isAboutService(each)).flatMap(stemsOf));
  const deeds = new Set(stemsOf(spec).filter((word) => word.length > 2 && !asked.has(word) && !beside.has(word)));
  known.set(spec.name, deeds);
  return deeds;
}

function isAboutService(spec: IntentSpec): boolean {
  return grammarOf(spec).slots.has("service");
}

function stemsOf(spec: IntentSpec): string[] {
  const { phrases, alike } = grammarOf(spec);
  return [...phrases, ...alike].flatMap(({ words }) => words).flatMap(stemsIn);
}
