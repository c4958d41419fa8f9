import { describe, expect, test } from "vitest";
import { mayHoldMoment, momentIn } from "../../src/recognize/moment.ts";

// A Saturday, 10:15 in Berlin.
const now = new Date("2026-11-21T09:15:30Z");
const berlin = { now, zone: "Europe/Berlin" };
const minutes = (to: string) => Math.ceil((Date.parse(to) - now.getTime()) / 60_000);

describe("a moment is taken in the zone of whoever says it", () => {
  test.each<[string, string, string, string]>([
    ["access to billing until friday", "Europe/Berlin", "until 2026-11-27 23:59 Europe/Berlin", "2026-11-27T22:59Z"],
    [
      "access to billing till tomorrow 9am",
      "Europe/Berlin",
      "until 2026-11-22 09:00 Europe/Berlin",
      "2026-11-22T08:00Z",
    ],
    ["access until tomorrow 9am", "America/New_York", "until 2026-11-22 09:00 America/New_York", "2026-11-22T14:00Z"],
    ["remind me tomorrow at 9 to call", "Asia/Tokyo", "at 2026-11-22 09:00 Asia/Tokyo", "2026-11-22T00:00Z"],
    ["remind me next tuesday 14:00 to call", "Europe/Berlin", "at 2026-11-24 14:00 Europe/Berlin", "2026-11-24T13:00Z"],
    ["remind me tmrw 9ish to call", "UTC", "at 2026-11-22 09:00 UTC", "2026-11-22T09:00Z"],
    ["remind me on monday to call", "UTC", "at 2026-11-23 09:00 UTC", "2026-11-23T09:00Z"],
    ["access until 2027-04-01 12:00", "Europe/Berlin", "until 2027-04-01 12:00 Europe/Berlin", "2027-04-01T10:00Z"],
    [
      "access until tonight at 23:30",
      "Pacific/Kiritimati",
      "until 2026-11-21 23:30 Pacific/Kiritimati",
      "2026-11-21T09:30Z",
    ],
  ])("%s, in %s", (text, zone, exactly, at) => {
    const timed = momentIn(text, { now, zone });
    expect(timed).toMatchObject({ exactly, isPast: false });
    expect(timed?.text).toContain(`${exactly.startsWith("until") ? "for" : "in"} ${minutes(at)} minutes`);
    // Said exactly, it is the same moment wherever it is read.
    const again = momentIn(text.replace(timed?.words ?? "", exactly), { now, zone: "UTC" });
    expect(again).toMatchObject({ exactly, words: exactly, fromNow: timed?.fromNow });
  });

  test("what people read has the day, the time and the zone", () => {
    expect(momentIn("until friday 18:00", berlin)?.shown).toBe("Friday 27 November 2026, 18:00 (Europe/Berlin)");
  });

  test("across the day a clock is put forward or back, the wall counts", () => {
    const spring = { now: new Date("2027-03-27T12:00:00Z"), zone: "Europe/Berlin" };
    expect(momentIn("until tomorrow 9am", spring)?.fromNow).toBe(`for ${19 * 60} minutes`);
    expect(momentIn("until tomorrow 2:30", spring)?.fromNow).toBe(`for ${13 * 60 + 30} minutes`);
    const autumn = { now: new Date("2026-10-24T12:00:00Z"), zone: "Europe/Berlin" };
    expect(momentIn("until tomorrow 9am", autumn)?.fromNow).toBe(`for ${20 * 60} minutes`);
  });

  test("what is over is said to be", () => {
    expect(momentIn("access until 2026-11-20 10:00", berlin)).toMatchObject({ isPast: true });
  });
});

test.each(["restart checkout in production", "how is checkout?", "x".repeat(40_000), ""])("%s holds none", (text) => {
  expect(mayHoldMoment(text)).toBe(false);
});

test("a zone that is none is no moment", () => {
  expect(momentIn("until 2026-11-27 23:59 Mars/Olympus", berlin)).toBeNull();
});
