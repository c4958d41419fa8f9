import { isId } from "../domain/ids.ts";

/** What a button says that begins something once for each person, however often they press it. `card` is the id of what it is on. */
export function sayOnce(card: string, sentence: string): string {
  return `/steward once ${card}: ${sentence}`;
}

/** The same, and although the very same is asked of people already. */
export function sayAnyway(card: string, sentence: string): string {
  return `/steward anyway ${card}: ${sentence}`;
}

/** A text without that, and the card it was said on; null where it was not said by such a button. */
export function readOnce(text: string): {
  readonly text: string;
  readonly card: string | null;
  readonly anyway: boolean;
} {
  const [mark = "", word = "", card = ""] = /^(once|anyway) (\S+): /.exec(text) ?? [];
  return isId(card)
    ? { text: text.slice(mark.length), card, anyway: word === "anyway" }
    : { text, card: null, anyway: false };
}
