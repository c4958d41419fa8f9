import { newId, shortId } from "../domain/ids.ts";
import type { Intent } from "../domain/incoming.ts";
import { canonical } from "../domain/json.ts";
import { shorten } from "../domain/text.ts";
import { conversationAt } from "../orchestrator/batch.ts";
import { listen } from "../recognize/recognize.ts";
import { type Letter, type OwnGate, type RouteParts, say } from "./letter.ts";
import { obey } from "./obey.ts";

const thing =
  "(?:help )?(?:requests?|restarts?|reboots?|roll ?backs?|scaling|access|grants?|changes?|deploys?|questions?|wish|approvals?|thing)";
const what = `(?: (?:it|this|that|all of (?:it|them)|(?:all (?:of )?)?(?:my|the|this|that) ${thing}))?`;
const done =
  "(?:(?:thanks|thank you|thx|ok|okay|done|all done|I(?:'m| am|m) done)[,.! ]+)*(?:(?:and )?you (?:can|may) )?";
const firm = new RegExp(
  `^${done}(?:withdraw|cancel|abort|revoke|call${what} off|call off|scrap|(?:take|give)${what} back)(${what})(?: (R-[0-9A-Z]{6}))?$`,
  "iu",
);
const soft = new RegExp(
  `^(?:no,? )?(?:(?:never ?mind|nvm|forget|forget about|stop|scrap|scratch)(${what})|I changed my mind|(?:it is |it's )?(?:not|no longer) needed(?: any ?more)?)$`,
  "iu",
);
/** Where something waits already, its asker takes it back, or at least part of it. */
const second =
  /^(?:actually|wait|hold on|hmm+|oops|sorry|no|nope|on second thoughts?|oh)\b|\b(?:forget|nvm|never ?mind|scratch|scrap|instead|wrong|mistake|typo|changed my mind)\b/iu;
const mostButtons = 5;
const nothing = { text: "Nothing of yours waits for others to approve it, so there is nothing to take back." };

/**
 * What is done when somebody takes back, in words, what waits for others on their behalf; null when the text or the place is about
 * something else. It is the press of Withdraw on each card of one run. After a question of ours, "never mind" may mean the question
 * alone: then that is dropped, and what still waits is offered to be withdrawn. So it is where they think again ("actually staging
 * is enough"), and where they name what they called for elsewhere ("nvm the restart").
 */
export async function takenBack(parts: RouteParts, letter: Letter): Promise<(() => Promise<void>) | null> {
  const { incoming, person, id } = letter;
  const { tenant, place, text } = incoming;
  if (text.length > 200) return null;
  const { sentence, asks, negated } = listen(text);
  const said = firm.exec(sentence);
  const dropped = said ?? soft.exec(sentence);
  const again = dropped === null && !letter.pressed && !asks && (negated || second.test(sentence));
  if (!dropped && !again) return null;
  const short = said?.[2]?.toUpperCase();
  const conversationId = place && conversationAt(tenant, place);
  const where = short ? { short } : conversationId ? { conversationId } : null;
  const here = where ? await parts.ownGates(tenant, person.id, where, id) : [];
  const isNamed = new RegExp(`${thing}$`, "iu").test(sentence) && incoming.addressed;
  const gates = here.length === 0 && dropped && isNamed ? await parts.ownGates(tenant, person.id, null, id) : here;
  if (gates.length === 0 && dropped && where !== null) {
    const own = await endHere(parts, letter, where);
    if (own !== null) return () => obey(parts, letter, own);
  }
  const titles = new Map(gates.map((gate) => [gate.short, gate.title]));
  const [only, ...others] = titles.keys();
  if (only === undefined)
    return dropped && isNamed && short === undefined ? () => say(parts, letter, "nothing", nothing, person.id) : null;
  const question = !said && conversationId ? await parts.question(tenant, conversationId, person.id) : null;
  if (again && question !== null) return null;
  const isSure = dropped !== null && here.length > 0;
  if (isSure && others.length === 0 && question === null) return () => withdraw(parts, letter, gates);
  const begin = question
    ? "All right, I do not ask that any more. "
    : others.length > 0
      ? `More than one request of yours waits${here.length > 0 ? " here" : ""}. `
      : "";
  const wish =
    others.length > 0
      ? "Which one shall I withdraw?"
      : `${only} still waits for others to approve it, as it was asked.`;
  const buttons = [...titles].slice(0, mostButtons).map(([run, title]) => {
    return {
      label: `Withdraw ${run}: ${shorten(title, 40)}`,
      style: "default",
      say: `/steward withdraw ${run}`,
    } as const;
  });
  return () => say(parts, letter, "asked", { text: `${begin}${wish}`, buttons }, person.id);
}

/** The end of a reminder of theirs, or of access that they have, where it is the thread's or the one they name; null where there is none, or more than one. */
async function endHere(
  parts: RouteParts,
  { incoming, person }: Letter,
  where: { readonly short: string } | { readonly conversationId: string },
): Promise<Intent | null> {
  const each = await Promise.all(
    ["cancel-reminder", "revoke-access"].map(async (name) =>
      (await parts.expectations(incoming.tenant, name)).map((one) => ({ name, one })),
    ),
  );
  const [found, ...others] = each
    .flat()
    .filter(
      ({ one: { requesterId, actorId, conversationId } }) =>
        requesterId === person.id &&
        ("short" in where ? shortId(actorId) === where.short : conversationId === where.conversationId),
    );
  return found === undefined || others.length > 0 ? null : { name: found.name, params: found.one.match };
}

async function withdraw(parts: RouteParts, letter: Letter, gates: readonly OwnGate[]): Promise<void> {
  const { incoming, person } = letter;
  const outcomes = [];
  for (const { id } of gates)
    outcomes.push(
      await parts.kernel.press({
        tenant: incoming.tenant,
        gateId: id,
        answer: "deny",
        reason: null,
        by: person.id,
        surface: incoming.place?.platform ?? "web",
        conversationId: null,
        inbox: {
          id: newId(),
          source: "withdrawal",
          deliveryKey: `${letter.id}:${id}`,
          kind: "press",
          personId: person.id,
          body: canonical({ gate: id, decision: "deny" }),
          outcome: null,
        },
      }),
    );
  const sentences = outcomes.map((each) => ("sentence" in each ? each.sentence : "What this asked is gone."));
  return say(parts, letter, "withdrawn", { text: [...new Set(sentences)].join(" ") }, person.id);
}
