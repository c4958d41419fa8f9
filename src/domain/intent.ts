import { z } from "zod";
import { parseDuration } from "./duration.ts";
import { ticketKey } from "./ids.ts";
import { parseQuietHours } from "./quiet.ts";

/**
 * One thing people can ask for, as data: help, grammar and slash usage are read from it. It names no workflow and
 * declares no risk. A parameter's `.describe()` is the question put to people when it is missing.
 *
 * Phrases are whole sentences: `{slot}` is a parameter, `[words]` may be left out, `(this|that)` is either. The first
 * phrase is how Steward itself says it ("did you mean ...").
 */
export interface IntentSpec<P extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly summary: string;
  readonly params: P;
  readonly phrases: readonly string[];
  /** What follows `/steward`, in the same notation; also understood without the slash. */
  readonly command?: string;
  /** Other ways people say it, in the same notation: enough to be offered it, never to start it, unless it only asks. */
  readonly alike?: readonly string[];
  /** Sentences that can be said exactly like this. */
  readonly examples: readonly string[];
  /** Where help lists it. */
  readonly kind?: Kind;
  /** Only asks and changes nothing: then a question mark or a "not" in the sentence does no harm. */
  readonly question?: boolean;
  /** Said in answer to something Steward posted: it is meant for the run it names, or for the one in its thread. Never suggested. */
  readonly answer?: boolean;
  /** It is answered at once from the record of the run that its parameter `run` names, and begins nothing. */
  readonly tells?: Telling;
  /** Phrases that mean the run in whose thread they are said, and mean it before anything else; without slots. */
  readonly inThread?: readonly string[];
  /** It works only where a model is configured, or where this tool is. */
  readonly needs?: "model" | "sql.query" | "prometheus.query" | "jira.search";
  /** Understood when it is said, but neither listed, suggested nor guessed at: it cannot work here. */
  readonly hidden?: boolean;
  /** The parameter that takes a whole message which is nothing else. Only for what asks people, and does nothing by itself. */
  readonly otherwise?: string;
  /** The parameter that takes a whole message which makes several requests at once. Only for what shows first what it would do. */
  readonly several?: string;
  /** What is no name for its parameter `slot` may be one for `param` of another intent, said in the same words: then that is meant. */
  readonly alsoNamed?: { readonly slot: string; readonly intent: string; readonly param: string };
  /** It is said in the words of another intent, for names of its own: listed, and never offered or guessed at. */
  readonly twin?: true;
  /** What is offered, and never taken, for a parameter for which nothing was said. */
  readonly usual?: Readonly<Record<string, string>>;
  /** The parameter that, in a request of several parts, stands for the other parts where nothing is said for it: "restart checkout and tell billing". */
  readonly rest?: string;
}

/** What is told of a run: how it stands, what happened in it, why it was needed, or what is proposed. */
export type Telling = "state" | "story" | "causes" | "next";

/** What an intent is about, for help. */
export type Kind = "services" | "work" | "access" | "messages" | "people" | "yourself";

/** Declares an intent with its parameters' types inferred from the schema. */
export function defineIntent<P extends z.ZodObject>(spec: IntentSpec<P>): IntentSpec<P> {
  return spec;
}

/** A parameter people say as "2 hours" and that is milliseconds from then on. Without one it is `fallback`. */
export function durationParam(fallback: string, question: string) {
  return saidDuration(question).prefault(fallback).meta({ slot: "duration", description: question });
}

/** The same, where there is nothing to fall back on. */
export function saidDuration(question: string) {
  return z
    .string()
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== null && ms > 0) return ms;
      context.addIssue({
        code: "custom",
        message: `"${text}" is not a time up to a year, such as "90 minutes" or "2 hours"`,
      });
      return z.NEVER;
    })
    .meta({ slot: "duration", description: question });
}

const longestCode = 4000;
const longestText = 2000;
const [shortestSpan, longestSpan] = [60_000, 86_400_000];

/** How far back to look, which people say as "the last 2 hours" and that is milliseconds from then on. */
function span() {
  return z.string().transform((text, context) => {
    const said = text.replace(/^the last /, "");
    const ms = parseDuration(said);
    if (ms !== null && ms >= shortestSpan && ms <= longestSpan) return ms;
    context.addIssue({ code: "custom", message: `I look back from 1 minute to 24 hours, not ${said}` });
    return z.NEVER;
  });
}

const spanMeta = { slot: "span", description: "How far back shall I look?" };

/** The same as a parameter; without one it is `fallback`, in the same words. */
export function spanParam(fallback: string) {
  return span().prefault(fallback).meta(spanMeta);
}

/** The same, where it may be left out altogether. */
export function optionalSpan() {
  return span().optional().meta(spanMeta);
}

/** A query or a program, taken up to its end exactly as it was written: quotation marks, stars and line breaks are part of it. */
export function codeParam(question: string) {
  return z
    .string()
    .transform((text) => text.replace(/^`{1,3}(?:\w+\n)?|`{1,3}$/gu, "").trim())
    .pipe(z.string().min(1, "It is empty").max(longestCode))
    .meta({ slot: "code", description: question });
}

/** A few words of people's own within a sentence, such as what a log is searched for. */
export function wordsParam(question: string) {
  return z.string().trim().min(1).max(100).meta({ slot: "words", description: question });
}

/** A run, as people see it: R-ABC123. */
export function runParam() {
  return z
    .string()
    .toUpperCase()
    .meta({ slot: "run", description: "Which one? It is called R- and six letters or digits." });
}

/** A ticket, as people name it: OPS-12. */
export function ticketParam() {
  return z
    .string()
    .toUpperCase()
    .regex(ticketKey)
    .meta({ slot: "ticket", description: "For which ticket? It is a project and a number, such as OPS-12." });
}

/** An audience, by its name in steward.yaml; the one called on-call also in the words people use. */
export function audienceParam() {
  return z.string().min(1).toLowerCase().meta({ slot: "audience", description: "Which audience?" });
}

/** A stretch of the day, as people say it, or "off". */
export function hoursParam(question: string) {
  return z
    .string()
    .trim()
    .max(100)
    .superRefine((text, context) => {
      if (parseQuietHours(text) !== null) return;
      const message = `"${text}" is not a stretch of the day, such as 22:00 to 7:00, or off`;
      context.addIssue({ code: "custom", message });
    })
    .meta({ slot: "text", description: question });
}

/** Words of people's own in a sentence, as they were written: up to the next word of its phrase or to its end, or what stands in quotation marks. */
export function lineParam(question: string) {
  return z.string().trim().min(1).max(longestText).meta({ slot: "line", description: question });
}

/** Anything people may write, up to the end; shortened when it is more than a card can show. */
export function textParam(question: string) {
  return z
    .string()
    .trim()
    .min(1)
    .transform((text) => (text.length <= longestText ? text : `${text.slice(0, longestText - 1).toWellFormed()}…`))
    .meta({ slot: "text", description: question });
}

/** The short names that people and systems use for environments. */
export const environmentNames: Readonly<Record<string, string>> = {
  prod: "production",
  prd: "production",
  live: "production",
  stage: "staging",
  stg: "staging",
};

/** A service by its name, in small letters. */
export function serviceParam() {
  return z.string().min(1).toLowerCase().describe("Which service?");
}

/** An environment, with the short names people use for it. */
export function environmentParam() {
  return z.enum(["staging", "production"]).meta({ description: "In which environment?", synonyms: environmentNames });
}
