import { html } from "hono/html";
import type { ChatMessage } from "../http/chat-port.ts";
import type { Html } from "./layout.ts";
import { conversation } from "./message.ts";
import type { Names } from "./words.ts";

interface ChatView {
  readonly channels: readonly { readonly id: string }[];
  readonly channel: string;
  readonly messages: readonly ChatMessage[];
  readonly names: Names;
  /** What the composer begins with: the help page's "try it". Nothing is sent by opening a link. */
  readonly draft: string;
}

/** The chat: channels, the conversation, a composer. */
export function chatPage({ channels, channel, messages, names, draft }: ChatView): Html {
  return html`<div class="chat" data-channel="${channel}">
    <nav class="channels" aria-label="Channels"><h2>Channels</h2>
      ${channels.map(({ id }) => html`<a href="/?channel=${encodeURIComponent(id)}" data-channel-link="${id}" ${id === channel ? html`aria-current="page"` : ""}>#${id}</a>`)}
    </nav>
    <section class="talk" aria-label="#${channel}">
      <h1>#${channel}</h1>
      <div class="scroll" tabindex="0" aria-label="Messages in #${channel}">
        <ol class="messages" id="messages" data-fragment="/chat/messages?channel=${encodeURIComponent(channel)}">${conversation(messages, names)}</ol>
        <div class="empty"><h2>Nothing here yet</h2>
          <p>Write @steward, or /steward, and what you want in plain words. Steward says what it will do, asks whoever must approve, and does it once.</p>
          <p class="buttons">${["restart checkout in production", "I need read access to billing for 2 hours", "help"].map((text) => html`<button type="button" class="default" data-draft="${text}">${text}</button>`)}</p></div>
      </div>
      <form class="composer" data-say>
        <label class="hidden" for="composer">Message to #${channel}</label>
        <textarea id="composer" name="text" rows="1" maxlength="4000" required autocomplete="off" placeholder="Write @steward restart checkout in production, or just talk">${draft}</textarea>
        <button type="submit" class="primary">Send</button>
      </form>
    </section>
  </div>`;
}
