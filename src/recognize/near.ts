import { nearestName } from "../domain/nearest-name.ts";
import type { Grammar } from "./grammar.ts";
import { matchWhole, sentenceFor, takes } from "./grammar.ts";
import { timeLength } from "./length.ts";
import type { Slot } from "./slot.ts";
import { isName } from "./slot.ts";
import { verbs } from "./verbs.ts";

/** Names that exist, by parameter: `{ service: ["checkout", ...] }`. What is not listed is not checked. */
export type Known = Readonly<Record<string, readonly string[]>>;

const weak = new Set(
  "i in on the to for a an my me is how how's what what's need want get have give can could may would like of from back you do end check say ask doing longer require service up down ok okay running working alive that this what which when where there with some something anything everything have been left know show slow error errors trouble problem problems failing unavailable unreachable timeouts crashes memory disk traffic does still about everybody everyone people them last again else same someone somebody anyone anybody runs delete remove drop clear cancel withdraw close today tonight tomorrow yesterday night make needs wants".split(
    " ",
  ),
);
const pointing = new Set(["to", "into", "of", "on", "the", "called"]);
const most = 3;

/** The name closest to what was said, when it is close: a slip or two, fewer in short words. */
export function nearest(said: string, names: readonly string[]): string | null {
  return nearestName(said, names, allowedSlips(said));
}

/**
 * Sentences that can be said exactly, for a text that is none but resembles some; at most three, best first. Each shares with it
 * a word that tells what is wanted, and a service where one is named.
 */
export function suggest(sentence: string, grammars: readonly Grammar[], known: Known): string[] {
  const words = wordsOf(sentence);
  const services = (known["service"] ?? []).filter((name) => words.includes(name.toLowerCase()));
  const texts = nearOnes(words, grammars, known).flatMap(({ grammar, reading }) =>
    fill(grammar, reading.found).filter((text) => {
      const whole = matchWhole(grammar, text);
      const isAbout = services.length === 0 || services.some((name) => text.toLowerCase().includes(name.toLowerCase()));
      return isAbout && whole !== null && grammar.spec.params.safeParse(whole.said).success;
    }),
  );
  return [...new Set(texts)].slice(0, most);
}

/** The intent that is all a text tells of, where it says nothing else: "restrat everything". */
export function bareOf(sentence: string, grammars: readonly Grammar[], known: Known): Grammar | null {
  const words = wordsOf(sentence);
  return (
    nearOnes(words, grammars, known).find(({ grammar, reading }) => grammar.slots.size > 0 && reading.isAll)?.grammar ??
    null
  );
}

