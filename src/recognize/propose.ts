import { z } from "zod";
import type { IntentSpec } from "../domain/intent.ts";
import { type Grammar, grammarOf, isOffered } from "./grammar.ts";
import { honest } from "./left-out.ts";
import { listen, longestHeard } from "./listen.ts";
import type { Known } from "./near.ts";
import { offer } from "./offer.ts";
import { planFor, planIntent } from "./planned.ts";
import { type Recognition, recognize } from "./recognize.ts";
import { isName } from "./slot.ts";

export { isJoined, planFor } from "./planned.ts";

/** What a model takes a text for. It is a proposal: our own rules judge it, and people confirm what changes anything. */
export type Proposed = z.output<typeof shape>;

const shape = z.strictObject({
  intent: z.string().nullable(),
  params: z.record(z.string(), z.string().max(longestHeard)),
  confidence: z.number().min(0).max(1),
});

/** Below this a proposal is no better than a question back. */
const enough = 0.6;

/** One question to a model with an answer of a given shape, asked and paid for once under its key. */
interface Asking {
  structured(wanted: {
    readonly tenant: string;
    readonly purpose: string;
    readonly key: string;
    readonly personId: string | null;
    readonly schema: typeof shape;
    readonly system: string;
    readonly text: string;
  }): Promise<Proposed | null>;
}

/** Asks a model what a text wants. Null where there is none, no money left or no answer. */
export function proposer(model: Asking, intents: () => readonly IntentSpec[]) {
  return ({ id, ...asked }: { tenant: string; id: string; personId: string; text: string }): Promise<Proposed | null> =>
    model.structured({ ...asked, key: id, purpose: "recognize", schema: shape, system: instructionsFor(intents()) });
}

/** Whether a text may be put to a model: what is too long to be read by us is no request, and what forbids something asks for nothing. */
export function mayBeProposed(text: string): boolean {
  return text.length <= longestHeard && !listen(text).negated;
}

/**
 * What a proposal comes to. A value must be one of the choices or in the text itself, a name must exist, and every sentence
 * that is offered must be understood when it is said: a model can neither invent a target nor smuggle a second request in. What
 * it takes for several requests is offered a plan of all that its writer said, in their words.
 */
export function judgeProposed(
  { intent, params, confidence }: Proposed,
  text: string,
  intents: readonly IntentSpec[],
  known: Known,
): Recognition {
  const spec = intents.find(({ name }) => name === intent);
  if (spec === undefined || !isOffered(spec) || confidence < enough || !mayBeProposed(text)) return { kind: "unknown" };
  if (spec === planIntent(intents)) {
    const say = planFor(text, intents, known);
    return say === null ? { kind: "unknown" } : { kind: "didYouMean", suggestions: [say] };
  }
  const grammar = grammarOf(spec);
  const heard = offer(grammar, [groundedIn(text, grammar, params)], known);
  if (heard.kind !== "didYouMean") return honest(heard, text, intents, known);
  const suggestions = heard.suggestions.filter((each) => {
    const again = recognize(each, intents, known);
    return again.kind === "intent" && again.intent.name === spec.name;
  });
  return suggestions.length === 0
    ? { kind: "unknown" }
    : honest({ kind: "didYouMean", suggestions }, text, intents, known);
}

/** The values that a text really holds; choices may be said in any words. */
function groundedIn(text: string, { slots }: Grammar, params: Proposed["params"]): Record<string, string> {
  const said = plain(text);
  return Object.fromEntries(
    [...slots.values()].flatMap((slot): [string, string][] => {
      const value = Object.hasOwn(params, slot.param) ? (params[slot.param] ?? "").trim() : "";
      const meant = slot.canonical(value);
      const isThere =
        slot.kind === "choice"
          ? slot.choices.includes(meant)
          : value !== "" && said.includes(plain(value)) && (slot.kind !== "name" || isName(meant));
      return isThere ? [[slot.param, meant]] : [];
    }),
  );
}

function plain(text: string): string {
  return ` ${text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .join(" ")} `;
}

/** What a model is told: the same for every text. */
function instructionsFor(intents: readonly IntentSpec[]): string {
  const plan = planIntent(intents);
  const several = plan ? `intent is ${plan.name}, without parameters, when it makes several requests at once. ` : "";
  const lines = intents.filter(isOffered).map((spec) => {
    const slots = [...grammarOf(spec).slots.values()].map(({ param, kind, choices }) =>
      choices.length > 0 ? `${param}: ${choices.join("|")}` : `${param}: ${kind}`,
    );
    return `- ${spec.name} (${slots.join(", ")}): ${spec.summary}. Example: ${spec.examples[0] ?? ""}`;
  });
  return [
    "Somebody wrote a message to Steward. Say which one of these requests it makes, with its parameters as words from the message:",
    ...lines,
    `${several}intent is null when it makes none of them${plan ? "" : ", makes several"}, reports what others said, or forbids something. Leave out a parameter the message does not give. confidence is between 0 and 1.`,
  ].join("\n");
}
