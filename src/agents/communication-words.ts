import { formatDuration } from "../domain/duration.ts";
import type { JsonObject } from "../domain/json.ts";
import { oneLine, sentenceEnd, shorten } from "../domain/text.ts";
import { instantOf, listOf, objectOf, textOf } from "./reading.ts";

/** As long as a message may be: it still fits a form in which it is changed. */
export const longestMessage = 500;

/** plain: for people who are not colleagues; full: for those who are. */
export type Words = "plain" | "full";

/** A matter as it is told: what to say now, and what when it is over, if it is not yet. */
export interface Told {
  readonly text: string;
  readonly over: string | null;
}

const internals: readonly (readonly [RegExp, string])[] = [
  [/\b(?:\d{1,3}\.){3}\d{1,3}\b|\b[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){3,}/i, "an address"],
  [/\bv?\d+\.\d+\.\d+|\bv\d+(?:\.\d+)*\b|\bversion \d/i, "a version"],
  [
    /\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:internal|local|localhost|svc|cluster|corp|lan|com|net|org|io|dev|example)\b/i,
    "a host",
  ],
  [/\b[a-z]+(?:-[a-z0-9]+)*-(?:\d+|[0-9a-f]{5,})\b/i, "a host or instance"],
  [/\bat [\w$.<>]+ ?\(|Traceback|\b\w*(?:Exception|Error)\b|\.(?:ts|js|py|java|go|rb|cs):\d+/, "an error of a program"],
  [/(?:^|\s)\/[\w.-]+\/[\w./-]+/, "a path"],
  [/\bR-[0-9A-Z]{6}\b/i, "a number of ours"],
];
const everywhere: readonly (readonly [RegExp, string])[] = [
  [/\b[a-z][a-z0-9+.-]*:\/\/|\bwww\.|\]\(/i, "a link"],
  [/@(?:here|channel|everyone|all)\b|<[!@#&]/i, "a call to a whole channel"],
];

/** What a message for these readers must not hold, as a sentence; null when it may be sent as it is. */
export function unfit(text: string, words: Words): string | null {
  if (text.trim() === "") return "It says nothing.";
  if (text.length > longestMessage) return `It is longer than ${longestMessage} characters.`;
  const found = [...everywhere, ...(words === "plain" ? internals : [])].find(([sign]) => sign.test(text));
  return found === undefined ? null : `It names ${found[1]}, which these readers must not be told.`;
}

/** A run's record, and whether what it is about is over although the run may still go on. */
export interface Matter {
  readonly record: JsonObject;
  readonly over: boolean;
  /** Nobody watches it any more, and it did not become well. */
  readonly left: boolean;
}

/** What is told of a matter to these readers; null where it does not reach them. Never throws: the record holds texts from outside. */
export function wordsOn(matter: Matter, words: Words): Told | null {
  if (words === "full") return fully(matter);
  return reachesCustomers(matter.record) ? plainly(matter) : null;
}

/** Whoever is no colleague uses production alone. */
function reachesCustomers(record: JsonObject): boolean {
  return ["", "production"].includes(textOf(objectOf(record["service"])["environment"]));
}

/** Signs of what people notice, in what an alert is called. */
const notices: readonly (readonly [RegExp, string])[] = [
  [/error|fail|5xx|crash|down|unavailable|cert/i, "some of what you try may fail"],
  [/latenc|slow|saturat|queue|memory|cpu|disk/i, "it may be slower than usual"],
];

function plainly({ record, over }: Matter): Told {
  const name = oneLine(textOf(objectOf(record["service"])["name"]));
  const title = oneLine(textOf(record["title"]));
  const end = endingOf(name, title);
  if (over) return { text: end, over: null };
  if (name === "")
    return { text: "We are working on something that you may notice, and tell you here when it is done.", over: end };
  const effect = notices.find(([sign]) => sign.test(title))?.[1] ?? "it may not work as it should";
  return {
    text: `We have a problem with ${publicName(name)}: ${effect}. We are working on it, and tell you here when it is over.`,
    over: end,
  };
}

function endingOf(name: string, title: string): string {
  if (name !== "") return `The problem with ${publicName(name)} is over. We are sorry for the trouble.`;
  return unfit(title, "plain") === null ? sentenceEnd(`This is done: ${title}`) : "What we were working on is done.";
}

function publicName(service: string): string {
  return unfit(service, "plain") === null ? service : "one of our services";
}

/** The states of a run in words. */
const standing: Readonly<Record<string, string>> = {
  completed: "is done",
  failed: "has failed",
  cancelled: "was called off",
  compensating: "is being taken back",
};

function fully({ record, over, left }: Matter): Told {
  const happened = listOf(record["happened"]).map(objectOf);
  const last = (...kinds: readonly string[]) =>
    happened
      .filter(({ kind }) => kinds.includes(textOf(kind)))
      .map(({ text }) => oneLine(textOf(text)))
      .at(-1);
  const cause = happened.findLast(({ kind, details }) => kind === "found" && listOf(details).length > 0);
  const next = listOf(record["open"])
    .map(textOf)
    .find((line) => line.includes("waits for approval"));
  const closed = textOf(record["closed"]);
  const away = left ? "has not become well, and is watched no longer" : standing[textOf(record["state"])];
  const ended = closed !== "" ? `was ${oneLine(closed)}` : away;
  const state = ended ?? (over ? `is over${lasted(record, happened)}` : `is under way${since(record)}`);
  const decided = last("approved", "denied");
  const done = last("done");
  const parts = [
    `${textOf(record["run"])}, ${oneLine(textOf(record["title"]))}: it ${state}`,
    ...(cause === undefined ? [] : [oneLine(textOf(cause["text"]))]),
    ...(decided === undefined ? [] : [decided]),
    ...(done === undefined || decided?.endsWith(done) ? [] : [`Done: ${done}`]),
    ...(over || next === undefined ? [] : [`Next: ${oneLine(next)}`]),
  ];
  return { text: shorten(parts.map((part) => sentenceEnd(shorten(part, 160))).join(" "), longestMessage), over: null };
}

function since(record: JsonObject): string {
  const at = instantOf(record["startedAt"]);
  return at === null ? "" : `, since ${at}`;
}

/** " after 12 minutes", as far as the record says when it was over. */
function lasted(record: JsonObject, happened: readonly JsonObject[]): string {
  const told = happened.findLast(({ kind, text }) => kind === "told" && /\bresolved\b/.test(textOf(text)));
  const [from, to] = [record["startedAt"], told?.["at"] ?? record["endedAt"]].map((at) => Date.parse(textOf(at)));
  const ms = (to ?? Number.NaN) - (from ?? Number.NaN);
  return Number.isNaN(ms) ? "" : ` after ${formatDuration(Math.max(1000, ms))}`;
}
