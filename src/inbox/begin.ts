import { deriveId, shortId } from "../domain/ids.ts";
import type { Intent } from "../domain/incoming.ts";
import { learnFrom } from "./learn.ts";
import { type Letter, type RouteParts, type Startable, say } from "./letter.ts";
import { beginOrPoint, sentenceOf } from "./same-wish.ts";

/**
 * Begins a run for whoever sent a letter, or tells them why not: they may not, the input is wrong, it could only fail, or the
 * button that said it has begun it already, or people are asked for the very same.
 */
export async function begin(parts: RouteParts, letter: Letter, definition: Startable, intent: Intent): Promise<void> {
  const { incoming, person } = letter;
  const { tenant, place, account } = incoming;
  const refused = parts.mayStart(person, definition);
  if (refused) return say(parts, letter, "refused", { text: refused }, person.id);
  const requester = { id: person.id, name: person.name };
  const begun = definition.begin(intent.params, requester);
  if ("problems" in begun) return say(parts, letter, "invalid", { text: begun.problems.join(" ") });
  const { input, title } = begun;
  const objection = await parts.objection({ tenant, content: definition.content, input, requester, place });
  if (objection !== null) return say(parts, letter, "invalid", { text: objection }, person.id);
  const own = letter.card === null ? null : deriveId(letter.card, tenant, person.id);
  const standing = own && (await parts.standing(tenant, { short: shortId(own) }));
  if (standing) return say(parts, letter, "late", { text: `It was begun already. ${standing.sentence}` }, person.id);
  const runId = own ?? deriveId(letter.id, definition.name);
  const { reason = "" } = intent;
  const run = { tenant, runId, definition, title, input, requester, reason, barred: [person.id], place, account };
  const { content, readsOnly } = definition;
  const sentence = readsOnly ? null : sentenceOf(parts, await parts.known(tenant), incoming.text, intent);
  if (await beginOrPoint(parts, letter, run, { content, readsOnly, sentence })) await learnFrom(parts, letter, intent);
}
