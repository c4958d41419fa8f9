import type { IntentSpec } from "../domain/intent.ts";
import { grammarOf } from "./grammar.ts";
import { listen } from "./listen.ts";
import type { Known } from "./near.ts";
import { verbs } from "./verbs.ts";

/** Whether a text that was not understood was most likely meant for Steward itself: it begins like a command, or names a service. */
export function looksLikeCommand(text: string, intents: readonly IntentSpec[], known: Known): boolean {
  const words = wordsOf(text);
  const commands = intents.map(({ command }) => command?.split(" ")[0]);
  return (
    commandIn(text, intents) !== null ||
    commands.includes(words[0] ?? "") ||
    (known["service"] ?? []).some((name) => words.includes(name))
  );
}

/** The word that asks for something to be changed, when a text begins with one. */
export function commandIn(text: string, intents: readonly IntentSpec[]): string | null {
  const [first = ""] = wordsOf(text);
  const isOne = intents.some(({ command, question }) => !question && command?.split(" ")[0] === first);
  return isOne || verbs.has(first) ? first : null;
}

/** Whether a text has a word in it that asks for a change of another kind than this intent's: "restart" is no way to ask for a status. */
export function asksForOther(text: string, spec: IntentSpec, intents: readonly IntentSpec[]): boolean {
  const changing = intents.filter(({ question, answer }) => !question && !answer);
  // A word that nothing here is asked for with may come to mean anything.
  const begin = changing.map(grammarOf).flatMap((each) => each.phrases.map(({ words }) => words[0] ?? ""));
  const commands = changing.flatMap((each) => each.command?.split(" ")[0] ?? []);
  const asking = new Set([...begin.filter((word) => verbs.has(word)), ...commands]);
  const { phrases, alike } = grammarOf(spec);
  const own = new Set([...phrases, ...alike].flatMap(({ words }) => words));
  return wordsOf(text).some((word) => asking.has(word) && !own.has(word));
}

const asksOrTells =
  /^(?:who|what|what's|when|where|which|why|how|how's|hows|any|anything|anyone|anybody|someone|somebody|my|our|the|a|all|it|this|that|there|still|again|i|we|so|but|and|not|no|hi|hey|ok|yes)$/u;
const finite =
  /(?<![\p{L}])(?:is|are|was|were|has|have|had|does|do|did|can|cannot|could|will|would|seems?|looks?|feels?|keeps?|gets?|got|hangs?|fails?|responds?|returns?|throws?|times|takes?|needs?|\p{L}+n't|\p{L}+'s)(?![\p{L}])/iu;

/**
 * Whether a sentence orders something that this intent has no word for: "flush checkout in staging" is no way to ask how
 * checkout is. It begins with a word that none of its phrases has, and says of nothing how it is.
 */
export function ordersOther(sentence: string, spec: IntentSpec, known: Known): boolean {
  const [first = ""] = wordsOf(sentence);
  const { phrases, alike } = grammarOf(spec);
  const own = new Set([...phrases, ...alike].flatMap(({ words }) => words));
  const isName = Object.values(known).some((names) => names.includes(first));
  return !own.has(first) && !isName && !asksOrTells.test(first) && !finite.test(sentence);
}

function wordsOf(text: string): string[] {
  return listen(text)
    .sentence.toLowerCase()
    .split(/[\s,;:.]+/u);
}

/** "approve", "deny it": a decision in words, which decides nothing. */
export function isDecision(text: string): boolean {
  const what =
    "(?: (?:it|this|that|this one|that one|all|both|them|everything|(?:the|my|[\\p{L}]+'s) (?:request|restart|roll ?back|scaling|access|change|deploy|card|gate)|all of (?:it|them)|R-[0-9A-Za-z]{6}))*";
  return new RegExp(
    `^(?:yes,? )?(?:approved?|deny|denied|decline|reject(?:ed)?|lgtm|do it|go ahead|ship it|i (?:approve|deny|reject))${what}$`,
    "iu",
  ).test(listen(text).sentence);
}

/** The word that is meant where an intent takes several for one choice: "prod" is production. */
export function sameWord(word: string, intents: readonly IntentSpec[]): string {
  for (const intent of intents)
    for (const { words } of grammarOf(intent).slots.values()) {
      const meant = words.get(word);
      if (meant !== undefined) return meant;
    }
  return word;
}
