const days = ["Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays"];
/** On so many different days at least: fewer have no rhythm. */
const fewestDays = 3;
/** How many of all must fit, as a share. */
const enough = 0.8;
const nearMinutes = 90;
const dayMinutes = 24 * 60;

/** "mostly on Mondays at about 09:00 UTC": when these instants (ISO) fall together; null where they do not. */
export function rhythmOf(instants: readonly string[]): string | null {
  const moments = instants.map((at) => new Date(at));
  if (new Set(instants.map((at) => at.slice(0, 10))).size < fewestDays) return null;
  const fits = (count: number) => count >= moments.length * enough;
  const day = days.find((_, weekday) => fits(moments.filter((at) => at.getUTCDay() === weekday).length));
  const minutes = moments.map((at) => at.getUTCHours() * 60 + at.getUTCMinutes());
  const after = (from: number) =>
    minutes.map((at) => (at - from + dayMinutes) % dayMinutes).filter((gap) => gap <= nearMinutes);
  const best = minutes.map((from) => ({ from, gaps: after(from) })).sort((a, b) => b.gaps.length - a.gaps.length)[0];
  const hour = best !== undefined && fits(best.gaps.length) ? clock(best.from + Math.max(...best.gaps) / 2) : null;
  const words = [...(day === undefined ? [] : [`on ${day}`]), ...(hour === null ? [] : [`at about ${hour} UTC`])];
  return words.length === 0 ? null : `mostly ${words.join(" ")}`;
}

/** To the half hour. */
function clock(minute: number): string {
  const at = (Math.round(minute / 30) * 30) % dayMinutes;
  return `${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`;
}
