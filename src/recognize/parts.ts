import type { Intent } from "../domain/incoming.ts";
import type { IntentSpec } from "../domain/intent.ts";
import { grammarOf, matchWhole, sentenceFor } from "./grammar.ts";
import { listen, longestHeard } from "./listen.ts";
import type { Known } from "./near.ts";
import { recognize } from "./recognize.ts";

/** A request of several parts: each way to take it is the sentences it comes to, in their order. */
export type Ways = readonly (readonly string[])[];

const mostParts = 5;
const mostJoints = 8;
const mostWays = 4;
const joint =
  /(?:[,;.]\s*(?:and\s+)?(?:(?:after that|afterwards|then|also),?\s+)|\s+and\s+(?:(?:after that|afterwards|then|also)\s+)?|[;.]\s+|,\s+(?:and\s+)?|\s+then\s+)/giu;
const agreedMark = "all of: ";
const between = " + ";

/**
 * Takes "restart checkout in staging and tell billing" apart. Only when every part would be understood said alone, and begins
 * something; else it is one request, and null. What one part leaves open between a few values is one way for each.
 */
export function waysToTake(text: string, intents: readonly IntentSpec[], known: Known): Ways | null {
  if (text.length > longestHeard || text.includes(between)) return null;
  // What is said to a channel, or asked of people, may hold anything: a sentence that is understood as it stands is one request.
  if (recognize(text, intents, known).kind === "intent") return null;
  const { plain } = listen(text);
  const joints = [...plain.matchAll(joint)];
  if (joints.length === 0 || joints.length > mostJoints) return null;
  // Each piece is read once, however many ways there are to cut.
  const seen = new Map<string, Part | null>();
  const parts = takeApart(plain, (part) => {
    const read = seen.has(part) ? (seen.get(part) ?? null) : readPart(part, intents, known);
    seen.set(part, read);
    return read;
  });
  return parts === null || parts.length < 2 ? null : waysOf(parts, intents, known);
}

/** The sentence that stands for all of these together; `agreedIn` reads it. */
export function agreedSentence(sentences: readonly string[]): string {
  return `${agreedMark}${sentences.join(between)}`;
}

/** What was agreed to, in a sentence that `agreedSentence` made; null for any other, or when a part is not understood any more. */
export function agreedIn(text: string, intents: readonly IntentSpec[], known: Known): readonly Intent[] | null {
  const { plain } = listen(text);
  if (!plain.startsWith(agreedMark)) return null;
  const parts = plain.slice(agreedMark.length).split(between);
  if (parts.length > mostParts) return null;
  const heard = parts.map((part) => recognize(part, intents, known));
  return heard.every((each) => each.kind === "intent") ? heard.map((each) => each.intent) : null;
}

/** One part: what was said of it, and what is still open. */
interface Part {
  readonly spec: IntentSpec;
  readonly said: Readonly<Record<string, string>>;
  readonly open: string | null;
  readonly choices: readonly string[];
}

/** The first way to cut a text so that every piece is a part; a rest that is a part as it stands is not cut any further. */
function takeApart(text: string, read: (part: string) => Part | null, most = mostParts): Part[] | null {
  for (const { index, 0: mark } of most > 1 ? text.matchAll(joint) : []) {
    const first = read(text.slice(0, index));
    if (first === null) continue;
    const rest = text.slice(index + mark.length);
    const whole = read(rest);
    const others = whole === null ? takeApart(rest, read, most - 1) : [whole];
    if (others !== null) return [first, ...others];
  }
  return null;
}

function readPart(text: string, intents: readonly IntentSpec[], known: Known): Part | null {
  const heard = recognize(text, intents, known);
  if (heard.kind !== "intent" && heard.kind !== "incomplete") return null;
  const spec = intents.find(({ name }) => name === heard.intent.name);
  if (spec === undefined || spec.answer) return null;
  const grammar = grammarOf(spec);
  const { sentence, plain } = listen(text);
  const said = matchWhole(grammar, grammar.free ? plain : sentence)?.said;
  if (said === undefined) return null;
  if (heard.kind === "intent") return { spec, said, open: null, choices: [] };
  const [missing, ...more] = heard.missing;
  if (missing === undefined || more.length > 0 || said[missing.param] !== undefined) return null;
  const choices = (missing.choices ?? []).map(({ value }) => value);
  const isRest = missing.param === spec.rest;
  return isRest || (choices.length > 0 && choices.length <= mostWays)
    ? { spec, said, open: missing.param, choices }
    : null;
}

/** What is open in several parts is the same for all: one environment, not two. */
function waysOf(parts: readonly Part[], intents: readonly IntentSpec[], known: Known): Ways | null {
  const open = parts.filter((part) => part.open !== null && part.open !== part.spec.rest);
  const [first] = open;
  if (open.some((part) => part.open !== first?.open || part.choices.join() !== first.choices.join())) return null;
  if (parts.every(({ spec, open }) => open !== null && open === spec.rest)) return null;
  const ways = (first?.choices ?? [""]).map((choice) => sentencesOf(parts, choice));
  const isUnderstood = (sentence: string) =>
    !sentence.includes(between) && recognize(sentence, intents, known).kind === "intent";
  return ways.every((way) => way.every(isUnderstood)) ? ways : null;
}

/** Every part as Steward says it; one that stands for the others, such as what somebody is told, says what they are. */
function sentencesOf(parts: readonly Part[], choice: string): string[] {
  const isRest = ({ spec, open }: Part) => open !== null && open === spec.rest;
  const sentence = ({ spec, said, open }: Part, value: string) =>
    sentenceFor(grammarOf(spec), open === null ? said : { ...said, [open]: value });
  const others = parts.filter((part) => !isRest(part)).map((part) => sentence(part, choice));
  return parts.map((part) => sentence(part, isRest(part) ? `I asked for this: ${others.join(", ")}` : choice));
}
