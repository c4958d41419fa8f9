import type { IntentSpec } from "../domain/intent.ts";
import { type Example, trainClassifier } from "./classify.ts";
import { stemsIn } from "./classify-features.ts";
import { outside } from "./classify-outside.ts";
import { channels, opened } from "./classify-slots.ts";
import { asksForOther, commandIn } from "./command.ts";
import { type Grammar, grammarOf, isOffered } from "./grammar.ts";
import { listen } from "./listen.ts";
import type { Known } from "./near.ts";

/** The intent a free sentence most likely asks for; null when it likely asks for none of them. */
export type Guess = (sentence: string, known: Known) => Guessed | null;

interface Guessed {
  /** The intent's. */
  readonly name: string;
  /** Likely enough to answer what only asks; else it is a question back. */
  readonly isSure: boolean;
  /** It is sure only by what people taught: that is a reason to offer it, and none to answer. */
  readonly isTaught?: true;
}

/** Below this a sentence is rather none of ours. */
const enough = 0.5;
const sure = 0.75;
/** Variants of one phrase: more teach nothing new. */
const most = 24;

/**
 * Learns the intents from their phrases and from other ways people say them, against everyday sentences that ask for
 * nothing. Takes about a fifth of a second. What was `taught` (a text as `opened` makes it) counts word for word, and as one
 * more example; it changes nothing about a sentence that was there before.
 */
export function learnIntents(
  intents: readonly IntentSpec[],
  taught: readonly { readonly text: string; readonly intent: string }[] = [],
): Guess {
  // Nobody guesses at a query: it is written as it is.
  const guessed = intents.filter((spec) => isOffered(spec) && !grammarOf(spec).code);
  const specs = new Map(guessed.map((spec) => [spec.name, spec]));
  const own: Example[] = [
    ...[...specs.values()].flatMap((spec) =>
      sentencesOf(grammarOf(spec)).map((each) => ({ ...each, label: spec.name })),
    ),
    ...outside.map((text, group) => ({
      text: listen(text.replace(/\{\w+\}/gu, stands.name)).sentence,
      label: null,
      group,
    })),
  ];
  const taken = new Set(own.map(({ text }) => text.toLowerCase()));
  const grammars = [...specs.values()].map(grammarOf);
  const isOurs = (text: string) => {
    const said = text.replaceAll("{duration}", "2 hours").replaceAll("{name}", stands.name);
    return grammars.some(({ phrases, alike }) => [...phrases, ...alike].some((phrase) => phrase.match(said)));
  };
  const learnt = new Map(
    taught
      .filter(({ text, intent }) => {
        const spec = specs.get(intent);
        return spec !== undefined && !isOurs(text) && !asksForOther(text, spec, intents);
      })
      .map(({ text, intent }): [string, string] => [closed(text), intent])
      .filter(([text]) => !taken.has(text)),
  );
  const examples: readonly Example[] = [...own, ...[...learnt].map(([text, label]) => ({ text, label }))];
  const words = new Map([...specs.keys()].map((name) => [name, new Set<string>()]));
  for (const { text, label } of examples) for (const word of stemsIn(text)) words.get(label ?? "")?.add(word);
  const classifier = trainClassifier(examples);
  return (sentence, known) => {
    const masked = closed(opened(sentence, known));
    const exact = learnt.get(masked.toLowerCase());
    if (exact !== undefined) return { name: exact, isSure: true };
    const { label, confidence } = classifier.guess(masked);
    const own = words.get(label) ?? new Set();
    // A name says nothing about what is wanted with it, and neither does a word that nobody taught us.
    const isKnown = stemsIn(masked).some((word) => own.has(word) && !empty.has(word));
    const verb = commandIn(sentence, intents);
    const isOwn =
      verb === null || examples.some(({ text, label: of }) => of === label && `${text} `.startsWith(`${verb} `));
    return isKnown && isOwn && confidence >= enough ? { name: label, isSure: confidence >= sure } : null;
  };
}

/** What stands for a value: which name or time it is says nothing about what is wanted. */
const stands = { name: "someknownname", duration: "somelengthoftime" } as const;

/** Words beside a name that say nothing about what is wanted with it. */
const empty = new Set([
  ...Object.values(stands),
  ..."a an and at by for in is it my of on or please the this that to with".split(" "),
]);

function sentencesOf(grammar: Grammar): { readonly text: string; readonly group: number }[] {
  const phrases = [...grammar.phrases, ...grammar.alike];
  const seen = new Set<string>();
  let i = -1;
  return phrases.flatMap((phrase, group) =>
    phrase.variants(most).flatMap((variant) => {
      i++;
      const text = listen(
        variant.replace(/\{(\w+)\}/gu, (_, param: string) => {
          const slot = grammar.slots.get(param);
          if (slot?.kind === "duration") return stands.duration;
          if (param === channels) return "";
          const words = [...(slot?.words.keys() ?? [])];
          if (words.length > 0) return words[i % words.length] ?? "";
          // Now and then the name is one we do not know.
          return i % 4 === 1 ? "" : stands.name;
        }),
      ).sentence;
      if (seen.has(text)) return [];
      seen.add(text);
      return [{ text, group }];
    }),
  );
}

function closed(text: string): string {
  return text.replaceAll("{duration}", stands.duration).replaceAll("{name}", stands.name);
}
