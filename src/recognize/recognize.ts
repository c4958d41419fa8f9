import type { IntentSpec } from "../domain/intent.ts";
import type { Json } from "../domain/json.ts";
import type { Guess } from "./classify-intents.ts";
import { valuesIn } from "./classify-slots.ts";
import { asksForOther, commandIn } from "./command.ts";
import { isOwnDenial } from "./deny.ts";
import type { Grammar } from "./grammar.ts";
import { grammarOf, isOffered, matchWhole, openIn, sentenceFor } from "./grammar.ts";
import { honest } from "./left-out.ts";
import { listen, longestHeard, withoutPlease, writtenIn } from "./listen.ts";
import type { Known } from "./near.ts";
import { bareOf, nearest, sharesWord, suggest } from "./near.ts";
import { compilePhrase } from "./phrase.ts";
import { clausesOf, reasonedFor, reasonIn } from "./reason.ts";
import type { Missing, Recognition } from "./recognition.ts";

export type { Guess } from "./classify-intents.ts";
export { isDecision, looksLikeCommand, sameWord } from "./command.ts";
export { isForeign } from "./foreign.ts";
export { sentenceWith } from "./grammar.ts";
export { help, helpByKind } from "./help.ts";
export { isMoreThanChatter, listen } from "./listen.ts";
export type { Known } from "./near.ts";
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
  const { sentence, plain, asks, negated } = listen(text);
  if (sentence === "") return { kind: "unknown" };
  const grammars = intents
    .map(grammarOf)
    .filter((grammar) => grammar.spec.question === true || !negated || isOwnDenial(sentence, grammar, known));
  const readings = grammars
    .filter(({ spec }) => spec.question === true || !asks)
    .flatMap((grammar) => {
      const whole = matchWhole(grammar, grammar.free ? withoutPlease(plain) : sentence);
      return whole ? [{ grammar, ...whole }] : [];
    });
  const asNamed = readings.filter((reading) => !takesRunForName(reading, known));
  const heard = readings.length > 1 && asNamed.length > 0 ? asNamed : readings;
  const [only, ...more] = heard;
  if (only?.grammar.spec.name === "help") return { kind: "help" };
  if (only && more.length === 0) return judge(only.grammar, only.said, only.phrase, known);
  const offerable = grammars.filter(({ spec }) => isOffered(spec));
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
  const values = valuesIn(sentence, grammar, known);
  const isFound = values.some((said) => Object.keys(said).length > 0);
  // What asks about something that we do not know of is asked of people: "is the VPN slow again?".
  const isNear =
    grammar.slots.size === 0
      ? guessed.isSure || sharesWord(sentence, grammar)
      : guessed.isSure && !grammar.spec.question && sharesWord(sentence, grammar);
  if (!isFound && !isNear) return unknown;
  return offer(grammar, values, known, guessed.isSure && !asksForOther(sentence, grammar.spec, intents));
}

/**
 * What a guess comes to: an answer where the intent only asks, else sentences to confirm, else a question for what is missing.
 * What is not sure is not answered at once.
 */
export function offer(
  grammar: Grammar,
  values: readonly Readonly<Record<string, string>>[],
  known: Known,
  isSure = true,
): Recognition {
  const { spec, slots } = grammar;
  if (spec.name === "help") return { kind: isSure ? "help" : "unknown" };
  const readings = values.map((said) => ({
    say: sentenceFor(grammar, said),
    heard: whichRun(grammar, said) ?? judge(grammar, said, sentenceFor(grammar, said), known),
  }));
  const [first, ...others] = readings;
  if (!first) return { kind: "unknown" };
  if (spec.question && isSure && first.heard.kind === "intent" && others.length === 0)
    return { ...first.heard, because: `It sounded like "${first.say}".` };
  const suggestions = readings.flatMap(({ say, heard }) => {
    if (heard.kind === "intent") return [say];
    const [one, ...more] = heard.kind === "incomplete" ? heard.missing : [];
    const open = one && more.length === 0 && slots.get(one.param)?.kind === "choice";
    return open ? (one.choices ?? []).map((choice) => choice.say) : [];
  });
  if (suggestions.length > 0) return { kind: "didYouMean", suggestions: suggestions.slice(0, 3) };
  if (first.heard.kind !== "incomplete") return first.heard;
  const missing = first.heard.missing.map((each) => ({ ...each, question: `${spec.summary}? ${each.question}` }));
  return { ...first.heard, missing };
}

