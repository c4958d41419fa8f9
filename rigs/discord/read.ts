import { all, type Part } from "./check.ts";
import type { Message } from "./discord.ts";

/** What somebody reads: markdown as Discord shows it, a text display a line. */
export function wordsOf(message: Message): string {
  const drawn = all(message.components).flatMap(({ type, content, items = [] }) =>
    type === 10 && content ? [shown(content)] : items.map(({ description = "" }) => `(picture: ${description})`),
  );
  return [...(message.content === "" ? [] : [message.content]), ...drawn].join("\n");
}

export function buttonsOf(message: Message): readonly (Part & { readonly label: string })[] {
  return all(message.components).flatMap((part) => (part.type === 2 ? [{ ...part, label: part.label ?? "" }] : []));
}

/** Markdown of ours without its marks: escapes, bold, headings, quotations, addresses. */
export function shown(markdown: string): string {
  return markdown
    .replace(/^(?:### |-# |> )/gm, "")
    .replace(/(?<!\\)\*\*/g, "")
    .replace(/(?<!\\)<(https?:\/\/[^>]*)>/g, "$1")
    .replace(/\\([^0-9A-Za-z\s])/g, "$1");
}

/** Whom a text would ping, and where its links lead, read as Discord reads markdown. */
export function aliveIn(markdown: string): { readonly pings: readonly string[]; readonly links: readonly string[] } {
  const bare = markdown.replace(/^```\n[^`]*\n```$/gm, "").replace(/\\[^0-9A-Za-z\s]/g, "\u0000");
  return {
    pings: [...bare.matchAll(/@everyone|@here|<@[!&]?\d+>/g)].map(([ping]) => ping),
    links: [...bare.matchAll(/https?:\/\/[^\s<>]+/g), ...bare.matchAll(/\[[^\]]*\]\([^)]*\)/g)].map(([link]) => link),
  };
}
