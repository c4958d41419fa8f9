import type { Intent } from "../domain/incoming.ts";
import type { IntentSpec } from "../domain/intent.ts";
import { grammarOf, matchSaid, matchWhole, sentenceFor } from "./grammar.ts";
import { listen, longestHeard, withoutPlease } from "./listen.ts";
import type { Known } from "./near.ts";
import { type Reasoned, reasonIn, withReason } from "./reason.ts";
import { recognize } from "./recognize.ts";
import { eachNamed } from "./several.ts";

/** `previous`: it begins when everything before it is done. Null: it begins when the part before it begins. */
export type After = "previous" | null;

/** A request of several parts: each way to take it is the sentences it comes to, in their order. */
export type Ways = readonly (readonly { readonly say: string; readonly after: After }[])[];

const mostParts = 5;
const mostJoints = 8;
const mostWays = 4;
const done =
  "(?:when|once|as soon as|after) (?:(?:it|that|this|they|both|all)(?:'?s| is| are| has been| have been| was| were) )?(?:done|finished|completed?|over|through)";
const subject = "(?:it|that|this|they|both|all)";
const works = `(?:${subject}(?:'?s| is| are| has| have| was| were)? )?(?:works?|worked|succeeds?|succeeded|successful|goes well|went well|(?:back|up|healthy)(?: again)?)`;
const well = `(?:${done}|(?:if|when|once|as soon as|provided) ${works})`;
const last = "finally|lastly|(?:at|in) the end";
const waits = `(?:then|afterwards|after (?:that|this)|${last}|${well})`;
const joint = new RegExp(
  `(?:[,;.] ?| )(?:(?:and|but),? )?(?:only )?(?:${waits},? (?!and ))+| and,? (?:also,? )?|[,;.] (?:and,? )?(?:also,? )?`,
  "giu",
);
const waitsByMark = new RegExp(waits, "iu");
/** "... and tell billing when it is done" waits as well. */
const waitsAtEnd = new RegExp(`,? (?:only )?(?:afterwards|after (?:that|this)|${last}|${well})[.!]?$`, "iu");
/** Of what somebody is told this is no part: "if it works" may be what they are to find out. */
const doneAtEnd = new RegExp(`,? (?:only )?(?:${done}|(?:when|once|as soon as) ${works})[.!]?$`, "iu");
const failing =
  /(?:[,;.] ?(?:(?:and|but|or),? )?| (?:and|but|or),? )(?:(?:if|when|in case) (?:it|that|this|they|one|any|either|anything|something|one of them|any of them|the \w+) (?:fails?|failed|breaks?|broke|(?:does not|do not|doesn'?t|don'?t|did not|didn'?t) (?:work|succeed|help|come back)|goes wrong|went wrong|is denied|was denied)|if not|otherwise|or else)\b[^;.]*/giu;
const agreedMark = /^all of(?: ([0-9a-f-]{36}))?: /;
const between = " + ";
const waitMark = "then ";

/**
 * Takes "restart checkout in staging and tell billing" apart. Only when every part would be understood said alone, and begins
 * something; else it is one request, and null. What one part leaves open between a few values is one way for each.
 */
export function waysToTake(text: string, intents: readonly IntentSpec[], known: Known): Ways | null {
  // What is said to a channel, or asked of people, may hold anything: a sentence that is understood as it stands is one request.
  return recognize(text, intents, known).kind === "intent" ? null : waysIn(text, intents, known);
}

/**
 * A text without what is to happen where something fails, "and if it fails tell ben", and those words: no part waits for a failure.
 * Null where it says nothing of the kind.
 */
export function withoutFailing(text: string): { readonly text: string; readonly leftOut: readonly string[] } | null {
  if (text.length > longestHeard) return null;
  const { plain } = listen(text);
  const leftOut = [...plain.matchAll(failing)].map(([words]) =>
    words.replace(/^[\s,;.]*(?:and|but|or)?[\s,]*/iu, "").trim(),
  );
  return leftOut.length === 0 ? null : { text: plain.replace(failing, ""), leftOut };
}

/**
 * What is understood as it stands and tells others something that ends in a request of its own: "tell ops it is slow and restart
 * search in staging". Both ways to take it: all of it told, or as requests. What is told in quotation marks is what it is.
 */
export function toldTogether(
  text: string,
  intents: readonly IntentSpec[],
  known: Known,
): { readonly whole: string; readonly ways: Ways } | null {
  const heard = recognize(text, intents, known);
  const spec = heard.kind === "intent" ? intents.find(({ name }) => name === heard.intent.name) : undefined;
  if (heard.kind !== "intent" || spec?.rest === undefined || /["“][^"”]*["”][\s.!]*$/u.test(text)) return null;
  const ways = waysIn(text, intents, known);
  const grammar = grammarOf(spec);
  const said = matchWhole(grammar, withoutPlease(listen(text).plain))?.said;
  const message = said?.[spec.rest];
  if (ways === null || said === undefined || message === undefined) return null;
  return { whole: sentenceFor(grammar, { ...said, [spec.rest]: `“${message}”` }), ways };
}

function waysIn(text: string, intents: readonly IntentSpec[], known: Known): Ways | null {
  if (text.length > longestHeard || text.includes(between)) return null;
  const plain = listen(text).plain.replace(/^first(?:ly)?,? /iu, "");
  const each = eachNamed(plain, known["service"] ?? [], joint, mostParts);
  const ways = each === null ? null : waysOfJoined(each, intents, known);
  return ways ?? waysOfJoined(plain, intents, known);
}

function waysOfJoined(plain: string, intents: readonly IntentSpec[], known: Known): Ways | null {
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

/** The sentence that stands for all of these together; `agreedIn` reads it. With a `plan`, an id, it is begun once however often it is said. */
export function agreedSentence(way: Ways[number], plan?: string): string {
  return `all of${plan === undefined ? "" : ` ${plan}`}: ${way.map(({ say, after }) => `${after === null ? "" : waitMark}${say}`).join(between)}`;
}

/** What was agreed to, in a sentence that `agreedSentence` made; null for any other, or when a part is not understood any more. */
export function agreedIn(
  text: string,
  intents: readonly IntentSpec[],
  known: Known,
): readonly { readonly intent: Intent; readonly after: After }[] | null {
  const { plain } = listen(text);
  const [mark] = agreedMark.exec(plain) ?? [];
  if (mark === undefined) return null;
  const sentences = plain.slice(mark.length).split(between);
  if (sentences.length > mostParts) return null;
  const parts = sentences.flatMap((sentence, i) => {
    const isWaiting = i > 0 && sentence.startsWith(waitMark);
    const heard = recognize(isWaiting ? sentence.slice(waitMark.length) : sentence, intents, known);
    return heard.kind === "intent" ? [{ intent: heard.intent, after: afterOf(isWaiting) }] : [];
  });
  return parts.length === sentences.length ? parts : null;
}

/** The plan that such a sentence names, or null. */
export function planIn(text: string): string | null {
  return agreedMark.exec(listen(text).plain)?.[1] ?? null;
}

function afterOf(isWaiting: boolean): After {
  return isWaiting ? "previous" : null;
}

/** One part: what was said of it, and what is still open. */
interface Part {
  readonly after: After;
  readonly spec: IntentSpec;
  readonly said: Readonly<Record<string, string>>;
  readonly open: string | null;
  readonly choices: readonly string[];
  readonly reasoned: Reasoned | null;
}

/** The first way to cut a text so that every piece is a part; a rest that is a part as it stands is not cut any further. */
function takeApart(text: string, read: (part: string) => Part | null, mark = "", most = mostParts): Part[] | null {
  for (const { index, 0: next } of most > 1 ? text.matchAll(joint) : []) {
    const first = placed(text.slice(0, index), mark, read);
    if (first === null) continue;
    const rest = text.slice(index + next.length);
    const lead = opening.exec(text);
    // "I need read access to search and write access to website": both are needed.
    const others = goOn(rest, next, read, most) ?? (lead && goOn(`${lead[0]}${rest}`, next, read, most));
    if (others !== null) return [first, ...others];
  }
  return null;
}

const opening = /^(?:(?:I (?:need|want|would like)|(?:give|grant|get) me|(?:can|could|may) I (?:have|get)) )/iu;

/** What follows a piece, as one part or several. */
function goOn(rest: string, mark: string, read: (part: string) => Part | null, most: number): Part[] | null {
  const whole = placed(rest, mark, read);
  // What others are told may go on with what is a part of its own: "tell general it is back, then remind me ...".
  const cut = whole === null || whole.spec.rest !== undefined ? takeApart(rest, read, mark, most - 1) : null;
  return cut ?? (whole && [whole]);
}

/** A piece as a part that waits or not, by the words before it or at its end; the first of all waits for nothing. */
function placed(text: string, mark: string, read: (part: string) => Part | null): Part | null {
  const bare = mark === "" ? text : text.replace(waitsAtEnd, "");
  const waiting = bare === text ? null : read(bare);
  // "Afterwards" at the end of what somebody is told belongs to what they are told; "when it is done" is about what was asked for.
  if (waiting && (waiting.spec.rest === undefined || waiting.open !== null || doneAtEnd.test(text)))
    return { ...waiting, after: "previous" };
  const part = read(text);
  return part && { ...part, after: afterOf(waitsByMark.test(mark)) };
}

function readPart(text: string, intents: readonly IntentSpec[], known: Known): Part | null {
  const heard = recognize(text, intents, known);
  if (heard.kind !== "intent" && heard.kind !== "incomplete") return null;
  const spec = intents.find(({ name }) => name === heard.intent.name);
  const grammar = spec && grammarOf(spec);
  // A query is never a piece of something: its quotation marks are lost by now.
  if (spec === undefined || grammar === undefined || spec.answer || grammar.code) return null;
  const reasoned = heard.intent.reason === undefined ? null : reasonIn(text);
  const said = matchSaid(grammar, reasoned?.request ?? text)?.said;
  if (said === undefined) return null;
  if (heard.kind === "intent") return { spec, said, open: null, choices: [], after: null, reasoned };
  const [missing, ...more] = heard.missing;
  if (missing === undefined || more.length > 0 || said[missing.param] !== undefined) return null;
  const choices = (missing.choices ?? []).map(({ value }) => value);
  const isRest = missing.param === spec.rest;
  return isRest || (choices.length > 0 && choices.length <= mostWays)
    ? { spec, said, open: missing.param, choices, after: null, reasoned }
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
  return ways.every((way) => way.every(({ say }) => isUnderstood(say))) ? ways : null;
}

/** Every part as Steward says it; one that stands for the others, such as what somebody is told, says what they are. */
function sentencesOf(parts: readonly Part[], choice: string): Ways[number] {
  const isRest = ({ spec, open }: Part) => open !== null && open === spec.rest;
  const bare = ({ spec, said, open }: Part, value: string) =>
    sentenceFor(grammarOf(spec), open === null ? said : { ...said, [open]: value });
  const sentence = (part: Part, value: string) =>
    part.reasoned === null ? bare(part, value) : withReason(bare(part, value), part.reasoned);
  const says = (some: readonly Part[]) =>
    some
      .filter((part) => !isRest(part))
      .map((part) => bare(part, choice))
      .join(", ");
  return parts.map((part, i) => {
    const isDone = part.after !== null && says(parts.slice(0, i)) !== "";
    const others = isDone ? `this is done: ${says(parts.slice(0, i))}` : `I asked for this: ${says(parts)}`;
    return { say: sentence(part, isRest(part) ? others : choice), after: part.after };
  });
}
