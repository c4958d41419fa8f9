import type { Card } from "../domain/card.ts";
import { deriveId, isId, shortId } from "../domain/ids.ts";
import type { Intent } from "../domain/incoming.ts";
import type { IntentSpec } from "../domain/intent.ts";
import { shorten } from "../domain/text.ts";
import type { Timed } from "../recognize/moment.ts";
import {
  type After,
  agreedIn,
  agreedSentence,
  planIn,
  toldTogether,
  type Ways,
  waysToTake,
  withoutFailing,
} from "../recognize/parts.ts";
import { labelFor } from "../recognize/recognize.ts";
import { define, type Joining, joinParts, titleOf } from "../workflow/index.ts";
import { type Letter, type RouteParts, type Startable, say } from "./letter.ts";
import { beginOrPoint } from "./same-wish.ts";
import { said, takenAs, timeIn } from "./time.ts";

/** A request of several parts: as it would be begun, or as it was agreed to. */
export type InParts =
  | { readonly kind: "proposed"; readonly ways: Ways; readonly leftOut: readonly string[] }
  | { readonly kind: "agreed"; readonly parts: readonly Part[] };

/** What one part asks for, and whether it waits for those before it. */
interface Part {
  readonly intent: Intent;
  readonly after: After;
}

/** What a text asks for, when it asks for several things that each begin something; null when it does not. */
export async function inParts(parts: RouteParts, tenant: string, text: string): Promise<InParts | null> {
  const known = await parts.known(tenant);
  const begins = new Set(parts.definitions().flatMap((each) => each.intents));
  const intents = parts.intents.filter(({ name }) => begins.has(name));
  const agreed = agreedIn(text, intents, known);
  if (agreed !== null) return { kind: "agreed", parts: agreed };
  const ways = waysToTake(text, intents, known);
  if (ways !== null) return { kind: "proposed", ways, leftOut: [] };
  const bare = withoutFailing(text);
  const others = bare && waysToTake(bare.text, intents, known);
  return others && { kind: "proposed", ways: others, leftOut: bare.leftOut };
}

/** A question for what tells others something that ends in a request of its own; null for any other text. */
export async function toldOrAsked(parts: RouteParts, { id, incoming, person }: Letter): Promise<Card | null> {
  const begins = new Set(parts.definitions().flatMap((each) => each.intents));
  const intents = parts.intents.filter(({ name }) => begins.has(name));
  const known = await parts.known(incoming.tenant);
  const asItStands = toldTogether(incoming.text, intents, known);
  const timed =
    asItStands === null
      ? await lastMoment(parts, { tenant: incoming.tenant, text: incoming.text, personId: person.id })
      : null;
  const both = asItStands ?? (timed && toldTogether(timed.text, intents, known));
  if (both === null) return null;
  const plan = planCard(id, both.ways, timed, parts.intents);
  const all = timed === null ? both.whole : both.whole.replace(timed.fromNow, timed.words.trim());
  const whole = { label: shorten(`Only this: ${all}`, 70), style: "default", say: `/steward ${all}` } as const;
  return { ...plan, title: "One message, or several requests?", buttons: [...(plan.buttons ?? []), whole] };
}

/** The moment of the last piece of a text that may be a request of its own: what comes before is told as it was written. */
async function lastMoment(
  parts: RouteParts,
  { tenant, text, personId }: { readonly tenant: string; readonly text: string; readonly personId: string },
): Promise<Timed | null> {
  const joint = [...text.matchAll(/,? and |[,;.] /giu)].at(-1);
  if (joint === undefined) return null;
  const cut = joint.index + joint[0].length;
  const timed = await timeIn(parts, tenant, personId, text.slice(cut));
  return timed === null || timed.isPast ? null : { ...timed, text: text.slice(0, cut) + timed.text };
}

