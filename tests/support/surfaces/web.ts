import type { ChatMessage } from "../../../src/http/chat-port.ts";
import type { Name, Read, Surface } from "../surface.ts";

/** The built-in chat, through its HTTP door. */
export function openWeb(): Promise<Surface> {
  let url = "";
  let last = { channel: "", id: "" };
  const ask = async (person: Name, path: string, body?: unknown) => {
    const response = await fetch(new URL(path, url), {
      method: body === undefined ? "GET" : "POST",
      headers: { "x-steward-person": person, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: answers of several doors
    return (await response.json()) as any;
  };
  const messages = async (viewer: Name, channel: string): Promise<ChatMessage[]> =>
    (await ask(viewer, `/api/chat/${channel}/messages`)).messages;
  const inThread = (message: ChatMessage) => message.id === last.id || message.thread === last.id;

  return Promise.resolve({
    platform: "web",
    chat: {},
    identities: {},
    channels: { ops: "ops", approvals: "approvals", "help-needed": "help-needed", general: "general" },
    async begin(at) {
      url = at;
    },
    async asks(person, text, where) {
      const { id } = await ask(person, `/api/chat/${where.in}/messages`, { text: `@steward ${text}` });
      last = { channel: where.in, id };
    },
    async opens(viewer, words, where) {
      const seen = await messages(viewer, where.in);
      const found = seen.findLast((message) => message.thread === null && words.test(toRead(message).words));
      if (!found) throw new Error(`${viewer} sees no message ${words}`);
      last = { channel: where.in, id: found.id };
    },
    async replies(person, text) {
      await ask(person, `/api/chat/${last.channel}/messages`, { text, thread: last.id });
    },
    async presses(person, label, { in: channel, reason } = {}) {
      const seen = await messages(person, channel ?? last.channel);
      const found = seen
        .filter((message) => channel !== undefined || inThread(message))
        .flatMap((message) => (message.card?.buttons ?? []).map((button) => ({ button, message })))
        .findLast(({ button }) => button.label === label);
      if (!found) throw new Error(`${person} sees no button “${label}”`);
      const { button, message } = found;
      if ("say" in button) {
        await ask(person, "/api/chat/presses", { message: message.id, say: button.say });
        return null;
      }
      const answer = await ask(person, "/api/chat/presses", {
        token: button.token,
        values: reason === undefined ? {} : { reason },
      });
      return answer.detail ?? null;
    },
    async reads(viewer, where) {
      const seen = await messages(viewer, where?.in ?? last.channel);
      return seen.filter((message) => (where ? message.thread === null : inThread(message))).map(toRead);
    },
    async [Symbol.asyncDispose]() {},
  });
}

function toRead({ text, card }: ChatMessage): Read {
  const { title = "", fields = [], outcome = "", buttons = [] } = card ?? {};
  const words = [title, text, ...fields.map(({ label, value }) => `${label}: ${value}`), outcome];
  return { words: words.filter((each) => each !== "").join("\n"), buttons: buttons.map(({ label }) => label) };
}
