/** "14:03", in UTC. */
export function atMinute(at: number): string {
  return new Date(at).toISOString().slice(11, 16);
}

/** "21 Nov 2026", in UTC. */
export function dayOf(at: number): string {
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(
    at,
  );
}

/** A value as people say it: whole from ten on, "1,250" from a thousand on, "1.3M" from a million on. */
export function rounded(value: number): string {
  if (Math.abs(value) >= 1e6) return shortly(value);
  const digits = Math.abs(value) >= 10 ? 0 : 1;
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}

/** A value beside an axis, five characters at most: "950", "1.3k", "12M". */
export function shortly(value: number): string {
  return value.toLocaleString("en", { notation: "compact", maximumFractionDigits: Math.abs(value) < 10 ? 1 : 0 });
}

/** How wide a character of DejaVu Sans is at most, bold or not, in parts of the font's size. What the font has not is drawn as a box. */
function widest(character: string): number {
  if (/[ijl.,:;!|'’ │┆]/.test(character)) return 0.46;
  if (/[mwMW@%&]/.test(character)) return 1.11;
  if (/[A-Z]/.test(character)) return 0.86;
  return /[\x20-\x7e]/.test(character) ? 0.75 : 1.15;
}

/** A text in at most so many lines, each within the room (pixels); what is left over is cut, and that is shown. */
export function fitted(
  text: string,
  type: { readonly room: number; readonly size: number; readonly bold: boolean; readonly lines: number },
): readonly string[] {
  const room = type.room / type.size / (type.bold ? 1 : 0.9);
  const kept: string[] = [];
  for (let rest = [...text.replace(/\s+/g, " ").trim()]; rest.length > 0; ) {
    let end = prefix(rest, room);
    if (end < rest.length) {
      if (kept.length === type.lines - 1) {
        kept.push(
          `${rest
            .slice(0, prefix(rest, room - widest("…")))
            .join("")
            .trimEnd()}…`,
        );
        break;
      }
      const space = rest.lastIndexOf(" ", end);
      if (space > 0) end = space;
    }
    kept.push(rest.slice(0, end).join("").trim());
    rest = rest.slice(rest[end] === " " ? end + 1 : end);
  }
  return kept;
}

/** How many of these characters fit into a room counted in parts of the font's size; at least one. */
function prefix(characters: readonly string[], room: number): number {
  let wide = 0;
  const over = characters.findIndex((one) => {
    wide += widest(one);
    return wide > room;
  });
  return over === -1 ? characters.length : Math.max(1, over);
}
