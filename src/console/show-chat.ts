import type { Person } from "../domain/incoming.ts";
import { cleanText } from "../domain/text.ts";
import type { ChatMessage } from "../http/chat-port.ts";
import { chatPage } from "./chat-page.ts";
import type { Looking, View } from "./looking.ts";
import { forViewer, tokensIn } from "./message.ts";

/** A channel with what is said in it. */
export function showChat(looking: Looking): View {
  const { chat, names, tenant } = looking;
  return async (c, person) => {
    const channels = await chat.channels(tenant);
    const channel = cleanText(
      c.req.query("channel") ?? channels.find(({ id }) => id === "ops")?.id ?? channels[0]?.id ?? "ops",
    );
    const messages = await messagesFor(looking, person, channel);
    const draft = cleanText(c.req.query("draft") ?? "").slice(0, 4000);
    return { title: `#${channel}`, main: chatPage({ channels, channel, messages, names: await names(), draft }) };
  };
}

/** A channel's messages as this person sees them: with buttons where their press would count. */
export async function messagesFor(
  { chat, reads, standingOf, tenant }: Looking,
  person: Person,
  channel: string,
): Promise<readonly ChatMessage[]> {
  const { messages } = await chat.list({ tenant, channel, viewer: person.id });
  const decisions = (await reads.decisionsOf(tenant, tokensIn(messages))).flatMap(({ token, decision, gate }) => {
    const standing = standingOf(person, gate);
    // Only a no ends a question; by whoever asked it takes the question back.
    return standing === "answer" || (standing !== null && decision === "deny") ? [[token, standing] as const] : [];
  });
  return forViewer(messages, new Map(decisions));
}
