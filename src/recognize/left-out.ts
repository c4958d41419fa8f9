import type { IntentSpec } from "../domain/intent.ts";
import { shorten } from "../domain/text.ts";
import { timeIn } from "./classify-slots.ts";
import { type Grammar, grammarOf, matchWhole, sentenceFor } from "./grammar.ts";
import { timeLength, timeUnit } from "./length.ts";
import { listen, withoutThanks } from "./listen.ts";
import { isTelling, type Known, nearest } from "./near.ts";
import type { Recognition } from "./recognition.ts";

/** What an offer does not say of what somebody said, in their words. */
interface LeftOut {
  readonly words: string;
  /** How long it was to last. */
  readonly isLength: boolean;
}

const most = 3;
const longest = 60;
const lead =
  "(?:(?:at|on|by|from|since|this|next|last|every|each|in|the|around|about|starting|early|late|first thing) )*";
const day = "(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:week|work)(?:ends?|days?))";
const month = "(?:jan|febr)uary|march|april|may|june|july|august|(?:septem|octo|novem|decem)ber";
const point = [
  "today|tonight|tomorrow|yesterday|noon|midnight|mornings?|afternoons?|evenings?|hourly|daily|weekly|monthly|later",
  day,
  `(?:every|each|next|last|this)(?: \\w+)? (?:minute|hour|day|week|month|quarter|year|night|sprint|release)`,
  `(?:in|every|within|after) (?:about |around )?${timeLength}`,
  "in \\d{1,3}",
  `${timeLength} from now`,
  "at \\d{1,2}(?::\\d\\d)?(?: ?[ap]m| o'clock)?|\\d{1,2}(?::\\d\\d)? ?[ap]m|\\d{1,2}:\\d\\d|\\d{4}-\\d\\d-\\d\\d",
  `(?:\\d{1,2}(?:st|nd|rd|th)? (?:of )?)(?:${month})|(?:${month}) \\d{1,2}(?:st|nd|rd|th)?`,
].join("|");
const moment = whole(`${lead}(?:${point})(?:,? ${lead}(?:${point}))*`);
const lasting = whole(
  `(?:(?:for|during|over) (?:about |around )?)?${timeLength}|(?:for|during|over) (?:[\\p{L}\\p{N}.'-]+ ){0,4}?(?:${timeUnit}|while|bit|ever|good|long|weekend|night|shift|sprints?|quarters?)|forever|permanently`,
);
const condition = whole(
  "(?:(?:but )?only )?(?:if|unless|when(?:ever)?|once|as soon as|in case|provided(?: that)?|as long as|after|before|until|till|otherwise|or else|by (?=the ))(?: [^\\s,;.!?]+)+",
);
const polite =
  /^(?:if|when|whenever|once|as soon as) (?:it is |it's |that is |that's )?(?:possible|convenient|ok|okay|necessary|needed|you (?:can|could|have|get|like|want|please|do not mind|don't mind|would)\b)/iu;

/**
 * An offer with what it leaves out. What says how long something is to last, in words that are not understood, is asked for that
 * length: without one there would be a length that nobody said.
 */
export function honest(heard: Recognition, text: string, intents: readonly IntentSpec[], known: Known): Recognition {
  if (heard.kind !== "didYouMean" && heard.kind !== "incomplete") return heard;
  const plain = withoutThanks(listen(text).plain);
  const grammars = intents.map(grammarOf);
  const lost = (says: readonly string[]) => leftOut(plain, says, grammars, known);
  if (heard.kind === "incomplete") {
    const says = heard.missing[0]?.choices?.map(({ say }) => say) ?? [];
    const words = says.length === 0 ? [] : lost(says).map(({ words }) => words);
    return words.length === 0 ? heard : { ...heard, leftOut: words };
  }
  const lasting = heard.suggestions.filter((say) => !lost([say]).some(({ isLength }) => isLength));
  const suggestions = lasting.length > 0 ? lasting : heard.suggestions;
  const left = lost(suggestions);
  const length = left.find(({ isLength }) => isLength);
  const asked = length && suggestions[0] !== undefined ? askedLength(suggestions[0], length.words, grammars) : null;
  if (asked) return asked;
  return left.length === 0
    ? { kind: "didYouMean", suggestions }
    : { kind: "didYouMean", suggestions, leftOut: left.map(({ words }) => words) };
}

/** Asks how long, where the offered intent takes a length; else null. */
function askedLength(say: string, words: string, grammars: readonly Grammar[]): Recognition | null {
  // What only asks is answered for a usual length.
  for (const grammar of grammars.filter(({ spec }) => spec.question !== true)) {
    const said = matchWhole(grammar, say)?.said;
    const slot = [...grammar.slots.values()].find(({ kind }) => kind === "duration");
    if (said === undefined || slot === undefined || said[slot.param] !== undefined) continue;
    const question = `I do not understand “${words}” in that. ${slot.question}`;
    const form = sentenceFor(grammar, { ...said, [slot.param]: "2 hours" });
    return {
      kind: "incomplete",
      intent: { name: grammar.spec.name, params: said },
      missing: [{ param: slot.param, question, form }],
    };
  }
  return null;
}

/**
 * What none of these sentences says of the times, lengths, conditions and further values that a text holds: pressing one would
 * leave that out. `grammars` are the intents the sentences may be of.
 */
function leftOut(
  text: string,
  says: readonly string[],
  grammars: readonly Grammar[],
  known: Known,
): readonly LeftOut[] {
  const offered = says.map((say) => say.toLowerCase());
  const meant = grammars.filter((grammar) => says.some((say) => matchWhole(grammar, say) !== null));
  const bare = withoutSaid(text, offered, meant);
  const times = timesIn(bare, offered);
  const besides = besidesIn(bare, offered, meant).filter((one) => !times.some((other) => meets(one, other)));
  const spans = [...times, ...besides, ...valuesBeside(text, offered, meant, known)]
    .filter(({ words }) => !offered.some((say) => say.includes(words.toLowerCase())))
    .sort((a, b) => a.at - b.at);
  return spans
    .filter((one) => !spans.some((other) => other !== one && covers(other, one)))
    .slice(0, most)
    .map(({ words, isLength }) => ({ words: shorten(words, longest), isLength }));
}

interface Span extends LeftOut {
  readonly at: number;
}

function meets(one: Span, other: Span): boolean {
  return one.at < other.at + other.words.length && other.at < one.at + one.words.length;
}

const purpose = whole("(?:for|to|so that|in order to) (?:(?!(?:for|to|in|on|and|then|so|until|till) )[^\\s,;.!?]+ ?)+");
const piece = whole("(?:only )?(?:instances?|pods?|nodes?|replicas?|hosts?) (?:number )?\\d+");
const place = whole("(?:in|on) (?:the )?([\\p{L}][\\p{L}\\p{N}_-]+)(?: environment)?");
const kind = whole("([\\p{L}-]+) access");

/** What for, which piece of it, where and of which kind, as far as an offer that changes something says nothing of it. */
function besidesIn(text: string, offered: readonly string[], meant: readonly Grammar[]): Span[] {
  const [grammar] = meant;
  if (grammar === undefined || meant.some(({ spec }) => spec.question === true || spec.rest !== undefined)) return [];
  const own = new Set([...grammar.phrases, ...grammar.alike].flatMap(({ words }) => words));
  const values = [...grammar.slots.values()];
  const isSaid = (word: string) =>
    own.has(word) ||
    nearest(
      word,
      offered.flatMap((say) => say.split(/[\s:]+/u)),
    ) !== null ||
    values.some(({ words }) => nearest(word, [...words.keys()]) !== null);
  const wordsIn = (span: Span) => span.words.toLowerCase().match(/[\p{L}\p{N}'-]+/gu) ?? [];
  const isNew = (span: Span) => wordsIn(span).some((word) => isTelling(word) && !isSaid(word));
  const isApart = (span: Span) =>
    isNew(span) && !wordsIn(span).some((word) => offered.some((say) => say.includes(` ${word}`) && !own.has(word)));
  const takesPlace = values.some(({ param }) => param === "environment");
  return [
    ...spansOf(text, purpose).filter(isApart),
    ...spansOf(text, piece),
    ...(takesPlace ? spansOf(text, place).filter(({ words }) => !isSaid(lastWord(words))) : []),
    ...(own.has("access")
      ? spansOf(text, kind)
          .filter(({ words }) => isTelling(firstWord(words)) && !isSaid(firstWord(words)))
          .map((span) => ({ ...span, words: firstWord(span.words) }))
      : []),
  ];
}

function firstWord(words: string): string {
  return words.split(" ")[0]?.toLowerCase() ?? "";
}

function lastWord(words: string): string {
  return (
    words
      .replace(/ environment$/iu, "")
      .split(" ")
      .at(-1)
      ?.toLowerCase() ?? ""
  );
}

function covers(other: Span, { at, words }: Span): boolean {
  return other.at <= at && other.at + other.words.length >= at + words.length && other.words.length > words.length;
}

/** The text with a length that is said blanked out: "2 hours" where "for 2 hours" is offered. */
function withoutSaid(text: string, offered: readonly string[], meant: readonly Grammar[]): string {
  const length = timeIn(text);
  const slots = meant.flatMap(({ slots }) => [...slots.values()].filter(({ kind }) => kind === "duration"));
  const isSaid = length !== null && slots.some((slot) => offered.some((say) => say.includes(slot.canonical(length))));
  return isSaid ? text.replace(length, (words) => " ".repeat(words.length)) : text;
}

function timesIn(text: string, offered: readonly string[]): Span[] {
  // A condition ends where what is to be done begins: "if it is bad restart it".
  const deeds = [...new Set(offered.map((say) => say.split(" ")[0] ?? ""))].filter((word) => /^[a-z-]+$/u.test(word));
  const end = deeds.length === 0 ? null : new RegExp(` (?:(?:please|then|just) )*(?:${deeds.join("|")}) .*$`, "iu");
  const conditions = spansOf(text, condition)
    .map((span) => ({ ...span, words: end === null ? span.words : span.words.replace(end, "") }))
    .filter(({ words }) => !polite.test(words));
  const untils = conditions.map((span) => ({ ...span, isLength: /^(?:until|till|by)\b/iu.test(span.words) }));
  const lengths = spansOf(text, lasting).map((span) => ({ ...span, isLength: true }));
  return [...lengths, ...spansOf(text, moment), ...untils];
}

/** Values for the offered intents' slots, and names of services and people, that stand in the text and in none of the sentences. */
function valuesBeside(text: string, offered: readonly string[], meant: readonly Grammar[], known: Known): Span[] {
  const names = [...(known["service"] ?? []), ...(known["person"] ?? [])];
  const values = new Map(names.map((name) => [name.toLowerCase(), name]));
  for (const { slots } of meant)
    for (const { words } of slots.values()) for (const [word, value] of words) values.set(word.toLowerCase(), value);
  return [...text.matchAll(/[\p{L}\p{N}][\p{L}\p{N}._/-]*/gu)].flatMap(({ 0: words, index: at }) => {
    const value = values.get(words.toLowerCase());
    const isSaid = value === undefined || offered.some((say) => say.split(/[\s:]+/u).includes(value.toLowerCase()));
    return isSaid ? [] : [{ words, at, isLength: false }];
  });
}

function spansOf(text: string, what: RegExp): Span[] {
  return [...text.matchAll(what)].map(({ 0: words, index: at }) => ({ words: words.trim(), at, isLength: false }));
}

function whole(source: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}-])(?:${source})(?![\\p{L}\\p{N}-])`, "giu");
}
