import { instantAt, wallOf } from "./zone.ts";

/** A stretch of every day, in minutes after midnight on the wall of a person's zone. Where `to` is before `from` it goes over midnight. */
export interface QuietHours {
  readonly from: number;
  readonly to: number;
}

const time = String.raw`(\d{1,2})(?:[:.](\d\d))?\s*([ap]m)?`;
const hours = new RegExp(`^(?:(?:from|between)\\s+)?${time}\\s*(?:to|until|till|and|-|–)\\s*${time}$`, "i");

/** Reads "22:00 to 7:00", "from 10pm until 7am", "22-7", or "off"; null when it is none of these or lasts no time. */
export function parseQuietHours(text: string): QuietHours | "off" | null {
  const said = text.trim().replace(/(?:,?\s*(?:please|pls|plz|thanks|thx))?[.!]*$/i, "");
  if (/^(?:off|none|never)$/i.test(said)) return "off";
  const [, fromHour, fromMinute, fromHalf, toHour, toMinute, toHalf] = hours.exec(said) ?? [];
  const [from, to] = [minuteOf(fromHour, fromMinute, fromHalf), minuteOf(toHour, toMinute, toHalf)];
  return from === null || to === null || from === to ? null : { from, to };
}

function minuteOf(hour: string | undefined, minute = "0", half = ""): number | null {
  const [h, m] = [Number(hour), Number(minute)];
  if (!(m < 60) || (half === "" ? !(h <= 24) : !(h >= 1 && h <= 12))) return null;
  const whole = half === "" ? h : (h % 12) + (half.toLowerCase() === "pm" ? 12 : 0);
  return (whole * 60 + m) % 1440;
}

/** "22:00 to 07:00". */
export function quietText({ from, to }: QuietHours): string {
  return `${clock(from)} to ${clock(to)}`;
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

/** When the quiet hours end that it is in now; null when it is in none. */
export function quietUntil(quiet: QuietHours | null, now: Date, zone: string): Date | null {
  if (quiet === null) return null;
  const wall = wallOf(now, zone);
  const minute = wall.getUTCHours() * 60 + wall.getUTCMinutes();
  const { from, to } = quiet;
  const inside = from < to ? minute >= from && minute < to : minute >= from || minute < to;
  if (!inside) return null;
  const midnight = Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate());
  const day = minute < to ? 0 : 1440;
  return instantAt(midnight + (day + to) * 60_000, zone);
}
