import { z } from "zod";
import type { JsonObject } from "../../domain/json.ts";
import type { View } from "../../messages/adapter.ts";
import { bytesOf, card, type Deciding, limits, paragraph, press, run, turnTo, visible } from "./render.ts";

/** Characters of one paragraph: at most 12 KB on the wire, and a page has room for more than that. */
const pieceLength = 4_000;
/** Bytes of the card around its paragraphs and buttons. */
const frameBytes = 1_000;

const carried = z.object({
  page: z.int().min(1).max(1_000).optional(),
  card: z
    .array(
      z.object({
        label: z.string().max(limits.buttonLabel),
        style: z.enum(["primary", "danger", "default"]),
        token: z.string().min(1).max(200),
      }),
    )
    .min(1)
    .max(limits.deciding),
});

/** What a press brings back of the card it is on, besides its token; null where there is nothing. */
export function carriedBy(data: unknown): { readonly page: number | null; readonly deciding: Deciding[] } | null {
  const read = carried.safeParse(data);
  return read.success ? { page: read.data.page ?? null, deciding: read.data.card } : null;
}

/**
 * One page of a view that is too long for a card, from 1 on; the buttons are on the last. Whoever presses them has had
 * every word of it before their eyes.
 */
export function pageOf(view: View, page: number, deciding: readonly Deciding[]): JsonObject {
  const buttons = deciding.map((button) => press(button, deciding));
  const pages = split(view, limits.bytes - frameBytes - buttons.reduce((sum, each) => sum + bytesOf(each), 0));
  const at = Math.min(page, pages.length);
  const isLast = at === pages.length;
  const body = [
    paragraph("page", [run(`Page ${at} of ${pages.length}`, { isSubtle: true })]),
    ...(pages[at - 1] ?? []),
  ];
  const actions = isLast ? (view.outcome === undefined ? buttons : []) : [turnTo(at + 1, "Next page", deciding)];
  return card(`Page ${at} of ${pages.length}`, body, actions);
}

/** A view's words in paragraphs, as many to a page as that many bytes hold. */
function split({ title, text, fields = [], outcome }: View, pageBytes: number): JsonObject[][] {
  const paragraphs = [
    ...(title === undefined ? [] : pieces("title", "", title)),
    ...pieces("text", "", text),
    ...fields.flatMap(({ label, value }, i) => pieces(`field-${i}`, label, value)),
    ...(outcome === undefined ? [] : pieces("outcome", "", outcome)),
  ];
  const pages: JsonObject[][] = [[]];
  let bytes = 0;
  for (const each of paragraphs) {
    const size = bytesOf(each);
    if (bytes > 0 && bytes + size > pageBytes) {
      pages.push([]);
      bytes = 0;
    }
    pages.at(-1)?.push(each);
    bytes += size;
  }
  return pages;
}

function pieces(id: string, label: string, value: string): JsonObject[] {
  const heads = chunks(visible(label)).slice(0, -1);
  const last = chunks(visible(label)).at(-1) ?? "";
  const bold = { weight: "Bolder" };
  return [
    ...heads.map((part, i) => paragraph(`${id}-label-${i}`, [run(part, bold)])),
    ...chunks(visible(value)).map((part, i) =>
      paragraph(`${id}-${i}`, [...(i === 0 && last !== "" ? [run(`${last}: `, bold)] : []), run(part)]),
    ),
  ];
}

/** A text in pieces, never parting a character; one empty piece for an empty text. */
function chunks(text: string): string[] {
  const parts: string[] = [];
  for (let at = 0; at < text.length; ) {
    const part = text.slice(at, at + pieceLength);
    const whole = at + pieceLength < text.length ? part.replace(/[\ud800-\udbff]$/, "") : part;
    parts.push(whole);
    at += whole.length;
  }
  return parts.length === 0 ? [""] : parts;
}
