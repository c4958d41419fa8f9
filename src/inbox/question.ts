import type { Card } from "../domain/card.ts";
import type { IntentSpec } from "../domain/intent.ts";
import { listen, sameWord } from "../recognize/recognize.ts";

/** A question of Steward's that is its last word in a thread, put to whoever wrote there now. */
export interface Question {
  readonly card: Card;
  /** What became of the message it answers: how it was not understood. */
  readonly outcome: string;
  /** Only they see it. */
  readonly alone: boolean;
}

/** The button of every "did you mean" that leads to people instead. */
export const noneOfThese = "None of these: ask a person";

const yes =
  /^(?:y|yes|yep|yeah|sure|ok|okay|correct|right|exactly|do it|go ahead|please do)(?:[, ]+(?:please|thanks|do it|go ahead))?$/;
const no =
  /^(?:n|no|nope|none|none of (?:these|them)|never ?mind|forget it|(?:cancel|stop)(?: (?:that|it|this))?)(?:[, ]+(?:please|thanks|thank you))?$/;
const small = new Set(["in", "on", "the", "a", "it", "to", "my"]);

/** Whether a text says yes or no, and nothing else. */
export function isYesOrNo(text: string): boolean {
  const plain = text
    .replace(/^\s*(?:@steward|<@[^>\s]+>)[,:]?/iu, "")
    .trim()
    .toLowerCase()
    .replace(/[\s.!]+$/u, "");
  return yes.test(plain) || no.test(plain);
}

/**
 * What a text answers to a question: the sentence of the button it means, or no. It means a button by its words, by words
 * that only this button has, or by yes where there is but one. Null is something else: no guess is made here.
 */
export function answerTo(
  card: Card,
  text: string,
  intents: readonly IntentSpec[],
): { readonly kind: "pressed"; readonly say: string } | { readonly kind: "no" } | null {
  const plain = text
    .trim()
    .toLowerCase()
    .replace(/[\s.!]+$/u, "");
  if (no.test(plain)) return { kind: "no" };
  const buttons = (card.buttons ?? []).flatMap((button) => ("say" in button ? [button] : []));
  const exact = buttons.find(
    ({ label, say }) =>
      [label.toLowerCase(), bare(say)].includes(plain) || (label === noneOfThese && plain === "ask a person"),
  );
  if (exact) return { kind: "pressed", say: exact.say };
  const offered = buttons.filter(({ label }) => label !== noneOfThese);
  const [only, ...others] = offered;
  if (only && others.length === 0) return yes.test(plain) ? { kind: "pressed", say: only.say } : null;
  const { sentence, asks, negated } = listen(text);
  const words = sentence
    .toLowerCase()
    .split(" ")
    .filter((word) => word !== "" && !small.has(word));
  if (words.length === 0 || asks || negated) return null;
  const meant = offered.filter(({ label, say }) => {
    const said = [...bare(say).split(" "), ...label.toLowerCase().split(/[\s:]+/)];
    return words.every((word) => said.includes(word) || said.includes(sameWord(word, intents)));
  });
  return meant[0] && meant.length === 1 ? { kind: "pressed", say: meant[0].say } : null;
}

function bare(say: string): string {
  return listen(say).sentence.toLowerCase();
}
