import type { IntentSpec } from "../domain/intent.ts";
import { asWritten, listen, withoutPlease } from "./listen.ts";
import type { Phrase } from "./phrase.ts";
import { compilePhrase } from "./phrase.ts";
import type { Slot } from "./slot.ts";
import { slotsOf } from "./slot.ts";

/** An intent, ready to be listened for. */
export interface Grammar {
  readonly spec: IntentSpec;
  /** It holds free text, which is taken as it was written. */
  readonly free: boolean;
  /** It holds a query or a program, for which every character counts. */
  readonly code: boolean;
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
      code: [...slots.values()].some(({ kind }) => kind === "code"),
      free: [...slots.values()].some(({ kind }) => kind === "text" || kind === "line"),
      slots,
      phrases: texts.map((text) => compilePhrase(text, slots)),
      alike: (spec.alike ?? []).map((text) => compilePhrase(text, slots)),
    };
    compiled.set(spec, grammar);
  }
  return grammar;
}

/** Whether an intent is offered for other words: not one that only answers, takes whatever is left over, or cannot work here. */
export function isOffered({ answer, otherwise, hidden, twin }: IntentSpec): boolean {
  return !answer && otherwise === undefined && !hidden && !twin;
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

/** The same of a message: what is free in it is taken as it was written, what stands in quotation marks as one. */
export function matchSaid(grammar: Grammar, text: string): ReturnType<typeof matchWhole> {
  const { sentence, plain } = listen(text);
  if (!grammar.free) return matchWhole(grammar, sentence);
  const isLine = [...grammar.slots.values()].some(({ kind }) => kind === "line");
  const written = isLine ? withoutPlease(asWritten(text)) : withoutPlease(plain);
  return matchWhole(grammar, written) ?? matchWhole(grammar, sentence);
}

/** How Steward says this wish: the intent's first phrase with these words; one that leaves no slot open, where there is one. */
export function sentenceFor(grammar: Grammar, said: Readonly<Record<string, string>>): string {
  const [first, ...others] = grammar.phrases;
  if (first === undefined) return grammar.spec.name;
  if (openIn(first, grammar, said) === null) return first.say(said);
  const whole = others.find(
    (phrase) =>
      openIn(phrase, grammar, said) === null && Object.values(said).every((value) => phrase.say(said).includes(value)),
  );
  return (whole ?? first).say(said);
}

/** A sentence of ours as a button shows it: what somebody is told stands in quotation marks, "tell general “lunch is ready”". */
export function labelFor(say: string, intents: readonly IntentSpec[]): string {
  for (const spec of intents) {
    const said = spec.rest === undefined ? null : matchWhole(grammarOf(spec), say)?.said;
    if (spec.rest === undefined || said?.[spec.rest] === undefined) continue;
    const { [spec.rest]: message, ...others } = said;
    return `${sentenceFor(grammarOf(spec), others)} “${message}”`;
  }
  return say;
}

/** A sentence of this intent that says all of these words; null when none of its phrases does. */
export function sentenceWith(spec: IntentSpec, said: Readonly<Record<string, string>>): string | null {
  const grammar = grammarOf(spec);
  const whole = grammar.phrases.filter((phrase) => openIn(phrase, grammar, said) === null).map((one) => one.say(said));
  return whole.find((sentence) => Object.values(said).every((value) => sentence.includes(value))) ?? null;
}

/** A slot that a phrase needs and these words do not fill. */
export function openIn(phrase: Phrase, { slots }: Grammar, said: Readonly<Record<string, string>>): Slot | null {
  const bare = phrase.say(Object.fromEntries(Object.keys(said).map((param) => [param, ""])));
  const [, param = ""] = /\{(\w+)\}/.exec(bare) ?? [];
  return slots.get(param) ?? null;
}

/** Whether an intent's parameter can have this value: a number cannot be "lot". */
export function takes({ params }: IntentSpec, param: string, word: string): boolean {
  const { success, error } = params.safeParse({ [param]: word });
  return success || !error.issues.some(({ path }) => path[0] === param);
}
