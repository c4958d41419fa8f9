import { type Grammar, takes } from "./grammar.ts";
import { timeLength } from "./length.ts";
import { type Known, nearest } from "./near.ts";
import type { Slot } from "./slot.ts";

/** Several names in a sentence make several readings; no more than can be offered at once. */
const most = 3;
/** Whoever is named in passing is rarely meant: a person counts as "ben's". */
const people = "person";
/** Channels have names that are everyday words: they count only for what takes a channel. */
export const channels = "channel";
/** So do audiences. */
const everyday: readonly string[] = [channels, "audience"];

/** The values for an intent's slots that a free sentence holds, as words; each reading is one way to take it. */
export function valuesIn(
  sentence: string,
  grammar: Grammar,
  known: Known,
): readonly Readonly<Record<string, string>>[] {
  let readings: Record<string, string>[] = [{}];
  for (const slot of grammar.slots.values()) {
    const values = valuesOf(slot, sentence.toLowerCase(), known).filter((value) =>
      takes(grammar.spec, slot.param, value),
    );
    if (values.length === 0) continue;
    readings = readings.flatMap((one) => values.map((value) => ({ ...one, [slot.param]: value })));
  }
  return readings.slice(0, most);
}

function valuesOf(slot: Slot, sentence: string, known: Known): string[] {
  const words = sentence.match(/[\p{L}\p{N}][\p{L}\p{N}._/-]*/gu) ?? [];
  switch (slot.kind) {
    case "choice":
      return [...new Set(words.flatMap((word) => slot.words.get(nameIn(word, [...slot.words.keys()]) ?? "") ?? []))];
    case "duration": {
      const said = timeIn(sentence);
      return said === null ? [] : [slot.canonical(said)];
    }
    case "name": {
      if (slot.param === people) return possessors(sentence).filter((word) => known[people]?.includes(word));
      const own = known[slot.param];
      // What access is for may be anything we know of, except people and channels.
      const names =
        own ??
        Object.entries(known).flatMap(([param, some]) => (param === people || everyday.includes(param) ? [] : some));
      return [...new Set(words.flatMap((word) => nameIn(word, names) ?? []))];
    }
    default:
      return [];
  }
}

/** A known name that a word is, or is a slip away from when it is long enough for that to mean something. */
function nameIn(word: string, names: readonly string[]): string | null {
  const exact = names.find((name) => name.toLowerCase() === word);
  return exact ?? (word.length > 5 ? nearest(word, names) : null);
}

const time = new RegExp(`(?<![\\p{L}\\p{N}])${timeLength}(?![\\p{L}\\p{N}])`, "iu");

/** The first length of time in a sentence: "2 hours", "half an hour", "90m". */
export function timeIn(sentence: string): string | null {
  return time.exec(sentence)?.[0] ?? null;
}

function possessors(sentence: string): string[] {
  return [...sentence.matchAll(/([\p{L}\p{N}][\p{L}\p{N}._/-]*)'s/gu)].map((match) => match[1] ?? "");
}

/** A sentence with its names and times left open: "{name} hangs". Which they are says nothing about what is wanted. */
export function opened(sentence: string, known: Known): string {
  const names = Object.entries(known).flatMap(([param, some]) => (everyday.includes(param) ? [] : some));
  const time = timeIn(sentence);
  return (time === null ? sentence : sentence.replace(time, "{duration}")).replace(
    /\{duration\}|@?[\p{L}\p{N}][\p{L}\p{N}._/-]*/gu,
    (said) => (nameIn(said.replace(/^@/u, "").toLowerCase(), names) === null ? said : "{name}"),
  );
}
