import { isId } from "../domain/ids.ts";

/** What a button says that begins something once for each person, however often they press it. `card` is the id of what it is on. */
export function sayOnce(card: string, sentence: string): string {
  return `/steward once ${card}: ${sentence}`;
}

/** A text without that, and the card it was said on; null where it was not said by such a button. */
export function readOnce(text: string): { readonly text: string; readonly card: string | null } {
  const [mark = "", card = ""] = /^once (\S+): /.exec(text) ?? [];
  return isId(card) ? { text: text.slice(mark.length), card } : { text, card: null };
}
