import { html } from "hono/html";
import type { Html } from "./layout.ts";
import { timed } from "./words.ts";

/** A report's Markdown as far as reports use it: headings, lists and paragraphs. Everything else stays the text it is. */
export function markdown(text: string): Html {
  const blocks = text.split(/\n(?=#{1,4} )|(?<=^#{1,4} .*)\n|\n{2,}|\n(?=- )/m).filter((block) => block.trim() !== "");
  const shown: Html[] = [];
  for (let i = 0; i < blocks.length; i++) {
    const items: string[] = [];
    while (blocks[i]?.startsWith("- ")) items.push((blocks[i++] ?? "").slice(2));
    if (items.length > 0) shown.push(html`<ul>${items.map((item) => html`<li>${timed(item)}</li>`)}</ul>`);
    const block = blocks[i];
    if (block === undefined) break;
    const heading = /^#{1,4} (.*)$/s.exec(block)?.[1];
    shown.push(heading === undefined ? html`<p>${timed(block)}</p>` : html`<h4>${timed(heading)}</h4>`);
  }
  return html`<div class="markdown">${shown}</div>`;
}
