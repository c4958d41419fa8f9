import { createHash } from "node:crypto";
import { ComponentType } from "discord.js";
import { cleanText } from "../../domain/text.ts";
import type { View } from "../../messages/adapter.ts";
import {
  type Body,
  bodyOf,
  type Component,
  display,
  drawButton,
  fitsInId,
  gallery,
  isPublic,
  limits,
  linkButton,
  pictureFile,
  rowsOf,
  sayKey,
  unique,
} from "./components.ts";
import { cut, neutral, plain } from "./text.ts";

/** How a private notice begins: which channel it is about. Nothing written by others can look like it. */
function aboutLine(channel: string): string {
  return `-# For you alone, about <#${channel}>`;
}

/** The channel a text begins with that `aboutLine` made; null when it does not. */
export function aboutLineIn(text: string): string | null {
  return /^-# For you alone, about <#(\d{1,20})>/.exec(text)?.[1] ?? null;
}

/** A card that waits is amber; everything else has no colour. */
const waiting = 0xf5a623;
const reserve = 120;
/** Characters of the lines shown as they are. */
const codeLongest = 2400;

export interface Drawn {
  readonly body: Body;
  /** Texts of `say` buttons that do not fit into a custom_id: the hash that stands there, and the text. */
  readonly kept: readonly { readonly key: string; readonly text: string }[];
}

/**
 * Draws a view. `mark` becomes the id of the first component, where `find` looks for it. A card whose title, text and
 * fields do not all fit has no button that decides: each becomes one that first shows everything ("read:"). `about` is the
 * channel a private notice is about. With `pictured` the view's picture is uploaded along, as `pictureFile`.
 */
export function render(
  view: View,
  mark: number,
  address: (path: string) => string,
  about?: string,
  pictured = false,
): Drawn {
  const buttons = (view.buttons ?? []).slice(0, limits.rows * limits.buttonsInRow - 1);
  const kept = buttons.flatMap((button) =>
    "say" in button && !fitsInId(button.say) ? [{ key: sayKey(button.say), text: button.say }] : [],
  );
  const labels = buttons.reduce((sum, { label }) => sum + plain(label, limits.label).length + 1, 0);
  const head = about === undefined ? [] : [aboutLine(about)];
  const url = view.link === undefined ? null : address(view.link);
  const code = view.code === undefined ? [] : [fenced(view.code)];
  const taken = [...head, ...code, url ?? ""].reduce((sum, { length }) => sum + length, labels);
  const { texts, whole } = textsOf(view, limits.text - reserve - taken);
  const open = url !== null && isPublic(url) ? [linkButton(url)] : [];
  const here = url !== null && !isPublic(url) ? [`-# ${neutral(url)}`] : [];
  const rows = rowsOf([...unique(buttons.map((button) => drawButton(button, whole))), ...open]);
  const notice = whole || !buttons.some((button) => "token" in button) ? [] : [tooLong];
  const outcome = outcomeOf(view) === "" ? [] : [outcomeOf(view)];
  const picture = pictured && view.picture !== undefined ? cut(view.picture.alt, limits.description).shown : null;
  const [first = "…", ...others] = [...head, ...texts, ...notice, ...here];
  const parts: Component[] = [
    { type: ComponentType.TextDisplay, id: mark, content: first },
    ...others.map(display),
    ...code.map(display),
    ...(picture === null ? [] : [gallery(picture)]),
    ...(outcome.length === 0 ? [] : [{ type: ComponentType.Separator, divider: true }, ...outcome.map(display)]),
    ...rows,
  ];
  const framed = view.title !== undefined || view.fields !== undefined || view.outcome !== undefined;
  const color = buttons.some((button) => "token" in button) ? waiting : null;
  const body = bodyOf(framed ? [{ type: ComponentType.Container, accent_color: color, components: parts }] : parts);
  if (picture === null) return { kept, body };
  return { kept, body: { ...body, attachments: [{ id: 0, filename: pictureFile, description: picture }] } };
}

/** One sentence of ours or of `take`, for whoever acted. */
export function sentence(text: string, more = 0): Body {
  return bodyOf([display(cut(text, limits.text - reserve).shown)], more);
}

