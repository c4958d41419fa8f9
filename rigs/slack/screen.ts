import type { Block, Element, Message, Text } from "./shapes.ts";
import { readMarkdown } from "./streams.ts";

/** What a person reads on a message or view, a line for each line: plain text as it is, dates in their own words. */
export function linesOf(blocks: readonly Block[]): string[] {
  return blocks.flatMap((block) => {
    switch (block.type) {
      case "header":
        return [`# ${wordsOf(block.text)}`];
      case "section":
        return [...(block.text ? [wordsOf(block.text)] : []), ...rowsOf(block.fields ?? [])];
      case "image":
        return [`(picture: ${block.alt_text ?? ""})`];
      case "actions":
        return [(block.elements ?? []).map(({ text }) => `[${wordsOf(text)}]`).join(" ")];
      case "rich_text":
        return (block.elements ?? []).flatMap((part) =>
          part.type === "rich_text_list" ? (part.elements ?? []).map((item) => `• ${richOf(item)}`) : [richOf(part)],
        );
      case "context_actions":
        return (block.elements ?? []).map(
          (each) => `(${wordsOf(each.positive_button?.text)} / ${wordsOf(each.negative_button?.text)}?)`,
        );
      case "task_card":
        return [`(${block.title}…)`];
      case "markdown":
        return [readMarkdown(wordsOf(block.text))];
      case "input":
        return [`${wordsOf(block.label)} ____`];
      default:
        return [];
    }
  });
}

function rowsOf(fields: readonly Text[]): string[] {
  return fields.flatMap((field, at) => (at % 2 === 0 ? [`${field.text} ${datesIn(fields[at + 1]?.text ?? "")}`] : []));
}

/** Dates in their fallback's words. */
function datesIn(words: string): string {
  return words.replace(/<!date\^[^|>]*\|([^>]*)>/g, "$1");
}

function richOf({ elements = [] }: Element): string {
  return elements.map(({ text, fallback }) => wordsOf(text) || (fallback ?? "")).join("");
}

function wordsOf(text: Text | string | undefined): string {
  return typeof text === "string" ? text : (text?.text ?? "");
}

/** Whom a message pings and where its live links lead, as Slack would read it: markup in what is not plain text, and rich text. */
export function aliveIn({ text, blocks }: Message): { readonly pings: string[]; readonly links: string[] } {
  const pings: string[] = [];
  const links: string[] = [];
  const read = (it: unknown): void => {
    if (it === null || typeof it !== "object") return;
    const { type, text: words, url } = it as { type?: string; text?: unknown; url?: string };
    if (type === "mrkdwn") markup(String(words));
    if (type === "markdown") markdown(String(words));
    if (type === "link" && url !== undefined) links.push(url);
    if (["user", "usergroup", "broadcast", "channel"].includes(type ?? "")) pings.push(type ?? "");
    Object.values(it).forEach(read);
  };
  const markup = (words: string) => {
    for (const [, inside = ""] of words.matchAll(/<([^<>]+)>/g)) (/^[@!#]/.test(inside) ? pings : links).push(inside);
  };
  const markdown = (words: string) => {
    markup(words);
    for (const [, label = ""] of words.matchAll(/(?<!\\)\[((?:\\.|[^\]\\])*)\](?=\()/g)) links.push(label);
  };
  markup(text);
  read(blocks);
  return { pings, links };
}
