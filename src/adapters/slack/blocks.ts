import type { types } from "@slack/bolt";
import type { Field } from "../../domain/card.ts";
import { cleanText } from "../../domain/text.ts";
import type { ViewButton } from "../../messages/adapter.ts";
import { cut } from "./text.ts";

/** Characters of a section's text, and of one text in its table. */
export const sectionLongest = 3000;
const cellLongest = 2000;
/** Characters of the words beside a picture. */
const altLongest = 2000;
/** Texts in one section's table. A row has two: the label and the value. */
const cellsMost = 10;

/**
 * Literal text: Slack reads no markup in it, so nothing hostile mentions, links or poses as a heading. Slack refuses an
 * empty one, hence the dash.
 */
export function plain(text: string, longest: number): types.PlainTextElement {
  const clean = cleanText(text);
  return { type: "plain_text", text: clean.trim() === "" ? "-" : cut(clean, longest), emoji: false };
}

export function header(text: string): types.HeaderBlock {
  return { type: "header", text: plain(text, 150) };
}

/** A picture that was uploaded, and what it shows in words. */
export function image(file: string, alt: string): types.ImageBlock {
  return { type: "image", slack_file: { id: file }, alt_text: cut(cleanText(alt), altLongest) };
}

/** A long text in as many sections as allowed, each of them full; the last says how much is missing. */
export function sections(text: string, most: number): types.SectionBlock[] {
  const clean = cut(cleanText(text), most * sectionLongest);
  const parts: string[] = [];
  for (let at = 0; at < clean.length; ) {
    // A pair of surrogates is one character: never half of it.
    const end = at + sectionLongest - (/[\ud800-\udbff]/.test(clean[at + sectionLongest - 1] ?? "") ? 1 : 0);
    parts.push(clean.slice(at, end));
    at = end;
  }
  return (parts.length === 0 ? [""] : parts).map((part) => ({ type: "section", text: plain(part, sectionLongest) }));
}

/** Labels beside their values, five rows a section. A value too long for its cell is cut and counted. */
export function table(fields: readonly Field[]): types.SectionBlock[] {
  const cells = fields.flatMap(({ label, value }) => [plain(`${label}:`, cellLongest), cellOf(value)]);
  const blocks: types.SectionBlock[] = [];
  for (let at = 0; at < cells.length; at += cellsMost)
    blocks.push({ type: "section", fields: cells.slice(at, at + cellsMost) });
  return blocks;
}

/** A value that is an instant and nothing else is shown in the reader's own zone; it has no character that could be markup. */
function cellOf(value: string): types.PlainTextElement | types.MrkdwnElement {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z$/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) return plain(value, cellLongest);
  return { type: "mrkdwn", text: `<!date^${Math.floor(at / 1000)}^${dateFormat}|${value}>` };
}

const dateFormat = "{date_short_pretty} at {time}";

/** Whether `table` shows all of it. */
export function fitsCell({ label, value }: Field): boolean {
  return [`${label}:`, value].map(cleanText).every((text) => text.length <= cellLongest || text.trim() === "");
}

/** A button that sends a token or says a text; null when that is too long to go over the wire, or empty. */
export function button(it: ViewButton, index: number): types.Button | null {
  const [does, value] = "token" in it ? ["decide", it.token] : ["say", it.say];
  if (value === "" || value.length > 2000) return null;
  return {
    type: "button",
    action_id: `${does}:${index}`,
    text: plain(it.label, 75),
    value,
    ...(it.style !== "default" && { style: it.style }),
  };
}

/** Texts with their times shown in the reader's own zone: an instant such as 2026-11-21T09:30:00Z becomes a date of Slack's. */
export function timed(text: string): (types.RichTextText | types.RichTextDate)[] {
  return text
    .split(/(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z)/)
    .filter((part) => part !== "")
    .map((part) => {
      const at = /^\d{4}-\d\d-\d\dT/.test(part) ? Date.parse(part) : Number.NaN;
      return Number.isNaN(at)
        ? { type: "text", text: part, style: { bold: true } }
        : { type: "date", timestamp: Math.floor(at / 1000), format: dateFormat, fallback: part };
    });
}

/** Lines shown as they are: Slack reads nothing in them. */
export function preformatted(lines: string): types.RichTextBlock {
  const text = cut(cleanText(lines), sectionLongest);
  return { type: "rich_text", elements: [{ type: "rich_text_preformatted", elements: [{ type: "text", text }] }] };
}

/** A link to a page of ours, which says its host. Null when that is no address. */
export function linkTo(address: string): types.RichTextLink | null {
  if (!URL.canParse(address) || address.length > 3000) return null;
  const { href, host, protocol } = new URL(address);
  return /^https?:$/.test(protocol) ? { type: "link", url: href, text: `Details on ${host}` } : null;
}

export function rich(...lines: readonly types.RichTextElement[][]): types.RichTextBlock {
  return { type: "rich_text", elements: lines.map((elements) => ({ type: "rich_text_section", elements })) };
}
