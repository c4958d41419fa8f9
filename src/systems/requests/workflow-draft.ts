import { formatDuration } from "../../domain/duration.ts";
import type { Json } from "../../domain/json.ts";
import { type Content, writeDefinition } from "../../workflow/index.ts";
import type { Group } from "./past.ts";
import { variesIn } from "./repeats.ts";

/** A workflow that does what was done again and again, as a file that can be used as it is. */
export interface WorkflowDraft {
  readonly kind: "workflow";
  readonly name: string;
  /** The file for workflows/NAME.yaml. */
  readonly text: string;
  /** What begins it, said as it was needed last. */
  readonly say: string;
}

/** The workflow that does it is in use already. */
export type InUseAlready = { readonly kind: "used"; readonly name: string };

/** What a draft is checked with before anybody sees it. */
export interface DraftChecks {
  /** Whether a workflow or an intent is called so already. */
  isTaken(name: string): boolean;
  /** Whether people took a workflow of this name into use. */
  isUsed(name: string): boolean;
  /** Whether this sentence begins something already. */
  isMeant(said: string): boolean;
  /** Whether this text would be taken as a file of workflows/, and each of these sentences would begin it. */
  begins(text: string, said: readonly string[]): boolean;
}

type Field = Content["input"][string];

const longestName = 48;
const longestPhrase = 200;

/**
 * The workflow of these deeds, its steps and approvals as they are: what was the same in all of them is fixed, what was not is
 * still asked for. It is begun with the `questions` that it answered, with its title, or with its name, as far as nothing else
 * is meant by these. Null where no such workflow would be taken.
 */
export function workflowDraft(
  deeds: Group,
  content: Content,
  checks: DraftChecks,
  questions: readonly string[] = [],
): WorkflowDraft | InUseAlready | null {
  const last = deeds.at(-1) ?? deeds[0];
  const open = variesIn(deeds).filter((name) => Object.hasOwn(content.input, name));
  const values = (name: string) => deeds.map(({ input }) => input[name] ?? null);
  if (!open.every((name) => isSayable(content.input[name], values(name)))) return null;
  const said = (name: string) => wordOf(content.input[name], last.input[name] ?? null);
  const title = phraseOf(content.title, (name) => (open.includes(name) ? `{${name}}` : said(name)));
  const called = questions[0] ?? title?.replaceAll(/\{\w+\}/g, " ") ?? content.name;
  const name = nameFor(called, (one) => checks.isTaken(one) && !checks.isUsed(one));
  if (checks.isUsed(name)) return { kind: "used", name };
  const slots = open.filter((one) => content.input[one]?.required).map((one) => `{${one}}`);
  const input = Object.fromEntries(
    Object.entries(content.input).map(([field, spec]) => [
      field,
      open.includes(field) ? spec : fixed(spec, last.input[field] ?? null),
    ]),
  );
  const summary = `${capital(fill(title ?? name.replaceAll("-", " "), () => "…"))}, as it was done again and again`;
  const phrases = [...(title === null ? [] : [title, `[do] the usual ${title}`]), [name, ...slots].join(" ")];
  const ways = [
    ...questions.map((question) => ({ phrase: literal(question), say: question })),
    ...phrases.map((phrase) => ({ phrase, say: fill(phrase.replace("[do] ", ""), said) })),
  ].filter(({ phrase }) => phrase.length <= longestPhrase && slots.every((slot) => phrase.includes(slot)));
  const write = (some: readonly string[]) =>
    writeDefinition({ ...content, name, summary, on: [{ intent: name }], phrases: some, input });
  const made = begunBy(ways, write, checks);
  return made && { kind: "workflow", name, ...made };
}

/** A phrase, and a sentence that says it. */
type Way = { readonly phrase: string; readonly say: string };

/** The file with those of these ways to begin it that mean nothing else; null where none is left. */
function begunBy(
  ways: readonly Way[],
  write: (phrases: readonly string[]) => string | null,
  checks: DraftChecks,
): Pick<WorkflowDraft, "text" | "say"> | null {
  const free = ways.filter(
    ({ phrase, say }, i) => ways.findIndex((one) => one.phrase === phrase) === i && !checks.isMeant(say),
  );
  const withThese = ([first, ...more]: readonly Way[]) => {
    const all = first === undefined ? [] : [first, ...more];
    const text = first === undefined ? null : write(all.map(({ phrase }) => phrase));
    const said = all.map(({ say }) => say);
    return first !== undefined && text !== null && checks.begins(text, said) ? { text, say: first.say } : null;
  };
  // One that is refused does not take the others with it.
  return withThese(free) ?? withThese(free.filter((one) => withThese([one]) !== null));
}

/** An input that is always this. What is not said, or says where it is said, stays as it was. */
function fixed(spec: Field, value: Json): Field {
  if (value === null || spec.type === "run") return spec;
  return { ...spec, required: false, default: value, enum: [value] };
}

/** Whether each of these can be said in a phrase, where its slot is. */
function isSayable(spec: Field | undefined, values: readonly Json[]): boolean {
  if (spec === undefined || !spec.required) return spec !== undefined;
  if (spec.type !== "string" || spec.enum !== undefined) return true;
  return values.every((value) => typeof value === "string" && /^[\p{L}\p{N}][\p{L}\p{N}._/-]*$/u.test(value));
}

function wordOf(spec: Field | undefined, value: Json): string {
  if (spec?.type === "duration" && typeof value === "number") return formatDuration(value);
  return value === null ? "" : String(value);
}

/** A title as a phrase; null where it says who asks, or something that only a run knows. */
function phraseOf(title: string, become: (input: string) => string): string | null {
  let isWhole = true;
  const words = title.split(/(\$\{\{\s*.*?\s*\}\})/g).map((part) => {
    const inner = /^\$\{\{\s*(.*?)\s*\}\}$/.exec(part)?.[1];
    if (inner === undefined) return literal(part, "");
    const input = /^input\.([\w-]+)$/.exec(inner)?.[1];
    if (input === undefined) isWhole = false;
    const value = input === undefined ? "" : become(input);
    return /^\{\w+\}$/.test(value) ? value : literal(value, "");
  });
  return isWhole ? words.join("").replaceAll(/\s+/g, " ").trim() : null;
}

/** Words as a phrase takes them: nothing in them is a slot or a choice. */
function literal(text: string, ends = "?!."): string {
  const words = text.replaceAll(/[[\](){}|“”„"*`]/g, " ").replaceAll(/\s+/g, " ");
  return ends === "" ? words : words.trim().replace(/[?!.\s]+$/, "");
}

function fill(phrase: string, said: (input: string) => string): string {
  return phrase.replaceAll(/\{(\w+)\}/g, (_, name: string) => said(name));
}

/** A short name that no other has: letters, digits and dashes. */
export function nameFor(text: string, isTaken: DraftChecks["isTaken"]): string {
  const words = text
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "");
  const cut = words.length <= longestName ? words : words.slice(0, longestName + 1).replace(/-[^-]*$/, "");
  const name = cut.replace(/-+$/, "").slice(0, longestName) || "usual";
  for (let n = 1; ; n++) {
    const free = n === 1 ? name : `${name}-${n}`;
    if (!isTaken(free)) return free;
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
