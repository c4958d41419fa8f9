import type { IntentSpec } from "../domain/intent.ts";
import { type Example, trainClassifier } from "./classify.ts";
import { outside } from "./classify-outside.ts";
import { channels, nameIn, timeIn } from "./classify-slots.ts";
import { type Grammar, grammarOf } from "./grammar.ts";
import type { Known } from "./near.ts";

/** The intent a free sentence most likely asks for; null when it likely asks for none of them. */
export type Guess = (sentence: string, known: Known) => IntentSpec | null;

/** Below this a sentence is rather none of ours. */
const enough = 0.5;
/** Variants of one phrase: more teach nothing new. */
const most = 24;

/** Whether an intent is guessed at: not those that only answer something, or that take whatever is left over. */
export function isGuessed({ answer, otherwise }: IntentSpec): boolean {
  return !answer && otherwise === undefined;
}

/**
 * Learns the intents from their phrases and from other ways people say them, against everyday sentences that ask for
 * nothing. Takes about a fifth of a second. What was `taught` (a text as `opened` makes it) counts word for word, and as one
 * more example; it changes nothing about a sentence that was there before.
 */
export function learnIntents(
  intents: readonly IntentSpec[],
  taught: readonly { readonly text: string; readonly intent: string }[] = [],
): Guess {
  const specs = new Map(intents.filter(isGuessed).map((spec) => [spec.name, spec]));
  const own: Example[] = [
    ...[...specs.values()].flatMap((spec) => sentencesOf(grammarOf(spec)).map((text) => ({ text, label: spec.name }))),
    ...outside.map((text) => ({ text: text.replace(/\{\w+\}/gu, stands.name), label: null })),
  ];
  const taken = new Set(own.map(({ text }) => text.toLowerCase()));
  const grammars = [...specs.values()].map(grammarOf);
  const isOurs = (text: string) => {
    const said = text.replaceAll("{duration}", "2 hours").replaceAll("{name}", stands.name);
    return grammars.some(({ phrases, alike }) => [...phrases, ...alike].some((phrase) => phrase.match(said)));
  };
  const learnt = new Map(
    taught
      .filter(({ text, intent }) => specs.has(intent) && !isOurs(text))
      .map(({ text, intent }): [string, string] => [closed(text), intent])
      .filter(([text]) => !taken.has(text)),
  );
  const classifier = trainClassifier([...own, ...[...learnt].map(([text, label]) => ({ text, label }))]);
  return (sentence, known) => {
    const masked = closed(opened(sentence, known));
    const exact = learnt.get(masked.toLowerCase());
    if (exact !== undefined) return specs.get(exact) ?? null;
    const { label, confidence } = classifier.guess(masked);
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
        if (param === channels) return "";
        const words = [...(slot?.words.keys() ?? [])];
        if (words.length > 0) return words[i % words.length] ?? "";
        // Now and then the name is one we do not know.
        return i % 4 === 1 ? "" : stands.name;
      })
      .trim(),
  );
}

/** A sentence with its names and times left open: "{name} hangs". Which they are says nothing about what is wanted. */
export function opened(sentence: string, known: Known): string {
  const names = Object.entries(known).flatMap(([param, some]) => (param === channels ? [] : some));
  const time = timeIn(sentence);
  return (time === null ? sentence : sentence.replace(time, "{duration}")).replace(
    /\{duration\}|@?[\p{L}\p{N}][\p{L}\p{N}._/-]*/gu,
    (said) => (nameIn(said.replace(/^@/u, "").toLowerCase(), names) === null ? said : "{name}"),
  );
}

function closed(text: string): string {
  return text.replaceAll("{duration}", stands.duration).replaceAll("{name}", stands.name);
}
