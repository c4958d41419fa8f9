/** Whether this is the name of a time zone. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** What a clock on the wall of a zone shows at an instant, as the UTC fields of a date. */
export function wallOf(at: Date, zone: string): Date {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(at);
  const field = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return new Date(
    Date.UTC(field("year"), field("month") - 1, field("day"), field("hour"), field("minute"), field("second")),
  );
}

/** The instant at which a zone's wall shows this. An hour that a clock skips is the one after it. */
export function instantAt(wall: number, zone: string): Date {
  const offsetAt = (ms: number) => wallOf(new Date(ms), zone).getTime() - ms;
  const first = wall - offsetAt(wall);
  return new Date(wall - offsetAt(first));
}
