import { html } from "hono/html";
import { sha256 } from "../domain/json.ts";
import type { ChatMessage, MessageButton } from "../http/ports.ts";
import type { Html } from "./layout.ts";
import type { Names } from "./words.ts";

/** A channel's messages: each thread an item, its replies below it. Redrawn by id, so a settled card changes in place. */
export function conversation(messages: readonly ChatMessage[], names: Names): Html {
  const ids = new Set(messages.map(({ id }) => id));
  const roots = messages.filter(({ thread }) => thread === null || !ids.has(thread));
  const replies = Map.groupBy(
    messages.filter(({ thread }) => thread !== null && ids.has(thread)),
    ({ thread }) => thread,
  );
  return html`${roots.map((root) => {
    const inside = replies.get(root.id) ?? [];
    return html`<li class="thread" id="t-${root.id}">
      ${messageView(root, names)}
      <ol class="replies">${inside.map((reply) => html`<li id="r-${reply.id}">${messageView(reply, names)}</li>`)}</ol>
      <details class="reply"><summary>Reply in thread</summary>
        <form data-say data-thread="${root.thread ?? root.id}"><label class="hidden" for="reply-${root.id}">Your reply</label>
          <textarea id="reply-${root.id}" name="text" rows="1" maxlength="4000" required placeholder="Reply in this thread"></textarea><button type="submit">Send</button></form>
      </details>
    </li>`;
  })}`;
}

function messageView(message: ChatMessage, names: Names): Html {
  const { id, n, from, text, card } = message;
  const name = from === "steward" ? "Steward" : (names.get(from) ?? from);
  return html`<article class="message ${message.private ? "private" : ""}" id="m-${id}" data-n="${n}" data-from="${from}" data-version="${sha256(JSON.stringify(message)).slice(0, 12)}">
    <span class="face ${from === "steward" ? "steward" : ""}" aria-hidden="true">${name.charAt(0).toUpperCase()}</span>
    <div class="said">
      <p class="from"><strong>${name}</strong>${message.private ? html` <span class="only-you">only you see this</span>` : ""}</p>
      <p class="text">${text}</p>
      ${card === undefined ? "" : cardView(card)}
    </div>
  </article>`;
}

function cardView(card: NonNullable<ChatMessage["card"]>): Html {
  return html`<section class="card">
    ${card.title === "" ? "" : html`<h3>${card.title}</h3>`}
    ${card.fields.length === 0 ? "" : html`<dl>${card.fields.map(({ label, value }) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>`}
    ${card.outcome === undefined ? "" : html`<p class="outcome">${card.outcome}</p>`}
    ${card.buttons.length === 0 ? "" : html`<p class="buttons">${card.buttons.map(buttonView)}</p>`}
    ${card.link === undefined || !/^\/(?!\/)/.test(card.link) ? "" : html`<p><a href="${card.link}">Details</a></p>`}
  </section>`;
}

function buttonView(button: MessageButton): Html {
  return "token" in button
    ? html`<button type="button" class="${button.style}" data-press="${button.token}">${button.label}</button>`
    : html`<button type="button" class="${button.style}" data-repeat="${button.say}">${button.label}</button>`;
}
