import type { ParsedComponents } from "chrono-node";
import { casual } from "chrono-node/en";
import { instantAt, isZone, wallOf } from "../domain/zone.ts";
import { timeLength } from "./length.ts";
import { listen, longestHeard } from "./listen.ts";

/** When and where something is said. */
export interface Here {
  readonly now: Date;
  /** IANA, such as Europe/Berlin. */
  readonly zone: string;
}

/** A text with a moment in it. */
export interface Timed {
  /** The same with the time from now instead: "for 90 minutes", "in 90 minutes". */
  readonly text: string;
  /** That time from now, as it stands in `text`. */
  readonly fromNow: string;
  /** The moment as it can be said again: "until 2026-11-27 18:00 Europe/Berlin". */
  readonly exactly: string;
  /** The words it was said in; they are `exactly` itself when nothing had to be guessed. */
  readonly words: string;
  /** For people: "Friday 27 November 2026, 18:00 (Europe/Berlin)". */
  readonly shown: string;
  readonly isPast: boolean;
}

const mayHold =
  /\b(?:until|till|today|tonight|tomorrow|yesterday|noon|midnight|next|(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:\d{1,2}(?:st|nd|rd|th)? (?:of )?)(?:january|february|march|april|may|june|july|august|september|october|november|december)|\d{4}-\d\d-\d\d|\d{1,2}(?::\d\d| ?[ap]m))\b/iu;
const exact = /\b(until|at) (\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d) ([A-Za-z_]+(?:\/[A-Za-z_+-]+){0,2})/u;
const minuteMs = 60_000;

/** How people write "tomorrow" and "about nine" in a hurry. */
function written(text: string): string {
  return text
    .replace(/\b(?:tmrw|tmr|tmw|2morrow|2moro)\b/giu, "tomorrow")
    .replace(/\b(?:at )?(\d{1,2}(?::\d\d)?)ish\b/giu, "at $1");
}

/** A request with "in 20" in it, with the minutes that were left out; null where it has none. */
export function withMinutes(text: string): string | null {
  if (text.length > longestHeard) return null;
  const { plain } = listen(text);
  const whole = plain.replace(/(?<= in )(\d{1,3})(?= (?:to|of|about|that) |$)/iu, "$1 minutes");
  return whole === plain ? null : whole;
}

/** Whether it is worth asking what time it is. */
export function mayHoldMoment(text: string): boolean {
  return text.length <= longestHeard && mayHold.test(written(text));
}

/**
 * The moment a text speaks of, in the zone of whoever says it: "until Friday", "tomorrow 9am", "next Tuesday 14:00". A day without
 * a time lasts to its end after "until", and begins at nine otherwise. Null: there is none.
 */
export function momentIn(asWritten: string, here: Here): Timed | null {
  const text = written(asWritten);
  const said = exact.exec(text);
  if (said) {
    const [words, kind = "", year, month, day, hour, minute, zone = ""] = said;
    if (!isZone(zone)) return null;
    const at = instantAt(Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute)), zone);
    return timed(text, { words, at, until: kind === "until" }, { ...here, zone });
  }
  const [found] = casual.parse(text, { instant: wallOf(here.now, here.zone), timezone: 0 }, { forwardDate: true });
  if (found === undefined) return null;
  const before = /\b(?:(until|till)|at|on|by|for)\s+$/iu.exec(text.slice(0, found.index));
  const until = before?.[1] !== undefined || /^(?:until|till)\b/iu.test(found.text);
  const at = found.start.isCertain("timezoneOffset")
    ? found.start.date()
    : instantAt(wallTime(found.start, until), here.zone);
  return timed(text, { words: `${before?.[0] ?? ""}${found.text}`, at, until }, here);
}

const sinceWords =
  /\b(?:(?:ever )?since (?<since>\S+(?: \S+){0,4}?)|(?<day>today|this morning))(?= (?:in|on|about|with) |[\s.!?]*$)/iu;
const dayMs = 86_400_000;
const ago = new RegExp(`^${timeLength}(?= ago$|$)`, "iu");

/** Whether a text may say since when, so that it is worth asking what time it is. */
export function maySaySince(text: string): boolean {
  return text.length <= longestHeard && sinceWords.test(text);
}

/**
 * The text with the time since a moment that is past instead of the moment: "since 14:00", "since yesterday at noon" and "today" become
 * "over the last 95 minutes". A day begins at midnight, and a morning at six, in the zone of whoever says it. Null: it says no such moment.
 */
export function sinceIn(text: string, { now, zone }: Here): string | null {
  const found = sinceWords.exec(text);
  const words = found?.groups?.["since"] ?? found?.groups?.["day"];
  if (found === null || words === undefined) return null;
  const length = ago.exec(words)?.[0];
  if (length !== undefined) return text.replace(found[0], `over the last ${length}`);
  const [said] = casual.parse(words, { instant: wallOf(now, zone), timezone: 0 });
  if (said === undefined || said.text.length !== words.length) return null;
  const { start } = said;
  const hour = start.isCertain("hour")
    ? [start.get("hour") ?? 0, start.get("minute") ?? 0]
    : [/morning/iu.test(words) ? 6 : 0, 0];
  const wall = Date.UTC(start.get("year") ?? 0, (start.get("month") ?? 1) - 1, start.get("day") ?? 1, ...hour);
  let at = start.isCertain("timezoneOffset") ? start.date() : instantAt(wall, zone);
  // "Since monday" and "since 23:00" are the last ones that were.
  if (at >= now && !start.isCertain("day") && !start.isCertain("month"))
    at = new Date(at.getTime() - (start.isCertain("weekday") ? 7 : 1) * dayMs);
  if (at >= now) return null;
  const minutes = Math.ceil((now.getTime() - at.getTime()) / minuteMs);
  return text.replace(found[0], `over the last ${minutes} minutes`);
}

function timed(
  text: string,
  { words, at, until }: { readonly words: string; readonly at: Date; readonly until: boolean },
  { now, zone }: Here,
): Timed {
  const minutes = Math.ceil((at.getTime() - now.getTime()) / minuteMs);
  const wall = wallOf(at, zone);
  const fromNow = `${until ? "for" : "in"} ${Math.max(1, minutes)} minutes`;
  return {
    text: text.replace(words, fromNow),
    fromNow,
    exactly: `${until ? "until" : "at"} ${wall.toISOString().slice(0, 16).replace("T", " ")} ${zone}`,
    words,
    shown: `${day.format(wall).replace(",", "")}, ${wall.toISOString().slice(11, 16)} (${zone})`,
    isPast: minutes <= 0,
  };
}

const day = new Intl.DateTimeFormat("en-GB", {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
  timeZone: "UTC",
});

/** The time on the wall, as if it were UTC. */
function wallTime(said: ParsedComponents, until: boolean): number {
  const day = [said.get("year") ?? 0, (said.get("month") ?? 1) - 1, said.get("day") ?? 1] as const;
  if (said.isCertain("hour")) return Date.UTC(...day, said.get("hour") ?? 0, said.get("minute") ?? 0);
  return until ? Date.UTC(...day, 23, 59) : Date.UTC(...day, 9, 0);
}
