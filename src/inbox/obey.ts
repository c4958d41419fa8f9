import type { Card } from "../domain/card.ts";
import type { Intent } from "../domain/incoming.ts";
import type { IntentSpec } from "../domain/intent.ts";
import { canonical } from "../domain/json.ts";
import { shorten } from "../domain/text.ts";
import { type Batch, conversationAt } from "../orchestrator/batch.ts";
import { isAbout, sentenceWith } from "../recognize/recognize.ts";
import { namesLast } from "../recognize/thread.ts";
import { begin } from "./begin.ts";
import { type Expectation, keyed, type Letter, type RouteParts, say, settle } from "./letter.ts";
import { give, maySend, reply } from "./reply.ts";
import { toldOf } from "./told.ts";

const longestLabel = 70;

/** Does what was understood: tells of a run, answers what waits for it, or begins the definition that it starts. */
export async function obey(parts: RouteParts, letter: Letter, intent: Intent): Promise<void> {
  const { incoming, person } = letter;
  const naming = namesLast(intent, parts.intents);
  if (naming !== null) {
    const last = await parts.newestOf(incoming.tenant, "incident", person.id);
    if (last === null)
      return say(parts, letter, "nothing", { text: "There is no incident that you may see." }, person.id);
    return obey(parts, letter, naming(last));
  }
  const spec = parts.intents.find(({ name }) => name === intent.name);
  if (spec?.tells) {
    const asked = { tenant: incoming.tenant, run: String(intent.params["run"]), personId: person.id };
    return say(parts, letter, "answered", await toldOf(parts, spec.tells, asked), person.id);
  }
  if (spec?.answer) return reply(parts, letter, intent);
  const expecting = await parts.expectations(incoming.tenant, intent.name);
  const allowed = expecting.filter((each) => isAbout(intent, each.match, spec) && maySend(each, person));
  const all = allowed.filter((each) => each.requesterId === person.id);
  const thread = incoming.place && conversationAt(incoming.tenant, incoming.place);
  const here = all.filter(({ conversationId }) => conversationId === thread);
  const own = here.length > 0 ? here : all;
  const named = intent.params["person"] !== undefined;
  const meant = named ? allowed : own;
  const [one] = meant;
  // Nobody could say which of several that wait for the very same: it is for all of them.
  if (one && meant.every(({ match }) => canonical(match) === canonical(one.match))) {
    const giving = async (batch: Batch) => {
      for (const each of meant) await give(batch, letter, each, intent);
    };
    return settle(
      parts,
      keyed(letter),
      `expected:${one.actorId}`,
      giving,
      meant.map(({ actorId }) => actorId),
    );
  }
  // Somebody else's is ended only by name, even when there is just one.
  const choices = one ? meant : allowed;
  if (choices.length > 0) return say(parts, letter, "asked", whichOf(choices, spec), person.id);
  const definition = parts.definitions().find((each) => each.intents.includes(intent.name));
  if (!definition) {
    const text = expecting.some(({ roles }) => roles.length > 0)
      ? "There is something like that, but it is not yours to end. Ask whoever asked for it, their manager or security."
      : "There is nothing like that to end just now.";
    return say(parts, letter, "nothing", { text }, person.id);
  }
  return begin(parts, letter, definition, intent);
}

/** Each button says in a sentence which one is meant. */
function whichOf(candidates: readonly Expectation[], spec: IntentSpec | undefined): Card {
  const wordsOf = ({ match }: Expectation) =>
    Object.entries(match).map(([name, value]) => [name, String(value)] as const);
  return {
    text: "Which one do you mean? Nothing was done yet.",
    buttons: candidates.slice(0, 5).flatMap((each) => {
      const words = wordsOf(each);
      const whole = spec && sentenceWith(spec, Object.fromEntries(words));
      const say = whole ?? (spec && words.map(([name, value]) => sentenceWith(spec, { [name]: value })).find(Boolean));
      const label = words.map(([, value]) => value).join(" · ");
      return say ? [{ label: shorten(label, longestLabel), style: "default", say: `/steward ${say}` } as const] : [];
    }),
  };
}
