import type { IntentSpec } from "../domain/intent.ts";
import { grammarOf, isOffered, sentenceFor } from "./grammar.ts";
import { listen, longestHeard, withoutPlease, withoutThanks } from "./listen.ts";
import type { Known } from "./near.ts";
import { recognize } from "./recognize.ts";

/** What takes a whole message that makes several requests; undefined where nothing here does. */
export function planIntent(intents: readonly IntentSpec[]): IntentSpec | undefined {
  return intents.find((spec) => spec.several !== undefined && isOffered(spec));
}

const joint = /[\s,;.](?:and|then|afterwards|also|next|finally|lastly|after (?:that|this))(?: \S+){2}|;/iu;

/** Whether a text may make several requests: after an "and" or a "then" follows more than one word. */
export function isJoined(text: string): boolean {
  return text.length <= longestHeard && joint.test(withoutThanks(listen(text).plain));
}

/** The sentence that has a plan made of all that a text wants. Null where no plan can be made here, and for what only asks or forbids something. */
export function planFor(text: string, intents: readonly IntentSpec[], known: Known): string | null {
  const spec = planIntent(intents);
  if (spec?.several === undefined || text.length > longestHeard) return null;
  const { plain, asks, negated } = listen(text);
  if (asks || negated) return null;
  const say = sentenceFor(grammarOf(spec), { [spec.several]: withoutThanks(withoutPlease(plain)) });
  const heard = recognize(say, intents, known);
  return heard.kind === "intent" && heard.intent.name === spec.name ? say : null;
}
