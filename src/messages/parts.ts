import type { Card } from "../domain/card.ts";

/** Characters of words in one message that every platform shows whole (Discord takes 4000 with everything on it). */
const longest = 3000;
/** However much stands beside it, so much of a text is in the first message. */
const leastFirst = 600;
/** Messages of one card; what is left over is on its page. */
const most = 5;

/**
 * A card whose text is too long for one message, as several in order: the first has everything but the rest of the text,
 * which follows, cut between paragraphs, lines, sentences or words. A card that asks for a decision stays in one piece, so
 * that what is decided is what it shows.
 */
export function partsOf(card: Card): { readonly first: Card; readonly rest: readonly Card[] } {
  const { text, title = "", fields = [], outcome = "", code = "", buttons = [], link, report } = card;
  const beside = [title, outcome, code, ...fields.flatMap(({ label, value }) => [label, value])];
  const room = Math.max(leastFirst, longest - beside.reduce((sum, words) => sum + words.length, 0));
  if (text.length <= room || buttons.some((button) => "decide" in button)) return { first: card, rest: [] };
  const pieces = [text.slice(0, cutIn(text, room))];
  for (let at = pieces[0]?.length ?? 0; at < text.length && pieces.length < most; ) {
    const left = text.slice(at);
    pieces.push(left.slice(0, cutIn(left, longest)));
    at += pieces.at(-1)?.length ?? 0;
  }
  const missing = text.length - pieces.reduce((sum, piece) => sum + piece.length, 0);
  // What a piece begins with may be how far a line is indented.
  const [first = "", ...others] = fenced(pieces.map((piece) => piece.replace(/^\s*\n/, "").trimEnd()));
  return {
    first: { ...card, text: first },
    rest: others.map((piece, i) => {
      const alike = report === undefined ? {} : { report };
      if (missing === 0 || i < others.length - 1) return { text: piece, ...alike };
      return { text: `${piece}… (${missing} characters more)`, ...alike, ...(link !== undefined && { link }) };
    }),
  };
}

/** What stands between lines of backticks is closed where a piece ends, and goes on so in the next. */
function fenced(pieces: readonly string[]): string[] {
  let isOpen = false;
  return pieces.map((piece) => {
    const begun = isOpen ? `\`\`\`\n${piece}` : piece;
    isOpen = [...begun.matchAll(/^```$/gm)].length % 2 === 1;
    return isOpen ? `${begun}\n\`\`\`` : begun;
  });
}

/** Where to end a piece of at most `room` characters: in its second half, at the best place there is. */
function cutIn(text: string, room: number): number {
  if (text.length <= room) return text.length;
  const piece = text.slice(0, room);
  for (const end of [/\n\s*\n/g, /\n/g, /[.!?…]["”’)]?\s/g, /\s/g]) {
    const last = [...piece.matchAll(end)].at(-1);
    if (last && last.index + last[0].length > room / 2) return last.index + last[0].length;
  }
  // Never half of a surrogate pair.
  return /[\ud800-\udbff]$/.test(piece) ? room - 1 : room;
}
