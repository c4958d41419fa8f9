import { html } from "hono/html";
import { showHidden } from "../domain/text.ts";
import type { Happening } from "../http/reads.ts";
import type { Html } from "./layout.ts";
import { instant, marked } from "./words.ts";

/** What each kind is called, and the colour it has. */
const kinds: Readonly<Record<Happening["kind"], readonly [label: string, state: string]>> = {
  asked: ["asked", ""],
  told: ["heard", ""],
  found: ["found", ""],
  proposed: ["to decide", "open"],
  approved: ["approved", "approved"],
  denied: ["denied", "denied"],
  lapsed: ["lapsed", ""],
  done: ["done", "done"],
  watched: ["watched", "done"],
  said: ["told others", ""],
  failed: ["failed", "failed"],
  ended: ["ended", ""],
};

/** What happened in a run, as people tell it. */
export function storyView(happened: readonly Happening[]): Html {
  return html`<ol class="story">${happened.map(({ at, kind, text, details, call }) => {
    const [label, state] = kinds[kind];
    return html`<li>${instant(at)} <span class="state ${state}">${label}</span> <span>${marked(text)}</span>
      ${details.length === 0 ? "" : html`<ul>${details.map((detail) => html`<li>${marked(detail)}</li>`)}</ul>`}${call === undefined ? "" : html`<details><summary>The call</summary><pre>${showHidden(call)}</pre></details>`}</li>`;
  })}</ol>`;
}