const mostPages = 5;

/**
 * Everything on a card, in as many messages as it takes, and under the last one the button that was pressed, now as one
 * that decides. Null when it is too long even for five messages: then it is decided on our own pages.
 */
export function fullView(view: View, pressed: Pressed): readonly Body[] | null {
  const all = [
    ...(view.title === undefined ? [] : [view.title]),
    view.text,
    ...(view.fields ?? []).map(({ label, value }) => `${label}:\n${value}`),
  ].join("\n\n");
  const pages: string[] = [];
  let rest = [...cleanText(all)];
  while (rest.length > 0 && pages.length <= mostPages) {
    let size = Math.min(rest.length, limits.text - reserve);
    while (neutral(rest.slice(0, size).join("")).length > limits.text - reserve) size = Math.floor(size * 0.8);
    pages.push(neutral(rest.slice(0, size).join("")));
    rest = rest.slice(size);
  }
  if (pages.length > mostPages) return null;
  const { label, style, token } = pressed;
  const button = { type: ComponentType.Button, style, label: label.replace(/…$/, ""), custom_id: token };
  return pages.map((page, index) =>
    bodyOf([display(page.trim() === "" ? "…" : page), ...(index === pages.length - 1 ? rowsOf([button]) : [])]),
  );
}

/** A button that only shows everything first, as it stands on the card. */
export interface Pressed {
  readonly label: string;
  readonly style: number;
  readonly token: string;
}

/** The marker of a message as a component id: 31 bits of its hash, never 0. A page of a hundred other messages has the same by chance once in twenty million lookups. */
export function markOf(marker: string): number {
  return createHash("sha256").update(marker).digest().readUInt32BE(0) >>> 1 || 1;
}

const tooLong = "Too long to show here in full. The buttons show all of it first.";

function textsOf(view: View, longest: number): { readonly texts: readonly string[]; readonly whole: boolean } {
  const outcome = outcomeOf(view).length;
  const title = view.title === undefined ? null : cut(oneLine(view.title), 250);
  const fields = view.fields ?? [];
  let room = longest - outcome - (title === null ? 0 : title.shown.length + 4);
  const text = cut(
    neutral(view.text).trim() === "" ? "…" : view.text,
    fields.length === 0 ? room : Math.floor(room / 2),
  );
  room -= text.shown.length + 1;
  const lines: string[] = [];
  let whole = text.missing === 0 && (title === null || title.missing === 0);
  for (const [index, { label, value }] of fields.entries()) {
    const left = `… and ${fields.length - index} more`;
    const name = cut(oneLine(label), 200);
    const space = room - name.shown.length - 8 - left.length;
    const full = quoted(neutral(value));
    if (full.length <= space) {
      lines.push(`**${name.shown}**${full}`);
      room -= name.shown.length + full.length + 5;
      whole &&= name.missing === 0;
      continue;
    }
    whole = false;
    if (space < 200) {
      lines.push(left);
      break;
    }
    const shown = quoted(cut(inOneLine(value), space - 20).shown);
    lines.push(`**${name.shown}**${shown}`);
    room -= name.shown.length + shown.length + 5;
  }
  return {
    texts: [
      ...(title === null ? [] : [`### ${title.shown}`]),
      text.shown,
      ...(lines.length === 0 ? [] : [lines.join("\n")]),
    ],
    whole,
  };
}

/** Lines as a block of code, in which Discord reads nothing; three backticks would end it. */
function fenced(lines: string): string {
  const clean = cleanText(lines).replaceAll("`", "ˋ");
  return `\`\`\`\n${clean.slice(0, codeLongest).toWellFormed()}\n\`\`\``;
}

function outcomeOf({ outcome = "" }: View): string {
  return cut(outcome, 500).shown.trim();
}

/** A value beside its label, or, when it has lines, as a quotation below it: no line of a value can pass for a field. */
function quoted(value: string): string {
  if (value.trim() === "") return " —";
  return value.includes("\n") ? `\n${value.replace(/^/gm, "> ")}` : ` ${value}`;
}

function inOneLine(value: string): string {
  const lines = value.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "").join(" ⏎ ");
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim() || "…";
}
