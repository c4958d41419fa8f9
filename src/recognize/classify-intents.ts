import type { IntentSpec } from "../domain/intent.ts";
import { type Example, trainClassifier } from "./classify.ts";
import { outside } from "./classify-outside.ts";
import { nameIn, timeIn } from "./classify-slots.ts";
import { type Grammar, grammarOf } from "./grammar.ts";
import type { Known } from "./near.ts";

/** The intent a free sentence most likely asks for; null when it likely asks for none of them. */
export type Guess = (sentence: string, known: Known) => IntentSpec | null;

/** Below this a sentence is rather none of ours. */
const enough = 0.5;
/** Variants of one phrase: more teach nothing new. */
const most = 24;

/**
 * Learns the intents from their phrases and from other ways people say them, against everyday sentences that ask for
 * nothing. Takes about a fifth of a second. Intents that only answer something, or that take whatever is left over, are
 * not guessed.
 */
export function learnIntents(intents: readonly IntentSpec[]): Guess {
  const specs = new Map(
    intents.filter((spec) => !spec.answer && spec.otherwise === undefined).map((spec) => [spec.name, spec]),
  );
  const examples: Example[] = [
    ...[...specs.values()].flatMap((spec) => sentencesOf(grammarOf(spec)).map((text) => ({ text, label: spec.name }))),
    ...outside.map((text) => ({ text: text.replace(/\{\w+\}/gu, stands.name), label: null })),
  ];
  const classifier = trainClassifier(examples);
  return (sentence, known) => {
    const { label, confidence } = classifier.guess(masked(sentence, known));
    return confidence >= enough ? (specs.get(label) ?? null) : null;
  };
}

/** What stands for a value: which name or time it is says nothing about what is wanted. */
const stands = { name: "someknownname", duration: "somelengthoftime" } as const;

function sentencesOf(grammar: Grammar): string[] {
  const phrases = [...grammar.phrases, ...grammar.alike];
  return [...new Set(phrases.flatMap((phrase) => phrase.variants(most)))].map((variant, i) =>
    variant
      .replace(/\{(\w+)\}/gu, (_, param: string) => {
        const slot = grammar.slots.get(param);
        if (slot?.kind === "duration") return stands.duration;
        const words = [...(slot?.words.keys() ?? [])];
        if (words.length > 0) return words[i % words.length] ?? "";
        // Now and then the name is one we do not know.
        return i % 4 === 1 ? "" : stands.name;
      })
      .trim(),
  );
}

function masked(sentence: string, known: Known): string {
  const names = Object.values(known).flat();
  const time = timeIn(sentence);
  return (time === null ? sentence : sentence.replace(time, stands.duration)).replace(
    /@?[\p{L}\p{N}][\p{L}\p{N}._/-]*/gu,
    (said) => (nameIn(said.replace(/^@/u, "").toLowerCase(), names) === null ? said : stands.name),
  );
}
