import { html } from "hono/html";
import type { Html } from "./layout.ts";
import { marked } from "./words.ts";

/** What a backslash keeps from being read as a mark. */
const escaped = /\\([!-/:-@[-`{-~])/g;

/** What stands between two lines of backticks. */
const files = /^```\n([\s\S]*?)^```$/m;

/** A report's Markdown as far as reports use it: headings, lists, paragraphs, and files as they are. Everything else stays the text it is. */
export function markdown(text: string): Html {
  const pieces = text.split(files);
  const shown = pieces.map((piece, i) => (i % 2 === 1 ? html`<pre><code>${piece}</code></pre>` : prose(piece)));
  return html`<div class="markdown">${shown}</div>`;
}

function prose(text: string): Html {
  const blocks = text.split(/\n(?=#{1,4} )|(?<=^#{1,4} .*)\n+|\n{2,}|\n(?=- )/m).filter((block) => block.trim() !== "");
  const shown: Html[] = [];
  for (let i = 0; i < blocks.length; i++) {
    const items: string[] = [];
    while (blocks[i]?.startsWith("- ")) items.push((blocks[i++] ?? "").slice(2));
    if (items.length > 0) shown.push(html`<ul>${items.map((item) => html`<li>${marked(plain(item))}</li>`)}</ul>`);
    const block = blocks[i];
    if (block === undefined) break;
    const heading = /^#{1,4} (.*)$/s.exec(block)?.[1];
    shown.push(heading === undefined ? html`<p>${marked(plain(block))}</p>` : html`<h4>${marked(plain(heading))}</h4>`);
  }
  return html`${shown}`;
}

function plain(text: string): string {
  return text.replaceAll(escaped, "$1");
}
