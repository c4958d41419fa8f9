import type { JsonObject } from "../../domain/json.ts";
import type { Picture } from "../../domain/picture.ts";
import { cleanText } from "../../domain/text.ts";
import type { View, ViewButton } from "../../messages/adapter.ts";
import { inWords } from "../../messages/pictures.ts";
import type { Form } from "../../messages/platform.ts";

/**
 * What Teams takes. A card of 28 KB is what Microsoft documents; six actions is what every client shows.
 * Buttons that decide are kept fewer, because each carries the others.
 * https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format
 */
export const limits = { bytes: 27_000, actions: 6, deciding: 4, buttonLabel: 60, summary: 300 } as const;

const cardType = "application/vnd.microsoft.card.adaptive";
const styles = { primary: "positive", danger: "destructive", default: "default" } as const;
/** How much of each text and how many fields are shown of what does not fit whole, tried in this order until it fits. */
const cuts = [...[8_000, 2_000, 500, 200].map((longest) => ({ longest, fields: 40 })), { longest: 60, fields: 20 }];

/** The verb by which a card asks for its viewer's own drawing. */
export const refreshVerb = "refresh";

interface Drawing {
  readonly view: View;
  /** Teams' own names of people who shall see a drawing of their own, at most 60. */
  readonly viewers?: readonly string[];
  /** How it stands with the one person who sees this drawing. */
  readonly yours?: string;
  readonly form?: Form;
  /** The view's picture; left out, in favour of its words, where the card has no room for it. */
  readonly picture?: Picture;
  /** A page of ours as a whole address. */
  readonly address: (path: string) => string;
}

