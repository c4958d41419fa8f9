import type { Block, Element, Text } from "./shapes.ts";

/** What a person reads on a message or view, a line for each line: plain text as it is, dates in their own words. */
export function linesOf(blocks: readonly Block[]): string[] {
  return blocks.flatMap((block) => {
    switch (block.type) {
      case "header":
        return [`# ${wordsOf(block.text)}`];
      case "section":
        return [...(block.text ? [wordsOf(block.text)] : []), ...rowsOf(block.fields ?? [])];
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
      case "input":
        return [`${wordsOf(block.label)} ____`];
      default:
        return [];
    }
  });
}

function rowsOf(fields: readonly Text[]): string[] {
  return fields.flatMap((field, at) => (at % 2 === 0 ? [`${field.text} ${fields[at + 1]?.text ?? ""}`] : []));
}

function richOf({ elements = [] }: Element): string {
  return elements.map(({ text, fallback }) => wordsOf(text) || (fallback ?? "")).join("");
}

function wordsOf(text: Text | string | undefined): string {
  return typeof text === "string" ? text : (text?.text ?? "");
}
