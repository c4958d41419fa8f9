import type { View } from "../../messages/adapter.ts";
import type { Home, Taken } from "../../messages/platform.ts";
import { type SlackApi, slackWord } from "./api.ts";
import { type Decision, formModal, homeView, sentenceModal, wholeModal } from "./modals.ts";
import type { Origin } from "./reading.ts";
import { render } from "./render.ts";
import type { Status } from "./status.ts";

/** What Slack is told: at once, with the acknowledgement, and right after it. */
export interface Answer {
  readonly body?: object;
  later?(): Promise<void>;
}

export interface AnswerParts {
  readonly api: SlackApi;
  readonly status: Status;
  readonly examples: readonly string[];
  address(path: string): string;
}

/** Says in Slack what became of a delivery, to whoever did it and nobody else. Everything others see is the courier's. */
export function createAnswers({ api, status, address, examples }: AnswerParts) {
  return {
    /** `origin` is where it came from; null for what is nobody's in particular. */
    to(taken: Taken, origin: Origin | null): Answer {
      if (origin === null) return {};
      switch (taken.kind) {
        case "stored":
          return taken.duplicate ? {} : working(origin);
        case "form":
          return openForm(formModal(taken.form), origin);
        case "stranger":
        case "decided":
        case "refused":
        case "missing":
          return tell(taken.sentence, origin);
        case "unsupported":
          return origin.door === "message" && !isDirect(origin) ? {} : tell(taken.because, origin);
        case "silent":
        case "forged":
          return {};
      }
    },

    /** The whole of a card in a modal; null is a card that is not there. */
    async whole(view: View | null, decision: Decision, origin: Origin): Promise<void> {
      if (view === null) await tell("This card is over.", origin).later?.();
      else if (origin.trigger !== null) await openModal(wholeModal(view, decision, address), origin.trigger);
    },

    async home(home: Home | null, userId: string): Promise<void> {
      await api.call((slack) => slack.views.publish({ user_id: userId, view: homeView(home, userId, examples) }));
    },

    /** What to ask, above an empty conversation. Apps with the agent view leave thread_ts out. */
    async prompts(channel: string): Promise<void> {
      const prompts = examples.slice(0, 4).map((message) => ({ title: message, message }));
      if (prompts.length === 0) return;
      await api.call((slack) =>
        slack.assistant.threads.setSuggestedPrompts({ channel_id: channel, title: "Try", prompts }),
      );
    },
  };

  function tell(sentence: string, { door, channel, thread, view, by }: Origin): Answer {
    const message = render({ text: sentence }, { address });
    if (door === "modal") return { body: { response_action: "update", view: sentenceModal(sentence) } };
    if (door === "command") return { body: { response_type: "ephemeral", ...message } };
    if (view !== null)
      return {
        later: () => done(api.call((slack) => slack.views.update({ view_id: view, view: sentenceModal(sentence) }))),
      };
    if (channel === null) return {};
    const where = { channel, user: by.userId, ...(thread !== null && { thread_ts: thread }) };
    return { later: () => done(api.call((slack) => slack.chat.postEphemeral({ ...where, ...message }))) };
  }

  function openForm(modal: ReturnType<typeof formModal>, { door, trigger, view }: Origin): Answer {
    if (door === "modal") return { body: { response_action: "update", view: modal } };
    if (trigger === null) return {};
    if (view === null) return { later: () => openModal(modal, trigger) };
    return { later: () => done(api.call((slack) => slack.views.push({ trigger_id: trigger, view: modal }))) };
  }

  async function openModal(view: ReturnType<typeof formModal>, trigger: string): Promise<void> {
    await api.call((slack) => slack.views.open({ trigger_id: trigger, view }));
  }

  /** It is being worked on: said where somebody waits for the bot alone, and where a command came from, whether an answer can appear there. */
  function working(origin: Origin): Answer {
    const { door, channel, by } = origin;
    if (channel === null) return {};
    if (door === "message" && isDirect(origin) && origin.working !== null) {
      const thread = origin.working;
      return { later: () => status.working(channel, thread) };
    }
    return door === "command" ? { later: () => sayIfAbsent(channel, by.userId) } : {};
  }

  async function sayIfAbsent(channel: string, user: string): Promise<void> {
    const info = await api
      .call((slack) => slack.conversations.info({ channel }))
      .catch((error: unknown) => {
        if (slackWord(error) === "channel_not_found") return null;
        throw error;
      });
    if (info?.channel?.is_member || info?.channel?.is_im) return;
    const text =
      "I got your request, but I am not in the conversation it came from, so my answer cannot appear there. Invite me with /invite @Steward and ask again, or ask me here.";
    await api.call((slack) => slack.chat.postMessage({ channel: user, ...render({ text }, { address }) }));
  }
}

function isDirect({ channel }: Origin): boolean {
  return channel?.startsWith("D") ?? false;
}

async function done(call: Promise<unknown>): Promise<void> {
  await call;
}
