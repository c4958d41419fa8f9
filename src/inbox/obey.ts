import type { Card } from "../domain/card.ts";
import type { Intent } from "../domain/incoming.ts";
import { canonical } from "../domain/json.ts";
import type { Batch } from "../orchestrator/batch.ts";
import { namesLast } from "../recognize/thread.ts";
import { begin } from "./begin.ts";
import { type Expectation, keyed, type Letter, type RouteParts, say, settle } from "./letter.ts";
import { fits, give, maySend, reply } from "./reply.ts";
import { toldOf } from "./told.ts";

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
  const allowed = expecting.filter((each) => fits(each, intent) && maySend(each, person));
  const own = allowed.filter((each) => each.requesterId === person.id);
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
  if (choices.length > 0) return say(parts, letter, "asked", whichOf(choices, intent));
  const definition = parts.definitions().find((each) => each.intents.includes(intent.name));
  if (!definition)
    return say(parts, letter, "nothing", {
      text:
        expecting.length > 0
          ? "There is something like that, but it is not yours to end. Ask whoever asked for it, their manager or security."
          : "There is nothing like that to end just now.",
    });
  return begin(parts, letter, definition, intent);
}

function whichOf(candidates: readonly Expectation[], intent: Intent): Card {
  const words = (each: Expectation) => Object.values(each.match).filter((value) => typeof value === "string");
  return {
    text: "Which one do you mean? Nothing was done yet.",
    buttons: candidates.slice(0, 5).map((each) => {
      const { person, resource } = each.match as { person?: string; resource?: string };
      const label = words(each).join(" · ");
      return {
        label,
        style: "default",
        say:
          intent.name === "revoke-access"
            ? `/steward revoke ${person ?? ""}'s access to ${resource ?? ""}`
            : `/steward ${intent.name} ${label}`,
      };
    }),
  };
}