function wordsOf(sentence: string): string[] {
  return sentence
    .toLowerCase()
    .split(/[\s,;:]+/u)
    .map((word) => word.replace(/^[("'@]+|[)"'.!?]+$/gu, ""))
    .filter(Boolean)
    .slice(0, 60);
}

/** The intents that these words resemble, best first. */
function nearOnes(words: readonly string[], grammars: readonly Grammar[], known: Known) {
  return (
    grammars
      // "help me find my phone" is no call for our help; a bare "halp" may be.
      .filter((grammar) => grammar.slots.size > 0 || words.length <= 2)
      .filter((grammar) => asksAlike(words, grammar))
      .map((grammar) => ({ grammar, reading: read(words, grammar, known) }))
      .filter(({ reading }) => reading.keywords > 0 && (words.length <= 8 || reading.score >= 2))
      // "my chair is broken" has a word of ours in it and nothing we know: that is near only when there is nothing else.
      .filter(({ reading }) => reading.score >= 2 || reading.isAll || Object.keys(reading.found[0] ?? {}).length > 0)
      .sort((a, b) => b.reading.score - a.reading.score)
  );
}

const asking = new Set(["who", "what", "which"]);

/** "I do not want access" is no way to ask who has it: what is only ever asked with who or what is near only what asks so. */
function asksAlike(words: readonly string[], { phrases }: Grammar): boolean {
  const isAsked = phrases.length > 0 && phrases.every(({ words: [first = ""] }) => asking.has(first));
  return !isAsked || words.some((word) => asking.has(word));
}

/** Whether a sentence has a word that tells of this intent in its phrases. */
export function sharesWord(sentence: string, grammar: Grammar): boolean {
  const words = sentence.toLowerCase().split(/[^\p{L}\p{N}'-]+/u);
  const telling = tellingOf(grammar);
  return words.some((word) => isTelling(word) && likeOne(word, telling, words.length));
}

/** The same, with the words of its other ways to say it. */
export function sharesAny(sentence: string, { phrases, alike }: Grammar): boolean {
  const own = new Set([...phrases, ...alike].flatMap(({ words }) => words).filter(isTelling));
  return sentence
    .toLowerCase()
    .split(/[^\p{L}\p{N}'-]+/u)
    .some((word) => own.has(word));
}

interface Reading {
  /** Every word that tells something is one of the intent's. */
  readonly isAll: boolean;
  readonly keywords: number;
  readonly score: number;
  readonly found: readonly Readonly<Record<string, string>>[];
}

/** What of an intent is in these words: its telling words, and values for its slots. Several names make several readings. */
function read(words: readonly string[], grammar: Grammar, known: Known): Reading {
  const telling = tellingOf(grammar);
  const hits = words.map((word) => isTelling(word) && likeOne(word, telling, words.length));
  let score = new Set(words.filter((_, i) => hits[i])).size;
  const keywords = score;
  const required = new Set(grammar.spec.params.safeParse({}).error?.issues.map((issue) => String(issue.path[0])));
  let found: Record<string, string>[] = [{}];
  for (const slot of grammar.slots.values()) {
    if (slot.kind === "name" && !required.has(slot.param)) continue;
    const values = valuesOf(slot, grammar, words, hits, known).filter(
      (value) => !found.some((one) => Object.values(one).includes(value)),
    );
    if (values.length === 0) continue;
    const isKnown = known[slot.param] !== undefined || known["service"]?.some((name) => values.includes(name));
    if (slot.words.size > 0 || isKnown) score++;
    found = found.flatMap((one) => values.map((value) => ({ ...one, [slot.param]: value }))).slice(0, most);
  }
  return { isAll: words.every((word, i) => hits[i] || !isTelling(word)), keywords, score, found };
}

/** "deploy" tells nothing of what undoes one: a word that asks for something else to be done counts only where a phrase begins with it. */
function tellingOf({ phrases }: Grammar): string[] {
  const begin = new Set(phrases.map(({ words }) => words[0]));
  return [...new Set(phrases.flatMap(({ words }) => words))].filter(
    (word) => isTelling(word) && (!verbs.has(word.replace(/s$/u, "")) || begin.has(word)),
  );
}

/** Whether a word says anything about what is wanted. */
export function isTelling(word: string): boolean {
  return word.length >= 4 && !weak.has(word);
}

/** In a sentence of more than two words "cake" is no slip of "make", nor "calls" of "call": a word of four letters must be right, and one said of several. So must one that asks for a change: "deploy" is no slip of "deploys". */
function likeOne(word: string, telling: readonly string[], among: number): boolean {
  const isShort = word.length === 4 || (word.length === 5 && word.endsWith("s"));
  return (isShort && among > 2) || verbs.has(word) ? telling.includes(word) : nearest(word, telling) !== null;
}

function valuesOf(
  slot: Slot,
  { slots, spec, phrases }: Grammar,
  words: readonly string[],
  hits: readonly boolean[],
  known: Known,
): string[] {
  if (slot.kind === "choice")
    return [...new Set(words.flatMap((word) => slot.words.get(nearest(word, [...slot.words.keys()]) ?? "") ?? []))];
  if (slot.kind === "duration") {
    const said = new RegExp(`(?<![\\p{L}\\p{N}])${timeLength}(?![\\p{L}\\p{N}])`, "iu").exec(words.join(" "))?.[0];
    return said === undefined ? [] : [slot.canonical(said)];
  }
  const names = known[slot.param];
  if (names) return [...new Set(words.flatMap((word) => nearest(word, names) ?? []))];
  if (slot.kind !== "name") return [];
  // Nobody told us which names exist: take the one that a little word points to ("access to billing"), or that stands right
  // beside the telling word ("billing access").
  const start = hits.indexOf(true) + 1;
  const others = [...slots.keys()].flatMap((param) => known[param] ?? []);
  const fixed = new Set(phrases.flatMap((phrase) => phrase.words));
  const isValue = (word: string) =>
    isName(word) && !weak.has(word) && !fixed.has(word) && !others.includes(word) && takes(spec, slot.param, word);
  const pointed = words.find((word, i) => i > 0 && pointing.has(words[i - 1] ?? "") && !hits[i] && isValue(word));
  const beside = start === 1 ? words[start] : words[start - 2];
  const value = pointed ?? (words.length <= 6 && beside !== undefined && isValue(beside) ? beside : undefined);
  return start > 0 && value !== undefined ? [value] : [];
}

/** Full sentences from what was found: one for each choice still open. */
function fill(grammar: Grammar, found: Reading["found"]): string[] {
  return found.flatMap((said) => {
    const parsed = grammar.spec.params.safeParse(said);
    const missing = parsed.success ? [] : [...new Set(parsed.error.issues.map((issue) => String(issue.path[0])))];
    if (missing.length === 0 && Object.keys(said).length > 0) return [sentenceFor(grammar, said)];
    const [param] = missing;
    const choices = missing.length === 1 && param !== undefined ? (grammar.slots.get(param)?.choices ?? []) : [];
    if (choices.length > 0 && param !== undefined)
      return choices.map((choice) => sentenceFor(grammar, { ...said, [param]: choice }));
    // With values that nobody said an example would be another wish.
    return grammar.slots.size === 0 ? [...grammar.spec.examples] : [];
  });
}

function allowedSlips(word: string): number {
  return word.length >= 7 ? 2 : word.length >= 4 ? 1 : 0;
}
