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
  /** Teams' own names of those of these people who are in a channel or chat; nobody whom Teams does not name within three seconds. */
  names(channel: string, aadObjectIds: readonly string[], signal: AbortSignal): Promise<readonly string[]>;
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

const rosterMs = 3_000;
/** For how long somebody counts as absent who was not in a conversation. */
const absentMs = 600_000;
const absentKept = 10_000;

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

  const absent = new Map<string, number>();

  /** Somebody's name in Teams, from the roster where they were never seen; null where they are not in it. */
  async function nameOf(aadObjectId: string, channel: string, signal: AbortSignal): Promise<string | null> {
    const known = await references.user(aadObjectId);
    if (known !== null) return known.id;
    const key = `${channel} ${aadObjectId}`;
    if ((absent.get(key) ?? 0) > performance.now()) return null;
    const { serviceUrl } = await referenceOf(channel);
    const member = await (await port()).member({ serviceUrl, signal }, channel, aadObjectId);
    if (member !== null) {
      await references.keepUser(aadObjectId, { id: member.id, conversation: channel, serviceUrl });
      return member.id;
    }
    if (absent.size >= absentKept) absent.clear();
    absent.set(key, performance.now() + absentMs);
    return null;
  }

  return {
    async names(channel, aadObjectIds, signal) {
      if (aadObjectIds.length === 0) return [];
      // Loading the SDK may take longer than Teams.
      await port();
      const within = AbortSignal.any([signal, AbortSignal.timeout(rosterMs)]);
      const unless = (error: unknown) => {
        if (error instanceof Fault) return null;
        throw error;
      };
      const names = await Promise.all(aadObjectIds.map((id) => nameOf(id, channel, within).catch(unless)));
      return names.filter((name) => name !== null);
    },

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
