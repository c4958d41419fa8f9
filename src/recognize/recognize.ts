import type { IntentSpec } from "../domain/intent.ts";
import type { Guess } from "./classify-intents.ts";
import { valuesIn } from "./classify-slots.ts";
import { asksForOther, commandIn, ordersOther } from "./command.ts";
import { saysDeed } from "./deed.ts";
import { isOwnDenial } from "./deny.ts";
import type { Grammar } from "./grammar.ts";
import { grammarOf, isOffered, matchSaid, matchWhole, sentenceFor } from "./grammar.ts";
import { honest } from "./left-out.ts";
import { listen, longestHeard, writtenIn } from "./listen.ts";
import type { Known } from "./near.ts";
import { bareOf, sharesAny, sharesWord, suggest } from "./near.ts";
import { judge, offer } from "./offer.ts";
import { compilePhrase } from "./phrase.ts";
import { clausesOf, reasonedFor, reasonIn } from "./reason.ts";
import type { Recognition } from "./recognition.ts";

export type { Guess } from "./classify-intents.ts";
export { isDecision, looksLikeCommand, sameWord } from "./command.ts";
export { isForeign } from "./foreign.ts";
export { labelFor, sentenceWith } from "./grammar.ts";
export { help, helpByKind } from "./help.ts";
export { knowledgeAsked } from "./knowledge.ts";
export { isMoreThanChatter, listen } from "./listen.ts";
export { isAbout } from "./meant.ts";
export type { Known } from "./near.ts";
export { askedAbout, offer } from "./offer.ts";
export type { Missing, Recognition } from "./recognition.ts";

/**
 * Reads what a text asks for. Wrong actions are what it must never start: an intent is recognised only when the whole
 * sentence is one of its phrases, its slots pass the schema, names in `known` exist, and it is neither a question nor a
 * "do not" (unless the intent itself only asks). Whatever comes near is offered as "did you mean". What is left is guessed,
 * where a `guess` is given; a guess starts only what asks and changes nothing. What is offered says what it leaves out. "...
 * because it leaks memory" at its end is the reason of a request, and not read as anything else; one that may be more than a
 * reason is offered as one first.
 */
export function recognize(text: string, intents: readonly IntentSpec[], known: Known = {}, guess?: Guess): Recognition {
  const heard = (words: string, by?: Guess) => honest(read(words, intents, known, by), words, intents, known);
  const reasoned = reasonIn(text);
  if (reasoned === null) return heard(text, guess);
  // What takes free text has its own because.
  const whole = heard(text);
  if (whole.kind === "intent") return whole;
  const isWish = (words: string) =>
    commandIn(words, intents) !== null || ["intent", "incomplete"].includes(read(words, intents, known).kind);
  const hasMore = !reasoned.isNamed && clausesOf(reasoned.reason).some(isWish);
  const request = hasMore ? unknown : heard(reasoned.request, guess);
  if (request.kind === "unknown" || request.kind === "help") return guess ? heard(text, guess) : whole;
  return reasonedFor(request, reasoned, intents);
}

function read(text: string, intents: readonly IntentSpec[], known: Known, guess?: Guess): Recognition {
  for (const grammar of intents.map(grammarOf).filter(({ code }) => code)) {
    const whole = matchWhole(grammar, writtenIn(text));
    if (whole) return judge(grammar, whole.said, whole.phrase, known);
  }
  if (text.length > longestHeard) return tooLong(text, intents, known);
  const { sentence, asks, wonders, negated } = listen(text);
  if (sentence === "") return { kind: "unknown" };
  const possible = intents.map(grammarOf).filter(({ spec }) => spec.question === true || !wonders);
  const isAllowed = (grammar: Grammar) =>
    grammar.spec.question === true || !negated || isOwnDenial(sentence, grammar, known);
  const grammars = possible.filter(isAllowed);
  const all = possible.flatMap((grammar) => {
    const whole = matchSaid(grammar, text);
    if (whole === null) return [];
    const own = ownWords(grammar, whole.said);
    const isAsked = asks && !own.some((words) => words.endsWith("?"));
    const isClear = grammar.spec.question === true || (!isAsked && (own.length > 0 || isAllowed(grammar)));
    return isClear ? [{ grammar, ...whole }] : [];
  });
  const readings = asNamed(all, intents, known);
  const others = readings.filter((reading) => !takesRunForName(reading, known));
  const heard = readings.length > 1 && others.length > 0 ? others : readings;
  const [only, ...more] = heard;
  if (only?.grammar.spec.name === "help") return { kind: "help" };
  if (only && more.length === 0) return judge(only.grammar, only.said, only.phrase, known);
  const offerable = grammars.filter(({ spec }) => isOffered(spec) && saysDeed(sentence, spec, intents));
  const suggestions = only
    ? heard.map(({ grammar, said }) => sentenceFor(grammar, said)).slice(0, 3)
    : suggest(sentence, offerable, known);
  const offered = only || !guess ? unknown : guessedAt(sentence, grammars, known, guess, intents);
  const bare = suggestions.length === 0 && offered.kind === "unknown" ? bareOf(sentence, offerable, known) : null;
  if (bare) return offer(bare, [{}], known, false);
  if (suggestions.length === 0 || offered.kind === "intent" || offered.kind === "help") return offered;
  const first = offered.kind === "didYouMean" ? offered.suggestions : [];
  return { kind: "didYouMean", suggestions: [...new Set([...first, ...suggestions])].slice(0, 3) };
}

