import type { Gap } from "../domain/card.ts";
import type { IntentSpec } from "../domain/intent.ts";
import { grammarOf, sentenceFor } from "./grammar.ts";
import { listen, longestHeard } from "./listen.ts";
import type { Known } from "./near.ts";
import { offer } from "./offer.ts";
import { type Recognition, recognize } from "./recognize.ts";

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
  const value = new RegExp(`^${leading}(${slot.grammar})$`, "iu").exec(slot.kind === "text" ? plain : sentence)?.[1];
  if (value === undefined) return null;
  const said = { ...gap.said, [gap.param]: slot.canonical(value) };
  const heard = recognize(sentenceFor(grammarOf(spec), said), intents, known);
  if (heard.kind === "intent" && [spec.name, spec.alsoNamed?.intent].includes(heard.intent.name)) return heard;
  return offer(grammarOf(spec), [said], known);
}
