import { opened } from "./classify-slots.ts";
import type { Grammar } from "./grammar.ts";
import { denialsIn } from "./listen.ts";
import type { Known } from "./near.ts";

/** Ways to say one phrase: more than any has. */
const most = 10_000;
const own = new WeakMap<Grammar, ReadonlySet<string>>();

/**
 * Whether all that a sentence denies is denied in the same words by the intent's own: "I do not need access to it any more"
 * asks for something, where "do not restart it" forbids it.
 */
export function isOwnDenial(sentence: string, grammar: Grammar, known: Known): boolean {
  let denials = own.get(grammar);
  if (!denials) {
    const phrases = [...grammar.phrases, ...grammar.alike].filter(({ words }) => denialsIn(words.join(" ")).length > 0);
    const variants = phrases.flatMap((phrase) => phrase.variants(most));
    denials = new Set(variants.flatMap((variant) => denialsIn(unnamed(variant))));
    own.set(grammar, denials);
  }
  const said = denialsIn(unnamed(opened(sentence, known)));
  return said.every((each) => denials.has(each));
}

/** A sentence without its names and runs, of which there may be any. */
function unnamed(sentence: string): string {
  return sentence.replace(/\{\w+\}(?:'s)?|\bR-[0-9A-Z]{6}\b/giu, " ").replace(/\s+/gu, " ");
}
