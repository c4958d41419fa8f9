const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const longest = 366 * 86_400_000;

/** Milliseconds of "500ms", "30s", "5m", "2h", "1d", "2 hours", "90 minutes"; null when it is none of these or over a year. */
export function parseDuration(text: string): number | null {
  const match =
    /^\s*(\d+(?:\.\d+)?)\s*(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)\s*$/i.exec(text);
  if (!match) return null;
  const [, amount = "", name = ""] = match;
  const unit =
    name.toLowerCase().startsWith("ms") || name.toLowerCase().startsWith("milli")
      ? "ms"
      : (name[0] ?? "").toLowerCase();
  const ms = Number(amount) * (units[unit] ?? Number.NaN);
  return Number.isFinite(ms) && ms <= longest ? Math.round(ms) : null;
}

/** "2 hours", "1 minute 30 seconds": the two largest units, for people. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const parts: string[] = [];
  let rest = Math.round(ms / 1000) * 1000;
  for (const [size, name] of [
    [86_400_000, "day"],
    [3_600_000, "hour"],
    [60_000, "minute"],
    [1000, "second"],
  ] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? "" : "s"}`);
  }
  return parts.slice(0, 2).join(" ");
}

/** The same for what people read in passing: from ten minutes on in whole minutes, from a day on in whole hours. */
export function roughly(ms: number): string {
  const grain = ms >= 86_400_000 ? 3_600_000 : ms >= 600_000 ? 60_000 : 1;
  return formatDuration(Math.floor(ms / grain) * grain);
}
