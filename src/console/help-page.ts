import { html } from "hono/html";
import type { Intents } from "../http/ports.ts";
import type { Html } from "./layout.ts";

/** What can be asked, from the intents themselves. "Try it" fills the composer; nothing is sent by a link. */
export function helpPage(intents: ReturnType<Intents["all"]>): Html {
  return html`<h1>What you can ask</h1>
    <p>Write @steward, or /steward, and what you want in plain words, in any channel: “@steward how is checkout?”. Here a sentence as it stands below needs no @steward, and in a channel for help (#help-needed in the trial company) every new message is answered to you alone. Steward leaves all else that people say to each other alone.</p>
    ${intents.map(
      ({ name, summary, examples }) => html`<section class="card" id="intent-${name}"><h3>${summary}</h3>
      <ul>${examples.map((example) => html`<li>“${example}” <a class="details" href="/?draft=${encodeURIComponent(example)}" aria-label="Try: ${example}">Try it</a></li>`)}</ul></section>`,
    )}
    <h2>How it works</h2>
    <ol><li>You ask. Steward answers in a thread with what it is going to do.</li>
      <li>If it is risky, a card asks the people who may approve. Nobody approves their own request.</li>
      <li>Steward does exactly what was approved, once, and reports in the thread.</li>
      <li>Everything stands in the audit, where anybody who may can check that nothing was changed.</li></ol>`;
}
