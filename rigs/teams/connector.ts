import type { IncomingMessage, ServerResponse } from "node:http";
import { conversationOf, type Loose, type Room, type Rooms } from "./rooms.ts";

/** What a call is answered with. */
interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const largest = 28 * 1024;
const notFound = (code: string, message: string): Answer => ({ status: 404, body: { error: { code, message } } });
const bad = (message: string): Answer => ({ status: 400, body: { error: { code: "BadSyntax", message } } });

/** The Bot Connector's REST API, as far as a bot needs it. https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference */
export function connector(
  rooms: Rooms,
  takes: { pictures: boolean },
): (method: string, path: string, body: Loose) => Answer {
  const roomOf = (conversation: string): [Room | undefined, string | null] => {
    const [id = "", thread = null] = conversation.split(";messageid=");
    return [rooms.rooms.get(id), thread];
  };

  function begin(body: Loose): Answer {
    const channel = body?.channelData?.channel?.id;
    if (channel !== undefined) {
      const room = rooms.rooms.get(channel);
      if (room?.type !== "channel") return notFound("ConversationNotFound", "Conversation not found.");
      const shown = rooms.add(room, null, "bot", body.activity);
      return { status: 201, body: { id: conversationOf(shown), activityId: shown.id } };
    }
    const wanted = body?.members?.[0]?.id;
    const user = rooms.users.find(({ id, aadObjectId }) => id === wanted || aadObjectId === wanted);
    if (user === undefined || !body.tenantId) return bad("Bad format of conversation parameters");
    return { status: 201, body: { id: rooms.chatWith(user).id } };
  }

  function send(conversation: string, body: Loose): Answer {
    const [room, thread] = roomOf(conversation);
    if (room === undefined) return notFound("ConversationNotFound", "Conversation not found.");
    return { status: 201, body: { id: rooms.add(room, thread, "bot", body).id } };
  }

  function update(conversation: string, id: string, body: Loose): Answer {
    const [room] = roomOf(conversation);
    const shown = rooms.shown.find((each) => each.id === id && each.room === room);
    if (shown?.from !== "bot")
      return notFound("ActivityNotFoundInConversation", "Message does not exist in the thread.");
    shown.activity = body;
    shown.own.clear();
    return { status: 200, body: { id } };
  }

  function member(conversation: string, id: string): Answer {
    const [room] = roomOf(conversation);
    const found = [...(room?.members ?? [])].find((each) => each.id === id || each.aadObjectId === id);
    if (found === undefined) return notFound("MemberNotFoundInConversation", "Member not found in conversation");
    return { status: 200, body: { ...found, email: found.userPrincipalName } };
  }

  return (method, path, body) => {
    const text = JSON.stringify(body ?? null);
    if (text.length > largest || (!takes.pictures && text.includes('"data:image/')))
      return { status: 413, body: { error: { code: "MessageSizeTooBig", message: "Message size too large." } } };
    const [, conversation, what, id] = path.split("/").map(decodeURIComponent).slice(1);
    if (method === "POST" && conversation === undefined) return begin(body);
    if (method === "POST" && conversation && what === "activities") return send(conversation, body);
    if (method === "PUT" && conversation && what === "activities" && id) return update(conversation, id, body);
    if (method === "GET" && conversation && what === "members" && id) return member(conversation, id);
    return notFound("NotFound", `There is no ${method} ${path}`);
  };
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

export function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
  response.end(JSON.stringify(body));
}
