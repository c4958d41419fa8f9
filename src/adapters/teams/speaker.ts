import { Fault } from "../../domain/fault.ts";
import type { Place } from "../../domain/incoming.ts";
import type { JsonObject } from "../../domain/json.ts";
import type { At, TeamsPort } from "./port.ts";
import type { ConversationReference, References, ServiceReference } from "./references.ts";

/** Where a message is: `conversation` includes the thread. */
export interface Spoken {
  readonly conversation: string;
  readonly id: string;
}

/** Puts activities where they belong. Throws the port's faults, and "platform-busy" once the signal is aborted. */
export interface Speaker {
  /** Into a thread of a channel, as the beginning of a new one, or into a chat. */
  say(place: Pick<Place, "channel" | "thread">, activity: JsonObject, signal: AbortSignal): Promise<Spoken>;
  /** To one person alone: into their personal chat, which is begun if it must be. */
  whisper(aadObjectId: string, activity: JsonObject, signal: AbortSignal): Promise<Spoken>;
  /** Changes a message; false when Teams does not have it. */
  change(spoken: Spoken, activity: JsonObject, signal: AbortSignal): Promise<boolean>;
}

export interface SpeakerParts {
  /** Loads the SDK on the first call. */
  readonly port: () => Promise<TeamsPort>;
  readonly references: References;
  /** How to speak before anybody has spoken to us; null where that cannot be known. */
  readonly home: ServiceReference | null;
}

const channelId = /@thread\.(tacv2|skype)$/;

/** Whether this conversation has threads, by the shape of its id. */
export function isChannel(conversation: string): boolean {
  return channelId.test(conversation);
}

export function createSpeaker({ port, references, home }: SpeakerParts): Speaker {
  async function referenceOf(conversation: string): Promise<ConversationReference> {
    const known = await references.conversation(conversation);
    if (known !== null) return known;
    const service = (await references.service()) ?? home;
    if (service === null)
      throw new Fault(
        "platform-refused",
        `Nobody has spoken to Steward in the Teams conversation ${conversation} yet, so it cannot write there`,
      );
    return { serviceUrl: service.serviceUrl, kind: isChannel(conversation) ? "channel" : "chat" };
  }

  /** The last look before something leaves: whoever stopped waiting may have been replaced by another. */
  function at(reference: { readonly serviceUrl: string }, signal: AbortSignal): At {
    if (signal.aborted)
      throw new Fault("platform-busy", "Nobody waits for Teams any more", { retryAfterMs: 1_000, undone: true });
    return { serviceUrl: reference.serviceUrl, signal };
  }

  async function personalChat(aadObjectId: string, signal: AbortSignal): Promise<string> {
    const known = await references.chatWith(aadObjectId);
    if (known !== null) return known;
    const service = (await references.service()) ?? home;
    if (service === null)
      throw new Fault(
        "platform-refused",
        `Nobody has spoken to Steward in Teams yet, so it cannot write to ${aadObjectId}`,
      );
    const { workspace, bot } = service;
    const id = (await references.user(aadObjectId))?.id ?? aadObjectId;
    const teams = await port();
    const { conversation } = await teams.begin(at(service, signal), {
      isGroup: false,
      bot: { id: bot },
      members: [{ id }],
      tenantId: workspace,
      channelData: { tenant: { id: workspace } },
    });
    await references.keepChatWith(aadObjectId, conversation);
    return conversation;
  }

  return {
    async say({ channel, thread }, activity, signal) {
      const teams = await port();
      const reference = await referenceOf(channel);
      if (reference.kind === "channel" && (thread === "" || thread.startsWith("+"))) {
        const beginning = { isGroup: true, channelData: { channel: { id: channel } }, activity };
        const begun = await teams.begin(at(reference, signal), beginning);
        return { conversation: begun.conversation, id: begun.activity ?? splitThread(begun.conversation).thread };
      }
      const conversation = reference.kind === "channel" ? `${channel};messageid=${thread}` : channel;
      return { conversation, id: await teams.send(at(reference, signal), conversation, activity) };
    },

    async whisper(aadObjectId, activity, signal) {
      const teams = await port();
      const conversation = await personalChat(aadObjectId, signal);
      const reference = await referenceOf(conversation);
      return { conversation, id: await teams.send(at(reference, signal), conversation, activity) };
    },

    async change({ conversation, id }, activity, signal) {
      const teams = await port();
      const reference = await referenceOf(splitThread(conversation).channel);
      return teams.update(at(reference, signal), conversation, id, activity);
    },
  };
}

/** A channel's conversation id names its thread by the message that began it. */
export function splitThread(conversation: string): { readonly channel: string; readonly thread: string } {
  const [channel = "", thread = ""] = conversation.split(";messageid=");
  return { channel, thread };
}
