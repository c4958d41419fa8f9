import { z } from "zod";
import type { Intent } from "../domain/incoming.ts";
import type { IntentSpec } from "../domain/intent.ts";
import { type Grammar, grammarOf, matchWhole } from "./grammar.ts";
import { listen, longestHeard } from "./listen.ts";
import { type Known, nearest } from "./near.ts";
import { type Guess, type Recognition, recognize } from "./recognize.ts";
import { lastIncident } from "./slot.ts";

/** A service, and where it runs. */
export interface About {
  readonly service: string;
  readonly environment: string;
}

const inThread = new WeakMap<IntentSpec, IntentSpec>();

/** The words of all such phrases, for which a slip is meant: "what happend". */
function wordsOf(intents: readonly IntentSpec[]): readonly string[] {
  return intents
    .flatMap((spec) => (spec.inThread ? inThreadOf(spec, spec.inThread).phrases : []))
    .flatMap(({ words }) => words);
}

function withoutSlips(sentence: string, words: readonly string[]): string {
  return sentence
    .split(" ")
    .map((word) => (word.length < 6 || words.includes(word.toLowerCase()) ? word : (nearest(word, words) ?? word)))
    .join(" ");
}

/** The intent that a text is a phrase of where it is said in the thread of a run, which it then means; null when it is none. */
export function askedInThread(text: string, intents: readonly IntentSpec[]): IntentSpec | null {
  if (text.length > longestHeard) return null;
  const sentence = withoutSlips(listen(text).sentence, wordsOf(intents));
  return intents.find((spec) => spec.inThread && matchWhole(inThreadOf(spec, spec.inThread), sentence)) ?? null;
}

function inThreadOf(spec: IntentSpec, phrases: readonly string[]): Grammar {
  const { name, summary } = spec;
  const own = inThread.get(spec) ?? { name, summary, params: z.object({}), phrases, examples: [] };
  inThread.set(spec, own);
  return grammarOf(own);
}

const stands = /(?<![\p{L}\p{N}'’-])(?:it|this|that|(?:the|this|that) service)(?![\p{L}\p{N}'’-])/iu;
const ending = /[\s?!.…]*$/u;

/** What a text asks for about a service: for sure, or sentences that may be meant. Each can be said exactly like this. */
export interface Asked {
  readonly intent: Intent | null;
  readonly says: readonly string[];
  /** What is still to be said, where it asks for something about it for sure. */
  readonly open?: Extract<Recognition, { kind: "incomplete" }>;
}

/**
 * What a text that is no request by itself asks for in a thread about this service, which it calls "it" or leaves out: "restart
 * it", "roll back". With a guess also in other words: "is it slow again?". Null where it asks for nothing about it.
 */
export function recognizeAbout(
  text: string,
  about: About,
  intents: readonly IntentSpec[],
  known: Known,
  guess: Guess,
): Asked | null {
  if (text.length > longestHeard) return null;
  const elsewhere = environmentIn(text, intents);
  const environment = elsewhere ?? about.environment;
  const named = text.replace(stands, about.service);
  const where = ` in ${environment}`;
  const placed = elsewhere === null ? text.replace(stands, `${about.service}${where}`) : named;
  const ways =
    named === text
      ? [text]
      : elsewhere === null
        ? [placed, named.replace(ending, (end) => `${where}${end}`), named]
        : [named];
  const read = ways.map((way) => completed(way, { ...about, environment }, intents, known));
  for (const { heard, say } of read)
    if (heard.kind === "intent" && isAbout(heard.intent, { ...about, environment }))
      return { intent: heard.intent, says: [say] };
  for (const { heard } of read)
    if (named !== text && heard.kind === "incomplete" && isAboutAll(heard.intent, { ...about, environment }))
      return { intent: null, says: [], open: heard };
  if (named === text) return null;
  const heard = recognize(placed, intents, known, guess);
  if (heard.kind === "intent") return { intent: heard.intent, says: [placed] };
  return heard.kind === "didYouMean" ? { intent: null, says: heard.suggestions } : null;
}

/** What is heard, and of which sentence, when each question for the service or where it runs is answered with these. */
function completed(
  text: string,
  about: About,
  intents: readonly IntentSpec[],
  known: Known,
): { readonly heard: Recognition; readonly say: string } {
  const heard = recognize(text, intents, known);
  const [first] = heard.kind === "incomplete" ? heard.missing : [];
  const meant = first && new Map(Object.entries(about)).get(first.param);
  const answer = first?.choices?.find(({ value }) => value === meant);
  return answer === undefined || answer.say === text
    ? { heard, say: text }
    : completed(answer.say, about, intents, known);
}

function isAbout({ params }: Intent, { service, environment }: About): boolean {
  return params["service"] === service && (params["environment"] ?? environment) === environment;
}

function isAboutAll({ params }: Intent, { service, environment }: About): boolean {
  return params["service"] === service && params["environment"] === environment;
}

function environmentIn(text: string, intents: readonly IntentSpec[]): string | null {
  const said = text.toLowerCase().match(/[\p{L}]+/gu) ?? [];
  for (const spec of intents) {
    const words = grammarOf(spec).slots.get("environment")?.words;
    const word = words && said.find((each) => words.has(each));
    if (word !== undefined) return words?.get(word) ?? null;
  }
  return null;
}

/** For an intent that names its run as the last incident: the same with the R-... of that. Null for any other. */
export function namesLast(intent: Intent, intents: readonly IntentSpec[]): ((short: string) => Intent) | null {
  const spec = intents.find(({ name }) => name === intent.name);
  const slots = spec && grammarOf(spec).slots;
  const [param] = Object.keys(intent.params).filter(
    (each) => slots?.get(each)?.kind === "run" && String(intent.params[each]).toLowerCase() === lastIncident,
  );
  return param === undefined ? null : (short) => ({ ...intent, params: { ...intent.params, [param]: short } });
}
