import type { Gap } from "../domain/card.ts";
import type { IntentSpec } from "../domain/intent.ts";
import { grammarOf, matchWhole, sentenceFor } from "./grammar.ts";
import { listen, longestHeard } from "./listen.ts";
import type { Known } from "./near.ts";
import { offer } from "./offer.ts";
import { type Recognition, recognize } from "./recognize.ts";
import type { Slot } from "./slot.ts";

const leading = "(?:(?:in|for|to|on|at|about|of|from|until|the|it is|it's|make it) )*";
const wonders =
  /^(?:who|what|what's|when|where|which|why|how|how's|is|are|do|does|did|can|could|should|show|list|tell me|give me)\b/i;

/** Whether a text is a question of its own, and so no answer to one of ours. */
export function asksItself(text: string): boolean {
  const { sentence, asks } = listen(text);
  return asks || wonders.test(sentence);
}

/** What is asked for when a bare answer ("5", "in 10 minutes") fills the gap that was asked about; null where it is no value for it. */
export function filledIn(text: string, gap: Gap, intents: readonly IntentSpec[], known: Known): Recognition | null {
  const spec = intents.find(({ name }) => name === gap.intent);
  const slot = spec && grammarOf(spec).slots.get(gap.param);
  if (spec === undefined || slot === undefined || text.length > longestHeard) return null;
  const { sentence, plain, negated } = listen(text);
  if (negated || asksItself(text)) return null;
  const value = valueIn(slot.kind === "text" ? plain : sentence, slot);
  if (value === undefined) return null;
  const said = { ...gap.said, [gap.param]: slot.canonical(value) };
  const heard = recognize(sentenceFor(grammarOf(spec), said), intents, known);
  if (heard.kind === "intent" && [spec.name, spec.alsoNamed?.intent].includes(heard.intent.name)) return heard;
  return offer(grammarOf(spec), [said], known);
}

/**
 * The sentence that was offered with another value in it, where that is all a text says: "for a day", "read", "in staging instead".
 * Null where it is no value of what was offered, or the sentence would not be understood.
 */
export function refined(text: string, offered: string, intents: readonly IntentSpec[], known: Known): string | null {
  const heard = recognize(offered, intents, known);
  const spec = heard.kind === "intent" ? intents.find(({ name }) => name === heard.intent.name) : undefined;
  const said = spec && matchWhole(grammarOf(spec), listen(offered).sentence)?.said;
  if (spec === undefined || said === undefined || text.length > longestHeard) return null;
  const grammar = grammarOf(spec);
  const { sentence, negated } = listen(text.replace(/ instead[\s.!]*$/iu, ""));
  if (negated || asksItself(text)) return null;
  for (const slot of grammar.slots.values()) {
    const isOpen = slot.kind === "choice" || slot.kind === "duration" || known[slot.param] !== undefined;
    const value = isOpen ? valueIn(sentence, slot) : undefined;
    if (value === undefined) continue;
    const say = sentenceFor(grammar, { ...said, [slot.param]: slot.canonical(value) });
    const again = recognize(say, intents, known);
    if (again.kind === "intent" && again.intent.name === spec.name) return say;
  }
  return null;
}

/** The value that is all a text says: "for 2 hours" says "2 hours". */
function valueIn(text: string, { grammar }: Slot): string | undefined {
  return new RegExp(`^${leading}(${grammar})$`, "iu").exec(text)?.[1];
}
