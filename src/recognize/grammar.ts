import type { IntentSpec } from "../domain/intent.ts";
import type { Phrase } from "./phrase.ts";
import { compilePhrase } from "./phrase.ts";
import type { Slot } from "./slot.ts";
import { slotsOf } from "./slot.ts";

/** An intent, ready to be listened for. */
export interface Grammar {
  readonly spec: IntentSpec;
  /** It holds free text, which is taken as it was written. */
  readonly free: boolean;
  readonly slots: ReadonlyMap<string, Slot>;
  readonly phrases: readonly Phrase[];
  /** Other ways to say it, which start nothing. */
  readonly alike: readonly Phrase[];
}

const compiled = new WeakMap<IntentSpec, Grammar>();

/** Compiles an intent once. */
export function grammarOf(spec: IntentSpec): Grammar {
  let grammar = compiled.get(spec);
  if (!grammar) {
    const slots = slotsOf(spec.params);
    const texts = spec.command === undefined ? spec.phrases : [...spec.phrases, spec.command];
    grammar = {
      spec,
      free: [...slots.values()].some(({ kind }) => kind === "text"),
      slots,
      phrases: texts.map((text) => compilePhrase(text, slots)),
      alike: (spec.alike ?? []).map((text) => compilePhrase(text, slots)),
    };
    compiled.set(spec, grammar);
  }
  return grammar;
}

/** Whether an intent is offered for other words: not one that only answers, takes whatever is left over, or cannot work here. */
export function isOffered({ answer, otherwise, hidden }: IntentSpec): boolean {
  return !answer && otherwise === undefined && !hidden;
}

/** The words said for each slot, and the phrase, when the sentence is one of the intent's phrases from end to end. */
export function matchWhole(
  grammar: Grammar,
  sentence: string,
): { readonly said: Record<string, string>; readonly phrase: string } | null {
  for (const phrase of grammar.phrases) {
    const found = phrase.match(sentence);
    if (!found) continue;
    const said = Object.fromEntries(
      Object.entries(found).map(([param, word]) => [param, grammar.slots.get(param)?.canonical(word) ?? word]),
    );
    return { said, phrase: phrase.text };
  }
  return null;
}

/** How Steward says this wish: the intent's first phrase with these words. */
export function sentenceFor(grammar: Grammar, said: Readonly<Record<string, string>>): string {
  return grammar.phrases[0]?.say(said) ?? grammar.spec.name;
}
