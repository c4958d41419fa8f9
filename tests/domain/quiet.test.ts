import { describe, expect, test } from "vitest";
import { parseQuietHours, quietText, quietUntil } from "../../src/domain/quiet.ts";

describe("quiet hours are read as people write them", () => {
  test.each([
    ["22:00 to 7:00", "22:00 to 07:00"],
    ["from 10pm until 7am", "22:00 to 07:00"],
    ["10pm till 7am pls", "22:00 to 07:00"],
    ["22-7", "22:00 to 07:00"],
    ["9.30 – 17.00", "09:30 to 17:00"],
    ["12am to 12pm", "00:00 to 12:00"],
    ["20 to 24", "20:00 to 00:00"],
  ])("%s", (said, text) => {
    const hours = parseQuietHours(said);
    expect(hours !== null && hours !== "off" && quietText(hours)).toBe(text);
  });

  test.each([
    "",
    "always",
    "25:00 to 7",
    "7 to 7",
    "22:70 to 7",
    "13pm to 7am",
    "0am to 3am",
    "22:00",
    "22:00 to 7:00 tomorrow",
  ])("%j is none", (said) => expect(parseQuietHours(said)).toBeNull());

  test.each(["off", "None.", "never"])("%s ends them", (said) => expect(parseQuietHours(said)).toBe("off"));
});

describe("they last until their end on the wall of the person's zone", () => {
  const night = { from: 22 * 60, to: 7 * 60 };
  test.each([
    [night, "2026-11-21T23:00:00Z", "UTC", "2026-11-22T07:00:00.000Z"],
    [night, "2026-11-22T06:59:59Z", "UTC", "2026-11-22T07:00:00.000Z"],
    [night, "2026-11-22T07:00:00Z", "UTC", null],
    [night, "2026-11-21T21:59:59Z", "UTC", null],
    [night, "2026-11-21T21:30:00Z", "Europe/Berlin", "2026-11-22T06:00:00.000Z"],
    [night, "2026-11-22T03:30:00Z", "America/New_York", "2026-11-22T12:00:00.000Z"],
    [{ from: 12 * 60, to: 13 * 60 }, "2026-11-21T12:30:00Z", "UTC", "2026-11-21T13:00:00.000Z"],
    // The night the clocks go forward: seven o'clock comes an hour sooner.
    [night, "2026-03-28T22:00:00Z", "Europe/Berlin", "2026-03-29T05:00:00.000Z"],
    // And back: an hour later.
    [night, "2026-10-24T22:00:00Z", "Europe/Berlin", "2026-10-25T06:00:00.000Z"],
    [null, "2026-11-21T23:00:00Z", "UTC", null],
  ])("%j at %s in %s: %s", (hours, now, zone, until) => {
    expect(quietUntil(hours, new Date(now), zone)?.toISOString() ?? null).toBe(until);
  });
});