/** The plan as it is shown: nothing is begun before somebody says so, and that counts once. `plan` is its id. */
export function planCard(
  plan: string,
  proposed: Ways,
  timed: Timed | null,
  intents: readonly IntentSpec[],
  leftOut: readonly string[] = [],
): Card {
  const ways =
    timed === null ? proposed : proposed.map((way) => way.map(({ say, after }) => ({ say: said(timed, say), after })));
  const [only = [], ...others] = ways;
  const button = (way: Ways[number], label: string) =>
    ({ label, style: "default", say: `/steward ${agreedSentence(way, plan)}` }) as const;
  const steps = (way: Ways[number]) =>
    way
      .map(({ say, after }, i) => `${i + 1}. ${labelFor(say, intents)}${after === null ? "" : ` (${waitsFor(i)})`}`)
      .join("\n");
  const differing = ways.map((way) => way.find(({ say }, i) => say !== only[i]?.say || others.length === 0)?.say ?? "");
  const isApart = ways.every((way) => way.every(({ after }) => after === null));
  return {
    title: "A plan of several parts",
    text: `${timed === null ? "" : `${takenAs(timed)} `}Nothing was done yet. Each part that needs an approval asks for it${isApart ? ", and none waits for another" : ""}.${withoutWords(leftOut)}`,
    fields:
      others.length === 0
        ? [{ label: "Parts", value: steps(only) }]
        : ways.map((way, i) => ({ label: `Way ${i + 1}`, value: steps(way) })),
    buttons:
      others.length === 0
        ? [button(only, "Begin all of it")]
        : ways.map((way, i) => button(way, shorten(`Begin way ${i + 1}: ${differing[i] || only[0]?.say}`, 70))),
  };
}

/** A part begins when others are done, never because they failed. */
function withoutWords(leftOut: readonly string[]): string {
  if (leftOut.length === 0) return "";
  const words = leftOut.map((each) => `“${shorten(each, 60)}”`).join(" and ");
  return ` I cannot do ${words}: no part can wait for another to fail. Where one fails, it is said here.`;
}

/** When the part of this index begins that waits for all before it. */
function waitsFor(index: number): string {
  return index === 1 ? "when 1 is done" : `when 1 to ${index} are done`;
}

/** Begins all parts as one run, or none of them: what may not be started, or does not work, is said instead. */
export async function beginParts(parts: RouteParts, letter: Letter, agreed: readonly Part[]): Promise<void> {
  const { incoming, person } = letter;
  const { tenant, place } = incoming;
  const requester = { id: person.id, name: person.name };
  const plan = planIn(incoming.text);
  const own = plan === null || !isId(plan) ? null : deriveId(plan, tenant, person.id);
  const standing = own && (await parts.standing(tenant, { short: shortId(own) }));
  if (standing) return say(parts, letter, "late", { text: `It was begun already. ${standing.sentence}` }, person.id);
  const joining: Joining[] = [];
  const startables: Startable[] = [];
  for (const { intent, after } of agreed) {
    const startable = parts.definitions().find((each) => each.intents.includes(intent.name));
    if (!startable) return say(parts, letter, "nothing", { text: "A part of that cannot be begun any more." });
    const refused = parts.mayStart(person, startable);
    if (refused) return say(parts, letter, "refused", { text: refused }, person.id);
    const checked = startable.begin(intent.params, requester);
    if ("problems" in checked) return say(parts, letter, "invalid", { text: checked.problems.join(" ") });
    const { content } = startable;
    const objection = await parts.objection({ tenant, content, input: checked.input, requester, place });
    if (objection !== null) return say(parts, letter, "invalid", { text: objection }, person.id);
    startables.push(startable);
    joining.push({ content: startable.content, input: checked.input, waits: after === "previous" });
  }
  const joined = joinParts(joining);
  if (!joined.ok) return say(parts, letter, "invalid", { text: joined.problem });
  const definition = define(joined.content);
  await parts.keep(tenant, definition);
  const runId = own ?? deriveId(letter.id, definition.name);
  const title = titleOf(definition, joined.input, requester);
  const reason = [...new Set(agreed.flatMap(({ intent }) => intent.reason ?? []))].join("; ");
  const run = {
    tenant,
    runId,
    definition,
    title,
    input: joined.input,
    requester,
    reason,
    barred: [person.id],
    place,
    account: incoming.account,
  };
  await beginOrPoint(parts, letter, run, {
    content: joined.content,
    readsOnly: startables.every(({ readsOnly }) => readsOnly),
    sentence: incoming.text,
  });
}