/** Asks which run is meant where a guess names none: only in its own thread can it be left out. */
function whichRun(grammar: Grammar, said: Readonly<Record<string, string>>): Recognition | null {
  const slot = grammar.phrases[0] && openIn(grammar.phrases[0], grammar, said);
  if (slot?.kind !== "run") return null;
  const { param, question } = slot;
  const form = grammar.phrases[0]?.say({ ...said, [param]: "R-ABC123" }) ?? "";
  return {
    kind: "incomplete",
    intent: { name: grammar.spec.name, params: said },
    missing: [{ param, question, form }],
  };
}

/**
 * What can be asked about the service that a text names, where the text says: one sentence that only asks, and those
 * that change something. What forbids something is offered nothing that changes anything.
 */
export function askedAbout(text: string, intents: readonly IntentSpec[], known: Known): string[] {
  const { sentence, negated } = listen(text);
  const grammars = intents.filter((spec) => isOffered(spec) && (spec.question === true || !negated)).map(grammarOf);
  const [asks, changes] = [true, false].map((question) =>
    grammars.filter(({ spec }) => (spec.question === true) === question),
  );
  const sentences = (of: readonly Grammar[] = []) =>
    of.flatMap((grammar) => {
      const [first, ...more] = valuesIn(sentence, grammar, known).flatMap(({ service, environment }) =>
        service === undefined ? [] : [{ service, ...(environment === undefined ? {} : { environment }) }],
      );
      if (first === undefined || more.length > 0) return [];
      const heard = offer(grammar, [first], known, false);
      return heard.kind === "didYouMean" ? heard.suggestions.slice(0, 1) : [];
    });
  return [...sentences(asks).slice(0, 1), ...sentences(changes).slice(0, 2)];
}

/** Refuses, at the start, intents whose names repeat or whose own examples they do not understand. */
export function checkIntents(intents: readonly IntentSpec[]): void {
  const names = new Set<string>();
  for (const spec of intents) {
    if (names.has(spec.name)) throw new TypeError(`Two intents are called ${spec.name}; give each its own name.`);
    names.add(spec.name);
    for (const phrase of spec.inThread ?? []) compilePhrase(phrase, new Map());
    for (const example of spec.examples) {
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

/** A whole phrase was said: are its words enough, and do the names exist? */
function judge(grammar: Grammar, said: Readonly<Record<string, string>>, phrase: string, known: Known): Recognition {
  for (const [param, value] of Object.entries(said)) {
    const names = known[param];
    if (!names || names.some((name) => name.toLowerCase() === value.toLowerCase())) continue;
    const near = nearest(value, names);
    if (near !== null) return { kind: "didYouMean", suggestions: [sentenceFor(grammar, { ...said, [param]: near })] };
    const { [param]: _, ...rest } = said;
    const question = `There is no ${param} called "${value}". ${grammar.slots.get(param)?.question ?? ""}`.trim();
    return {
      kind: "incomplete",
      intent: { name: grammar.spec.name, params: rest },
      missing: [missingOf(grammar, rest, param, names, question)],
    };
  }
  const parsed = grammar.spec.params.safeParse(said);
  if (parsed.success)
    return {
      kind: "intent",
      intent: { name: grammar.spec.name, params: parsed.data as Record<string, Json> },
      because: `You said "${phrase}".`,
    };
  const params = [...new Set(parsed.error.issues.map((issue) => String(issue.path[0])))];
  const rest = Object.fromEntries(Object.entries(said).filter(([param]) => !params.includes(param)));
  const missing = params.map((param) => {
    const slot = grammar.slots.get(param);
    const wrong =
      said[param] === undefined ? undefined : parsed.error.issues.find((issue) => issue.path[0] === param)?.message;
    const question = [wrong && `${wrong}.`, slot?.question ?? `Which ${param}?`].filter(Boolean).join(" ");
    return missingOf(grammar, rest, param, known[param] ?? slot?.choices ?? [], question);
  });
  return { kind: "incomplete", intent: { name: grammar.spec.name, params: rest }, missing };
}

function missingOf(
  grammar: Grammar,
  said: Record<string, string>,
  param: string,
  names: readonly string[],
  question: string,
): Missing {
  const choices = names.map((value) => ({ value, say: sentenceFor(grammar, { ...said, [param]: value }) }));
  // A sentence that leaves something else open is none to press.
  return choices.length === 0 || choices.some(({ say }) => /\{\w+\}/u.test(say))
    ? { param, question }
    : { param, question, choices };
}