/** An Adaptive Card of a view; with a form, it also asks for what is needed before a press counts. */
export function cardOf(drawing: Drawing): JsonObject {
  const { picture, ...wordy } = { ...drawing, view: inWords(drawing.view) };
  const alike = { ...wordy, viewers: [] };
  const all = drawing.viewers?.length ? [wordy, alike] : [alike];
  const pictured = picture === undefined ? [] : all.map((each) => ({ ...each, view: drawing.view, picture }));
  for (const each of [...pictured, ...all]) {
    const whole = draw(each, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
    if (bytesOf(whole) <= limits.bytes) return whole;
  }
  for (const cut of cuts) {
    const card = draw(alike, cut.longest, cut.fields);
    if (bytesOf(card) <= limits.bytes) return card;
  }
  return draw({ ...wordy, view: { ...wordy.view, buttons: wordy.view.buttons?.filter(isDeciding) ?? [] } }, 60, 0);
}

/** A message activity of a view. */
export function activityOf(drawing: Drawing): JsonObject {
  return messageOf(cardOf(drawing), drawing.view.text);
}

/** A message activity of a card. Its summary is the notification, and what a screen reader says first. */
export function messageOf(content: JsonObject, summary: string): JsonObject {
  return {
    type: "message",
    summary: cutTo(visible(summary), limits.summary),
    attachments: [{ contentType: cardType, content }],
  };
}

/** What an invoke is answered with; only whoever pressed sees it. An empty answer would make Teams press again. */
export function invokeCard(value: JsonObject): JsonObject {
  return { statusCode: 200, type: cardType, value };
}

export function invokeSentence(sentence: string): JsonObject {
  return { statusCode: 200, type: "application/vnd.microsoft.activity.message", value: visible(sentence) };
}

export function invokeError(statusCode: 400 | 403 | 500, message: string): JsonObject {
  const code = statusCode === 500 ? "InternalServerError" : statusCode === 403 ? "Forbidden" : "BadRequest";
  return { statusCode, type: "application/vnd.microsoft.error", value: { code, message: visible(message) } };
}

/**
 * Everything written by people or systems is a TextRun: clients read no Markdown, mention or link in it, which a text
 * message and a TextBlock would let come alive. What had to be cut takes the deciding buttons with it, since nobody may
 * approve what they cannot read in full: `pages.ts` leads through the whole of it to the buttons.
 */
function draw(
  { view, viewers = [], yours, form, picture, address }: Drawing,
  longest: number,
  mostFields: number,
): JsonObject {
  const { title, fields = [], outcome, link, buttons = [] } = view;
  let isCut = fields.length > mostFields;
  const text = (words: string) => {
    const clean = visible(words);
    if (clean.length > longest) isCut = true;
    return cutTo(clean, longest);
  };
  const body: JsonObject[] = [];
  if (title !== undefined) body.push(paragraph("title", [run(text(title), { weight: "Bolder", size: "Medium" })]));
  body.push(paragraph("text", [run(text(view.text))]));
  if (view.code !== undefined) body.push(paragraph("code", [run(text(view.code), { fontType: "Monospace" })]));
  if (picture !== undefined) body.push(image(picture));
  for (const [i, { label, value }] of fields.slice(0, mostFields).entries())
    body.push(paragraph(`field-${i}`, [run(`${text(label)}: `, { weight: "Bolder" }), run(text(value))]));
  if (outcome !== undefined) body.push(paragraph("outcome", [run(text(outcome), { isSubtle: true })]));
  if (yours !== undefined) body.push(paragraph("yours", [run(yours, { isSubtle: true })]));
  const deciding = buttons.filter(isDeciding).slice(0, limits.deciding);
  if (isCut) {
    const left = fields.length > mostFields ? ` and ${fields.length - mostFields} fields are missing` : "";
    const advice = deciding.length > 0 ? " Nobody decides on half of it: read it in full, then decide." : "";
    body.push(paragraph("cut", [run(`This is too long for a card${left}.${advice}`, { isSubtle: true })]));
  }
  if (form !== undefined) body.push(...inputsOf(form));
  const page = link === undefined ? [] : [open(address(link))];
  const read = isCut && deciding.length > 0 ? [turnTo(1, "Read in full", deciding)] : [];
  // What is being filled in was read before: its own button stays.
  const shown = buttons.filter((each) =>
    isDeciding(each) ? deciding.includes(each) && (!isCut || each.token === form?.token) : true,
  );
  const room = limits.actions - page.length - read.length;
  const actions = [...read, ...shown.slice(0, room).map((button) => press(button, deciding, form)), ...page];
  const drawn = card(cutTo(visible(view.text), limits.summary), body, actions);
  return viewers.length === 0 || deciding.length === 0 || isCut
    ? drawn
    : { ...drawn, refresh: refresh(deciding, viewers) };
}

/** Has Teams ask us for a drawing of their own whenever one of these people sees the card. */
function refresh(deciding: readonly Deciding[], userIds: readonly string[]): JsonObject {
  const data = { card: cardData(deciding) };
  return { action: { type: "Action.Execute", title: "Refresh", verb: refreshVerb, data }, userIds: [...userIds] };
}

/** A whole Adaptive Card. 1.5 is what every Teams client draws. */
export function card(fallbackText: string, body: readonly JsonObject[], actions: readonly JsonObject[]): JsonObject {
  return {
    type: "AdaptiveCard",
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    version: "1.5",
    fallbackText,
    body,
    ...(actions.length > 0 && { actions }),
  };
}

export function paragraph(id: string, inlines: readonly JsonObject[]): JsonObject {
  return { type: "RichTextBlock", id, spacing: "Small", inlines };
}

/** The bytes travel in the card: Teams would fetch an address without signing in anywhere. A press shows it large. */
function image({ alt, small }: Picture): JsonObject {
  const url = `data:image/png;base64,${small.toString("base64")}`;
  return { type: "Image", id: "picture", url, altText: visible(alt), size: "Stretch", msTeams: { allowExpand: true } };
}

export function run(text: string, more: JsonObject = {}): JsonObject {
  return { type: "TextRun", text, ...more };
}

function inputsOf(form: Form): JsonObject[] {
  return form.fields.map(({ name, label, required, value, longest }) => ({
    type: "Input.Text",
    id: name,
    label: visible(label),
    isMultiline: value === undefined,
    ...(value !== undefined && { value: value.slice(0, longest) }),
    maxLength: longest,
    isRequired: required,
    ...(required && { errorMessage: `${visible(label)} is needed.` }),
  }));
}

/** A button that decides. */
export type Deciding = Extract<ViewButton, { token: string }>;

function isDeciding(button: ViewButton): button is Deciding {
  return "token" in button;
}

/**
 * A button. Old clients do not know Action.Execute and send the fallback as a message. With a token go the card's other
 * deciding buttons: a form that opens in the card's place shows them again, so that whoever opened it can turn back.
 */
export function press(button: ViewButton, deciding: readonly Deciding[], form?: Form): JsonObject {
  const data = isDeciding(button) ? { token: button.token, card: cardData(deciding) } : { say: button.say };
  const isFormed = isDeciding(button) && button.token === form?.token;
  return action(isDeciding(button) ? "decide" : "say", {
    title: cutTo(visible(button.label), limits.buttonLabel),
    data,
    style: styles[button.style],
    ...(form !== undefined && !isFormed && { associatedInputs: "none" }),
  });
}

/** A button that shows a page of a card's whole text, to whoever presses it alone. */
export function turnTo(page: number, title: string, deciding: readonly Deciding[]): JsonObject {
  return action("read", { title, data: { page, card: cardData(deciding) } });
}

function action(verb: string, more: JsonObject): JsonObject {
  return { type: "Action.Execute", verb, ...more, fallback: { type: "Action.Submit", ...more } };
}

function cardData(deciding: readonly Deciding[]): JsonObject[] {
  return deciding.map(({ label, style, token }) => ({
    label: cutTo(visible(label), limits.buttonLabel),
    style,
    token,
  }));
}

/** A link that says where it leads. */
function open(url: string): JsonObject {
  return { type: "Action.OpenUrl", title: cutTo(`Open on ${new URL(url).host}`, limits.buttonLabel), url };
}

/**
 * Text as it will be seen: no bidi or invisible characters, no controls but line ends and tabs, and no {{DATE()}} or
 * {{TIME()}}, which clients would replace by something else than what is written.
 */
export function visible(text: string): string {
  return cleanText(text)
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c]/g, " ")
    .replace(/\{\{(?=\s*(?:DATE|TIME)\s*\()/gi, "{ {");
}

/** The first characters of a text, and how many are missing. Never half a character. */
function cutTo(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const kept = text.slice(0, Math.max(0, longest - 30)).replace(/[\ud800-\udbff]$/, "");
  return `${kept}… (${text.length - kept.length} characters more)`;
}

/** Bytes of a card on the wire. */
export function bytesOf(value: JsonObject): number {
  return Buffer.byteLength(JSON.stringify(value), "utf8");
}
