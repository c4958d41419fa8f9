import { parseDuration } from "../domain/duration.ts";
import type { JsonObject } from "../domain/json.ts";
import { cleanText, oneLine, shorten, showHidden } from "../domain/text.ts";
import { argumentName, isDuration } from "./argument.ts";
import type { ShownEffect } from "./gate.ts";

/** One argument that an approver may change, as a form asks for it. `value` is what it is now, in words that are read back. */
export interface ChangeField {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly required: true;
  /** Characters. */
  readonly longest: number;
}

/** What an approver made of a form. */
export type Changes =
  | {
      readonly kind: "changed";
      /** New arguments by step. */
      readonly edits: Readonly<Record<string, JsonObject>>;
      /** The steps of which more became another than words for people. */
      readonly beyondWords: readonly string[];
      /** "for: 2h → 1h": what changed, for the settled card. */
      readonly words: string;
    }
  | { readonly kind: "same" }
  /** `sentence` says what was wrong and what would be right. */
  | { readonly kind: "wrong"; readonly sentence: string };

const longest = 500;

/** The arguments of these effects that the policy lets approvers change; texts, numbers, and yes or no can be. */
export function changeFields(effects: readonly ShownEffect[]): ChangeField[] {
  return editable(effects).map(({ effect, name, value }) => ({
    name: nameOf(effect, name),
    label: `${labelOf(effects, effect, name)}${isDuration(name, value) ? ", such as 90m or 1d" : ""}`,
    value: shown(name, value),
    required: true,
    longest,
  }));
}

/** Reads a filled-in form. Fields that were not asked for are ignored; one that was left out stays as it is. */
export function readChanges(effects: readonly ShownEffect[], values: Readonly<Record<string, string>>): Changes {
  const edits: Record<string, JsonObject> = {};
  const words: string[] = [];
  const beyondWords = new Set<string>();
  for (const { effect, name, value } of editable(effects)) {
    const field = nameOf(effect, name);
    const text = Object.hasOwn(values, field)
      ? cleanText(values[field] ?? "")
          .trim()
          .slice(0, longest)
      : shown(name, value);
    if (text === shown(name, value)) continue;
    const label = labelOf(effects, effect, name);
    const now = readAs(name, value, text);
    if (now === null) return { kind: "wrong", sentence: `${label}: “${text}” is not ${wanted(name, value)}.` };
    if (now === value) continue;
    edits[effect.step] = { ...edits[effect.step], [name]: now };
    if (!isWording(effect, name)) beyondWords.add(effect.step);
    words.push(`${label}: ${shown(name, value)} → ${shown(name, now)}`);
  }
  return words.length === 0
    ? { kind: "same" }
    : { kind: "changed", edits, beyondWords: [...beyondWords], words: words.join(", ") };
}

function isWording({ wording = [] }: ShownEffect, name: string): boolean {
  return wording.includes(name);
}

type Plain = string | number | boolean;

function editable(effects: readonly ShownEffect[]): { effect: ShownEffect; name: string; value: Plain }[] {
  return effects.flatMap((effect) =>
    (effect.editable ?? []).flatMap((name) => {
      const value = Object.hasOwn(effect.args, name) ? effect.args[name] : undefined;
      return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
        ? [{ effect, name, value }]
        : [];
    }),
  );
}

function nameOf({ step }: ShownEffect, name: string): string {
  return `${step}.${name}`;
}

/** "for"; where more than one thing is asked about, what it is of: "text (1 of 2) in “Tell customers in #status”". */
function labelOf(effects: readonly ShownEffect[], { step, describes }: ShownEffect, name: string): string {
  const plain = argumentName(name);
  if (effects.length === 1) return plain;
  const alike = effects.filter((effect) => effect.describes === describes);
  const place = alike.length === 1 ? "" : ` (${alike.findIndex((one) => one.step === step) + 1} of ${alike.length})`;
  return `${plain}${place} in “${shorten(showHidden(oneLine(describes)), 80)}”`;
}

function shown(name: string, value: Plain): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return isDuration(name, value) ? exactly(value) : String(value);
}

/** "2h", "90m": in the largest unit that leaves nothing over. */
function exactly(ms: number): string {
  const units = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1000],
  ] as const;
  const [unit, size] = units.find(([, each]) => ms > 0 && ms % each === 0) ?? ["ms", 1];
  return `${ms / size}${unit}`;
}

function readAs(name: string, was: Plain, text: string): Plain | null {
  if (typeof was === "string") return text === "" ? null : text;
  if (typeof was === "boolean")
    return /^(?:yes|true)$/i.test(text) ? true : /^(?:no|false)$/i.test(text) ? false : null;
  if (isDuration(name, was)) return parseDuration(text);
  return /^-?\d{1,15}(?:\.\d+)?$/.test(text) ? Number(text) : null;
}

function wanted(name: string, was: Plain): string {
  if (typeof was === "boolean") return "yes or no";
  if (typeof was === "string") return "a text";
  return isDuration(name, was) ? "a duration: write for example 90m, 2h or 1d" : "a number";
}
