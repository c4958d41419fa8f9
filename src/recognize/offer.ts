import type { IntentSpec } from "../domain/intent.ts";
import type { Json } from "../domain/json.ts";
import { valuesIn } from "./classify-slots.ts";
import { type Grammar, grammarOf, isOffered, openIn, sentenceFor } from "./grammar.ts";
import { listen } from "./listen.ts";
import type { Known } from "./near.ts";
import { nearest } from "./near.ts";
import type { Missing, Recognition } from "./recognition.ts";

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
 * What can be asked about the service that a text names, where the text says: one sentence that only asks, and two
 * that change something. What asks or forbids something is offered nothing that changes anything.
 */
export function askedAbout(text: string, intents: readonly IntentSpec[], known: Known): string[] {
  const { sentence, negated, asks } = listen(text);
  const onlyAsks = negated || asks;
  const grammars = intents.filter((spec) => isOffered(spec) && (spec.question === true || !onlyAsks)).map(grammarOf);
  const sentences = (isQuestion: boolean) =>
    grammars
      .filter(({ spec }) => (spec.question === true) === isQuestion)
      .flatMap((grammar) => {
        const [first, ...more] = valuesIn(sentence, grammar, known).flatMap(({ service, environment }) =>
          service === undefined ? [] : [{ service, ...(environment === undefined ? {} : { environment }) }],
        );
        if (first === undefined || more.length > 0) return [];
        const heard = offer(grammar, [first], known, false);
        return heard.kind === "didYouMean" ? heard.suggestions.slice(0, 1) : [];
      });
  return [...sentences(true).slice(0, 1), ...sentences(false).slice(0, 2)];
}

/** A whole phrase was said: are its words enough, and do the names exist? */
export function judge(
  grammar: Grammar,
  said: Readonly<Record<string, string>>,
  phrase: string,
  known: Known,
): Recognition {
  for (const [param, value] of Object.entries(said)) {
    const own = known[param];
    const meant = own || grammar.slots.get(param)?.kind !== "name" ? null : shuffled(value, known["service"] ?? []);
    if (meant !== null) return { kind: "didYouMean", suggestions: [sentenceFor(grammar, { ...said, [param]: meant })] };
    if (!own || own.some((name) => name.toLowerCase() === value.toLowerCase())) continue;
    const { alsoNamed } = grammar.spec;
    const also = alsoNamed?.slot === param && known[alsoNamed.param]?.length ? alsoNamed.param : null;
    const names = also === null ? own : [...own, ...(known[also] ?? [])];
    const near = nearest(value, names);
    if (near !== null) return { kind: "didYouMean", suggestions: [sentenceFor(grammar, { ...said, [param]: near })] };
    const { [param]: _, ...rest } = said;
    const question =
      `There is no ${also === null ? param : `${param} or ${also}`} called "${value}". ${grammar.slots.get(param)?.question ?? ""}`.trim();
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
  const [open = "", ...others] = params;
  const usual = grammar.spec.usual?.[open];
  if (usual !== undefined && said[open] === undefined && others.length === 0)
    return { kind: "didYouMean", suggestions: [sentenceFor(grammar, { ...rest, [open]: usual })] };
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

/** The name of which a word holds the same letters in another order: "bililng". What is no name we know may well be one elsewhere. */
function shuffled(word: string, names: readonly string[]): string | null {
  const sorted = (text: string) => [...text.toLowerCase()].sort().join("");
  if (names.some((name) => name.toLowerCase() === word.toLowerCase())) return null;
  return names.find((name) => sorted(name) === sorted(word)) ?? null;
}
