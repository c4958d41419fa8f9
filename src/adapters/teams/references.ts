import { z } from "zod";
import type { Memory } from "../../messages/platform.ts";
import type { Activity } from "./activity.ts";
import { senderOf } from "./parse.ts";

const conversation = z.object({ serviceUrl: z.string(), kind: z.enum(["channel", "chat"]) });
const service = z.object({ serviceUrl: z.string(), bot: z.string(), workspace: z.string() });
const user = z.object({ id: z.string(), conversation: z.string(), serviceUrl: z.string() });

/** How to speak in a conversation. */
export type ConversationReference = z.output<typeof conversation>;
/** How to speak where nobody has spoken yet: as whom, through which service, in which tenant. */
export type ServiceReference = z.output<typeof service>;
/** Teams' own name of somebody, and where they were seen last. */
export type UserReference = z.output<typeof user>;

const remembered = 10_000;

/** What Teams told us and we need to speak first: it cannot be asked for. Kept in memory that outlives the process. */
export interface References {
  /** Keeps what an activity tells; only what changed is written. */
  learn(activity: Activity): Promise<void>;
  conversation(id: string): Promise<ConversationReference | null>;
  service(): Promise<ServiceReference | null>;
  user(aadObjectId: string): Promise<UserReference | null>;
  keepUser(aadObjectId: string, user: UserReference): Promise<void>;
  /** The personal chat with somebody. */
  chatWith(aadObjectId: string): Promise<string | null>;
  keepChatWith(aadObjectId: string, conversationId: string): Promise<void>;
  /** The ref of the message that carries this marker. */
  marked(marker: string): Promise<string | null>;
  keepMarked(marker: string, ref: string): Promise<void>;
  /** The message that stands in for one that was lost. */
  movedTo(ref: string): Promise<string | null>;
  keepMoved(ref: string, to: string): Promise<void>;
}

export function createReferences(memory: Memory, tenant: string): References {
  const written = new Map<string, string>();

  async function keep(key: string, value: string): Promise<void> {
    if (written.get(key) === value) return;
    await memory.keep(tenant, key, value);
    if (written.size >= remembered) written.clear();
    written.set(key, value);
  }

  const keepUser = (aadObjectId: string, seen: UserReference) => keep(`user/${aadObjectId}`, JSON.stringify(seen));
  const recall = (key: string) => memory.recall(tenant, key);

  async function read<T>(shape: z.ZodType<T>, key: string): Promise<T | null> {
    const text = await recall(key);
    return text === null ? null : shape.parse(JSON.parse(text));
  }

  return {
    async learn(activity) {
      const { serviceUrl, channel, workspace, recipient, conversation: here, from } = activity;
      const kind = here.conversationType === "channel" ? "channel" : "chat";
      const by = senderOf(activity);
      await keep(`conversation/${channel}`, JSON.stringify({ serviceUrl, kind }));
      await keep("service", JSON.stringify({ serviceUrl, bot: recipient.id, workspace }));
      if (by === null) return;
      await keepUser(by.userId, { id: from.id, conversation: channel, serviceUrl });
      if (here.conversationType === "personal") await keep(`chat/${by.userId}`, channel);
    },
    conversation: (id) => read(conversation, `conversation/${id}`),
    service: () => read(service, "service"),
    user: (aadObjectId) => read(user, `user/${aadObjectId}`),
    keepUser,
    chatWith: (aadObjectId) => recall(`chat/${aadObjectId}`),
    keepChatWith: (aadObjectId, conversationId) => keep(`chat/${aadObjectId}`, conversationId),
    marked: (marker) => recall(`marker/${marker}`),
    keepMarked: (marker, ref) => memory.keep(tenant, `marker/${marker}`, ref),
    movedTo: (ref) => recall(`moved/${ref}`),
    keepMoved: (ref, to) => memory.keep(tenant, `moved/${ref}`, to),
  };
}