/** What of a phrase that was said whole are words of people's own: "tell general: who is up for lunch?" asks and forbids nothing itself. */
function ownWords(grammar: Grammar, said: Readonly<Record<string, string>>): string[] {
  return Object.entries(said).flatMap(([param, words]) =>
    ["text", "line"].includes(grammar.slots.get(param)?.kind ?? "") ? [words] : [],
  );
}

/** What begins like a request with a text of one's own is told how long that may be; whatever else is that long asks for nothing. */
function tooLong(text: string, intents: readonly IntentSpec[], known: Known): Recognition {
  const heard = read(text.slice(0, longestHeard).toWellFormed(), intents, known);
  const spec = heard.kind === "intent" ? intents.find(({ name }) => name === heard.intent.name) : undefined;
  const slot =
    spec && !spec.question ? [...grammarOf(spec).slots.values()].find(({ kind }) => kind === "text") : undefined;
  if (heard.kind !== "intent" || slot === undefined) return { kind: "unknown" };
  const question = `That is ${text.length} characters long. I read at most ${longestHeard} at once, so nothing was done.`;
  return { kind: "incomplete", intent: heard.intent, missing: [{ param: slot.param, question }] };
}

/** Without what takes other names than there are for what is said in the same words; where one there is was said, that alone. */
function asNamed<R extends { readonly grammar: Grammar; readonly said: Readonly<Record<string, string>> }>(
  readings: readonly R[],
  intents: readonly IntentSpec[],
  known: Known,
): readonly R[] {
  const [named] = readings.filter(({ grammar, said }) =>
    intents.some(
      ({ alsoNamed }) =>
        alsoNamed?.intent === grammar.spec.name && isKnown(said[alsoNamed.param], known[alsoNamed.param]),
    ),
  );
  if (named !== undefined) return [named];
  return readings.filter(({ grammar }) => !intents.some(({ alsoNamed }) => alsoNamed?.intent === grammar.spec.name));
}

function isKnown(said: string | undefined, names: readonly string[] = []): boolean {
  return names.some((name) => name.toLowerCase() === said?.toLowerCase());
}

const run = /^R-[0-9A-Z]{6}$/i;

/** Whether what is called like a run would be somebody's or something's name, and there is none of that name. */
function takesRunForName(
  { grammar, said }: { readonly grammar: Grammar; readonly said: Readonly<Record<string, string>> },
  known: Known,
): boolean {
  return Object.entries(said).some(
    ([param, value]) =>
      grammar.slots.get(param)?.kind === "name" &&
      run.test(value) &&
      !known[param]?.some((name) => name.toLowerCase() === value.toLowerCase()),
  );
}

const unknown: Recognition = { kind: "unknown" };
/** Who is wanted is not answered with how something is. */
const asksWho = (words: string) => /^(?:who|whom|whose|who's)\b/iu.test(words);
/** What asks about another day is not answered with how it is now. */
const elsewhen =
  /\b(?:tomorrow|yesterday|(?:next|last) (?:week|month|night|year|\w+day)|(?:on )?(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\b/iu;

/** What a guess leads to: nothing where the text shares no value with it, or no word where it is not sure. */
function guessedAt(
  sentence: string,
  grammars: readonly Grammar[],
  known: Known,
  guess: Guess,
  intents: readonly IntentSpec[],
): Recognition {
  const guessed = guess(sentence, known);
  const grammar = grammars.find(({ spec }) => spec.name === guessed?.name);
  if (!guessed || !grammar) return unknown;
  // People may have taught another word for it.
  if (!guessed.isTaught && !saysDeed(sentence, grammar.spec, intents)) return unknown;
  if (grammar.spec.question && grammar.slots.size > 0 && ordersOther(sentence, grammar.spec, known)) return unknown;
  if (asksWho(sentence) && ![...grammar.phrases, ...grammar.alike].some(({ words }) => asksWho(words.join(" "))))
    return unknown;
  const values = valuesIn(sentence, grammar, known);
  // How long is no word of what: "make it 2 minutes".
  const isFound = values.some((said) =>
    Object.keys(said).some((param) => grammar.slots.get(param)?.kind !== "duration"),
  );
  const isLikely = guessed.isSure || guessed.isTaught === true;
  // What asks about something that we do not know of is asked of people: "is the VPN slow again?".
  const isNear =
    grammar.slots.size === 0
      ? isLikely
        ? grammar.spec.name === "help" || sharesAny(sentence, grammar)
        : sharesWord(sentence, grammar)
      : isLikely && !grammar.spec.question && sharesWord(sentence, grammar);
  if (!isFound && !isNear) return unknown;
  const isNow = !elsewhen.test(sentence) || [...grammar.slots.values()].some(({ kind }) => kind === "duration");
  return offer(grammar, values, known, guessed.isSure && isNow && !asksForOther(sentence, grammar.spec, intents));
}

/** Refuses, at the start, intents whose names repeat or whose own examples they do not understand. */
export function checkIntents(intents: readonly IntentSpec[]): void {
  const names = new Set<string>();
  for (const spec of intents) {
    if (names.has(spec.name)) throw new TypeError(`Two intents are called ${spec.name}; give each its own name.`);
    names.add(spec.name);
    for (const phrase of spec.inThread ?? []) compilePhrase(phrase, new Map());
    // Of which names there are nothing is known yet.
    for (const example of spec.twin ? [] : spec.examples) {
      const heard = recognize(example, intents);
      const right =
        heard.kind === "intent" ? heard.intent.name === spec.name : heard.kind === "help" && spec.name === "help";
      if (!right)
        throw new TypeError(
          `Intent ${spec.name} does not understand its own example "${example}"; add a phrase for it.`,
        );
    }
  }
}
