import type { IntentSpec } from "../domain/intent.ts";
import { listen, longestHeard } from "./listen.ts";
import { mayHoldMoment } from "./moment.ts";
import type { Recognition } from "./recognition.ts";

/** A request, and why it is made in the words of whoever makes it. */
export interface Reasoned {
  /** Without the reason; it keeps the question mark of the whole. */
  readonly request: string;
  readonly reason: string;
  /** It was said to be the reason: "reason: the sale begins today". Then all that follows is it, whatever it says. */
  readonly isNamed: boolean;
  /** It is a thing, and no sentence: "because of the audit". */
  readonly isThing: boolean;
}

const mark =
  /(?:^|[\s,;.:(])(because(?: of)?|becuase|becasue|beacuse|becouse|becaus|bcause|cuz|due to|(?:the )?reason(?: is|:))\s+(?=\S)/iu;
/** What may take back, bound or put off what was asked for. */
const bounds =
  /(?<![\p{L}'])(?:but|unless|except|instead|however|if|until|till|otherwise|wait|stop|cancel|abort|never ?mind|and not|in \d+|at \d+)(?![\p{L}'])/iu;
const forbids = /^(?:please )?(?:do not|don't|not|never|no)(?!\p{L})/iu;
const joint = /[,;.!?(]\s*|\s(?:and|then|so|or)\s/giu;

/** "restart checkout in production because it leaks memory", taken apart at its first such word; null where there is none. */
export function reasonIn(text: string): Reasoned | null {
  if (text.length > longestHeard) return null;
  const found = mark.exec(text);
  if (!found) return null;
  const before = text.slice(0, found.index).replace(/[\s,;.:(]+$/u, "");
  const after = text.slice(found.index + found[0].length).trim();
  const asks = /\?[\s!?.]*$/u.test(after);
  const words = after.replace(/[\s!?.)…]+$/u, "").replace(/\s+/gu, " ");
  if (before === "" || words === "") return null;
  const [, by = ""] = found;
  return {
    request: asks ? `${before}?` : before,
    reason: words,
    isNamed: /^(?:the )?reason/iu.test(by),
    isThing: / (?:of|to)$/iu.test(by),
  };
}

/** The same in one sentence, which is read as such again. */
export function withReason(request: string, { reason, isNamed, isThing }: Omit<Reasoned, "request">): string {
  return isNamed ? `${request}, reason: ${reason}` : `${request} because ${isThing ? "of " : ""}${reason}`;
}

/** What a reason says after each of its joints: there a second wish could begin. */
export function clausesOf(reason: string): string[] {
  return [...reason.matchAll(joint)].map(({ index, 0: found }) => reason.slice(index + found.length));
}

/** Whether words that were meant as a reason may take back, bound or put off what is asked for. */
function mayBound(reason: string): boolean {
  return bounds.test(reason) || clausesOf(reason).some((words) => forbids.test(words)) || mayHoldMoment(reason);
}

/** What a request comes to, with its reason. */
export function reasonedFor(
  request: Exclude<Recognition, { kind: "unknown" | "help" }>,
  reasoned: Reasoned,
  intents: readonly IntentSpec[],
): Recognition {
  const { reason } = reasoned;
  const isDoubtful = !reasoned.isNamed && mayBound(reason);
  const named = { ...reasoned, isNamed: reasoned.isNamed || isDoubtful };
  switch (request.kind) {
    case "intent": {
      const isQuestion = intents.some(({ name, question }) => name === request.intent.name && question);
      return isDoubtful && !isQuestion
        ? { kind: "didYouMean", suggestions: [withReason(listen(reasoned.request).sentence, named)] }
        : { ...request, intent: { ...request.intent, reason } };
    }
    case "incomplete": {
      const missing = request.missing.map((each) => ({
        ...each,
        ...(each.choices && {
          choices: each.choices.map(({ value, say }) => ({ value, say: withReason(say, named) })),
        }),
      }));
      return { ...request, intent: { ...request.intent, reason }, missing };
    }
    case "didYouMean":
      return { ...request, suggestions: request.suggestions.map((each) => withReason(each, named)) };
  }
}
