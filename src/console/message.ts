import { html } from "hono/html";
import { sha256 } from "../domain/json.ts";
import type { ChatMessage, MessageButton } from "../http/chat-port.ts";
import type { Html } from "./layout.ts";
import type { Standing } from "./looking.ts";
import { markdown } from "./markdown.ts";
import { pictureView } from "./picture.ts";
import type { Names } from "./words.ts";
import { instant, madeAt, marked } from "./words.ts";

/** The tokens of the buttons that answer questions. */
export function tokensIn(messages: readonly ChatMessage[]): readonly string[] {
  return messages.flatMap(({ card }) =>
    (card?.buttons ?? []).flatMap((button) => ("token" in button ? [button.token] : [])),
  );
}

/** The messages without the buttons that would be of no use to whoever looks: `standings` has the others' tokens. */
export function forViewer(
  messages: readonly ChatMessage[],
  standings: ReadonlyMap<string, Standing>,
): readonly ChatMessage[] {
  return messages.map((message) => {
    const { card } = message;
    if (card === undefined) return message;
    const buttons = card.buttons.flatMap((button): readonly MessageButton[] => {
      const standing = "token" in button ? standings.get(button.token) : "answer";
      if (standing === undefined) return [];
      return [standing === "withdraw" ? { ...button, label: "Withdraw" } : button];
    });
    return { ...message, card: { ...card, buttons } };
  });
}

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
      <ol class="replies">${inside.map((reply, i) => html`<li id="r-${reply.id}">${messageView(once(reply, inside.slice(0, i)), names, inside[i - 1])}</li>`)}</ol>
      <details class="reply"><summary>Reply in thread</summary>
        <form data-say data-thread="${root.thread ?? root.id}"><label class="hidden" for="reply-${root.id}">Your reply</label>
          <textarea id="reply-${root.id}" name="text" rows="1" maxlength="4000" required placeholder="Reply in this thread"></textarea><button type="submit">Send</button></form>
      </details>
    </li>`;
  })}`;
}

/** A page that the thread leads to already is not linked behind every sentence. */
function once(message: ChatMessage, before: readonly ChatMessage[]): ChatMessage {
  const { card, ...rest } = message;
  const isKnown = before.some((one) => one.card !== undefined && isLink(one.card) && one.card.link === card?.link);
  return card !== undefined && isLink(card) && isKnown ? rest : message;
}

/** One message. Where the one before is from the same person, the name is not said again. */
function messageView(message: ChatMessage, names: Names, before?: ChatMessage): Html {
  const { id, n, from, text, report, card } = message;
  const goesOn = before !== undefined && before.from === from && !before.private && !message.private;
  // The text of a question stands alone, for notifications: beside its own card it would say everything twice.
  const isQuestion = card !== undefined && card.title !== "" && card.link?.startsWith("/gates/");
  const classes = `message${message.private ? " private" : ""}${goesOn ? " goes-on" : ""}`;
  const name = from === "steward" ? "Steward" : (names.get(from) ?? from);
  return html`<article class="${classes}" id="m-${id}" data-n="${n}" data-from="${from}" data-version="${sha256(JSON.stringify(message)).slice(0, 12)}">
    <span class="face ${from === "steward" ? "steward" : ""}" aria-hidden="true">${name.charAt(0).toUpperCase()}</span>
    <div class="said">
      <p class="from"><strong>${name}</strong> ${instant(madeAt(id))}${message.private ? html` <span class="only-you">only you see this</span>` : ""}</p>
      ${card === undefined || card.title === "" || isQuestion ? "" : html`<h3>${card.title}</h3>`}
      ${
        from === "steward" && !isQuestion && report === true
          ? html`${markdown(text)}${card !== undefined && isLink(card) ? linkView(card) : ""}`
          : html`<p class="${isQuestion ? "hidden" : "text"}">${marked(text)}${card !== undefined && isLink(card) ? html` ${linkView(card)}` : ""}</p>`
      }
      ${card?.code === undefined ? "" : html`<pre>${card.code}</pre>`}
      ${card?.picture === undefined ? "" : pictureView(card.picture)}
      ${card === undefined || isLink(card) ? "" : cardView(card, isQuestion === true)}
    </div>
  </article>`;
}

type View = NonNullable<ChatMessage["card"]>;

/** Nothing but a way to a page: that is a link behind the text, not a card. */
function isLink({ title, fields, buttons, code, picture, outcome, link }: View): boolean {
  const shown = [code, picture, outcome].some((part) => part !== undefined);
  const more = title !== "" || fields.length > 0 || buttons.length > 0 || shown;
  return !more && link !== undefined;
}

function linkView({ link = "" }: View): Html | "" {
  return /^\/(?!\/)/.test(link)
    ? html`<a class="details" href="${link}">${link.startsWith("/runs/") ? "Open the run" : "Details"}</a>`
    : "";
}

/** What is to be shown beside a text; the title of a question stands here, any other above its text. */
function cardView(card: View, titled: boolean): Html {
  const { title, fields, buttons, outcome } = card;
  const shown = html`<dl>${fields.map(({ label, value }) => html`<div><dt>${label}</dt><dd>${valueView(label, value, buttons)}</dd></div>`)}</dl>`;
  if (!titled && fields.length + buttons.length === 0 && outcome === undefined && card.link === undefined)
    return html``;
  const rest = buttons.filter((button) => !fields.some(({ value }) => isSaid(button, value)));
  return html`<section class="card ${outcome === undefined ? "" : `settled ${/^[a-z]+/i.exec(outcome)?.[0].toLowerCase() ?? ""}`}">
    ${title === "" || !titled ? "" : html`<h3>${title}</h3>`}
    ${outcome === undefined ? "" : html`<p class="outcome">${marked(outcome)} ${linkView(card)}</p>`}
    ${fields.length === 0 ? "" : outcome === undefined ? shown : html`<details><summary>${titled ? "What was asked" : "How it stood then"}</summary>${shown}</details>`}
    ${rest.length === 0 ? (outcome === undefined ? linkView(card) : "") : html`<p class="buttons">${rest.map(buttonView)} ${linkView(card)}</p>`}
  </section>`;
}

/** A field's value: the exact call as code, the risk as a mark, what can be said as a button. */
function valueView(label: string, value: string, buttons: readonly MessageButton[]): Html {
  const said = buttons.find((button) => isSaid(button, value));
  if (said !== undefined) return html`<span class="buttons">${buttonView(said)}</span>`;
  if (label === "Risk") return html`<span class="state ${value}">${value}</span>`;
  return html`${value.split("\n").map((line, i) => {
    const [, words, call] = /^(.*?) \[(\S+\(.*\))\]$/.exec(line) ?? [];
    return html`${i > 0 ? "\n" : ""}${words === undefined ? marked(line) : html`${words}\n<code>${call}</code>`}`;
  })}`;
}

function isSaid(button: MessageButton, value: string): boolean {
  return "say" in button && button.say === value;
}

function buttonView(button: MessageButton): Html {
  return "token" in button
    ? html`<button type="button" class="${button.style}" data-press="${button.token}">${button.label}</button>`
    : html`<button type="button" class="${button.style}" data-repeat="${button.say}">${button.label}</button>`;
}
