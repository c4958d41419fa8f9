import type { Card, Field } from "../domain/card.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { pictureRefIn } from "../domain/picture.ts";
import { shorten } from "../domain/text.ts";
import { holds } from "./conditions.ts";
import type { Scope } from "./references.ts";
import { findReferences, resolve, resolveText } from "./references.ts";
import type { Reply, Step, Wording } from "./schema.ts";

type Notify = Extract<Step, { kind: "notify" }>;

/** As many lines as one `each` makes of a list at most: a card is read by people. */
const mostEach = 10;
/** Characters of the lines on a card: Discord shows 4000 with everything else. */
const longestCode = 2400;
const longestLabel = 40;

/** The card of a notify step, its references written out. A field or button of which nothing is known, lines that are not there and a picture that was not drawn are left out. */
export function cardOf(
  { notify: { title, text, report, fields, code, picture, buttons, last } }: Notify,
  scope: Scope,
): Card {
  const drawn = picture === undefined ? null : pictureRefIn(resolve(picture, scope));
  const lines = code === undefined ? "" : shorten(resolveText(code, scope), longestCode);
  return {
    text: resolveText(text, scope),
    ...(report === undefined ? {} : { report }),
    ...(title === undefined ? {} : { title: resolveText(title, scope) }),
    ...(fields === undefined ? {} : { fields: linesOf(fields, scope) }),
    ...(lines.trim() === "" ? {} : { code: lines }),
    ...(drawn === null ? {} : { picture: drawn }),
    ...(last === undefined ? {} : { last }),
    ...(buttons === undefined
      ? {}
      : {
          buttons: buttons
            .filter(({ say }) => isKnown(say, scope))
            .map(({ label, say, style = "default" }) => ({
              label: shorten(resolveText(label, scope), longestLabel),
              style,
              say: resolveText(say, scope),
            })),
        }),
  };
}

/** The same when the run was stopped: without its buttons, and below it what became of it. */
export function closedCard(step: Notify, scope: Scope, outcome: string): Card {
  const { buttons: _, ...card } = cardOf(step, scope);
  return { ...card, outcome };
}

/** Whether it shows what the run is told later, and so is drawn again then. */
export function showsEvents({ notify }: Notify): boolean {
  return findReferences(notify as unknown as Json).some(({ reference }) => reference?.source === "event");
}

/** Lines of a card, their references written out, without those of which nothing is known. */
export function linesOf(fields: NonNullable<Notify["notify"]["fields"]>, scope: Scope): Field[] {
  return fields.flatMap((field) => fieldsOf(field, scope));
}

function fieldsOf({ each, label, value }: NonNullable<Notify["notify"]["fields"]>[number], scope: Scope): Field[] {
  const field = (of: Scope): Field => ({ label: resolveText(label, of), value: resolveText(value, of) });
  if (each === undefined) return isKnown(value, scope) ? [field(scope)] : [];
  const list = resolve(each, scope);
  return Array.isArray(list) ? list.slice(0, mostEach).map((item: Json) => field({ ...scope, item })) : [];
}

/** Whether a text refers to nothing, or to something that is there. */
function isKnown(value: string, scope: Scope): boolean {
  const references = findReferences(value).map(({ text }) => `\${{ ${text} }}`);
  return references.length === 0 || references.some((reference) => resolve(reference, scope) !== null);
}

/** The text, or the first of several that holds, written out; "" when none does. */
export function worded(wording: Wording, scope: Scope): string {
  const text = typeof wording === "string" ? wording : (chosen(wording, scope)?.text ?? "");
  return resolveText(text, scope).trim();
}

/** Whether a run that ends with this has done nothing. */
export function didNothing(reply: Reply, scope: Scope): boolean {
  return typeof reply !== "string" && chosen(reply, scope)?.did === "nothing";
}

function chosen<T extends { readonly when?: Json | undefined }>(all: readonly T[], scope: Scope): T | undefined {
  return all.find(({ when }) => when === undefined || holds(when as JsonObject, scope));
}
