import { randomUUID } from "node:crypto";
import type { Delivered, Deliveries } from "./deliveries.ts";
import type { Block, Element, Message, User, View } from "./shapes.ts";
import type { Workspace } from "./workspace.ts";

/** A button as a person sees it: on a message, or in their topmost modal. */
export interface Pressable {
  readonly label: string;
  readonly element: Element;
  readonly on: Message | View;
}

/** A person at Slack's own client: what they do becomes the payloads that Slack sends. */
export class Somebody {
  readonly user: User;
  readonly #workspace: Workspace;
  readonly #deliveries: Deliveries;

  constructor(user: User, workspace: Workspace, deliveries: Deliveries) {
    this.user = user;
    this.#workspace = workspace;
    this.#deliveries = deliveries;
  }

  /** Their conversation with the bot alone. */
  get direct(): string {
    return this.#workspace.directOf(this.user.id).id;
  }

  /** Writes a message; "@Steward" in it is a mention. Resolves when Slack knows whether each of its events was taken. */
  async says(
    text: string,
    { in: channel, thread }: { in: string; thread?: string | undefined },
  ): Promise<{ message: Message; delivered: Delivered[] }> {
    const message = this.#workspace.add({
      channel,
      user: this.user.id,
      text: markupOf(text, this.#workspace.botUserId),
      blocks: [],
      onlyFor: null,
      ...(thread !== undefined && { thread_ts: thread }),
    });
    const events = this.eventsOf(message);
    return {
      message,
      delivered: await Promise.all(events.map((payload) => this.#deliveries.deliver({ kind: "events_api", payload }))),
    };
  }

  /** The events of a message to which the app subscribed: a mention in a channel comes twice. */
  eventsOf(message: Message): Record<string, unknown>[] {
    const channel = this.#workspace.channels.get(message.channel);
    if (!channel?.members.has(this.#workspace.botUserId)) return [];
    const { ts, text, thread_ts } = message;
    const event = {
      user: this.user.id,
      team: this.user.team_id,
      ts,
      text,
      channel: channel.id,
      event_ts: ts,
      ...(thread_ts && { thread_ts }),
    };
    const kinds = { public: "channel", private: "group", im: "im" } as const;
    const written = this.event({
      type: "message",
      channel_type: kinds[channel.kind],
      client_msg_id: randomUUID(),
      ...event,
    });
    if (channel.kind === "im" || !text.includes(`<@${this.#workspace.botUserId}>`)) return [written];
    return [written, this.event({ type: "app_mention", ...event })];
  }

  /** An event as Slack wraps it. */
  event(event: Record<string, unknown>): Record<string, unknown> {
    const { teamId, appId, botUserId } = this.#workspace;
    return {
      token: "deprecated",
      team_id: teamId,
      context_team_id: teamId,
      api_app_id: appId,
      type: "event_callback",
      event_id: `Ev${randomUUID().slice(0, 8).toUpperCase()}`,
      event_time: Math.floor(Date.now() / 1000),
      authorizations: [
        { enterprise_id: null, team_id: teamId, user_id: botUserId, is_bot: true, is_enterprise_install: false },
      ],
      is_ext_shared_channel: false,
      event,
    };
  }

  /** Types /steward and this text. What Slack shows them alone at once comes back in `body`. */
  commands(text: string, channel: string): Promise<Delivered> {
    return this.#deliveries.deliver({ kind: "slash_commands", payload: this.commandPayload(text, channel) });
  }

  commandPayload(text: string, channel: string): Record<string, string> {
    const { teamId, appId } = this.#workspace;
    return {
      token: "deprecated",
      team_id: teamId,
      team_domain: "rig",
      channel_id: channel,
      channel_name: this.#workspace.channels.get(channel)?.name ?? "directmessage",
      user_id: this.user.id,
      user_name: this.user.name,
      command: "/steward",
      text: markupOf(text, this.#workspace.botUserId),
      api_app_id: appId,
      is_enterprise_install: "false",
      response_url: "https://hooks.slack.com/commands/rig",
      trigger_id: this.#workspace.trigger(this.user.id),
    };
  }

  /** What they can press: in their topmost modal when one is open, else on a channel's messages. */
  buttons(channel: string): Pressable[] {
    const modal = this.#workspace.modals.get(this.user.id)?.at(-1);
    const places = modal ? [modal] : this.#workspace.seenBy(this.user.id, channel);
    return places.flatMap((on) => elementsOf(on.blocks).map((element) => ({ label: labelOf(element), element, on })));
  }

  async presses({ element, on }: Pressable): Promise<Delivered> {
    return this.#deliveries.deliver({ kind: "interactive", payload: this.pressPayload({ element, on }) });
  }

  pressPayload({ element, on }: Pick<Pressable, "element" | "on">): Record<string, unknown> {
    const action = { ...element, block_id: "b1", action_ts: this.#workspace.now() };
    const where =
      "ts" in on
        ? {
            container: {
              type: "message",
              message_ts: on.ts,
              channel_id: on.channel,
              is_ephemeral: on.onlyFor !== null,
              ...(on.thread_ts && { thread_ts: on.thread_ts }),
            },
            channel: { id: on.channel, name: this.#workspace.channels.get(on.channel)?.name },
            ...(on.onlyFor === null && { message: { ...on, reactions: undefined, onlyFor: undefined } }),
          }
        : { container: { type: "view", view_id: on.id }, view: on };
    return {
      type: "block_actions",
      ...this.#interaction(),
      ...where,
      actions: [action],
      response_url: "https://hooks.slack.com/actions/rig",
    };
  }

  /** Presses an answer's thumb. */
  async thinks(message: Message, liked: boolean): Promise<Delivered> {
    const asked = message.blocks
      .flatMap((block) => block.elements ?? [])
      .find(({ type }) => type === "feedback_buttons");
    const { value } = (liked ? asked?.positive_button : asked?.negative_button) ?? { value: "" };
    return this.presses({
      label: "",
      on: message,
      element: { type: "feedback_buttons", action_id: asked?.action_id ?? "", value },
    });
  }

  async handsOver(message: Message): Promise<Delivered> {
    return this.#deliveries.deliver({ kind: "interactive", payload: this.handOverPayload(message) });
  }

  handOverPayload(message: Message): Record<string, unknown> {
    return {
      type: "message_action",
      callback_id: "hand-over",
      ...this.#interaction(),
      channel: { id: message.channel, name: this.#workspace.channels.get(message.channel)?.name },
      message: { ...message, reactions: undefined, onlyFor: undefined, type: "message" },
      message_ts: message.ts,
      response_url: "https://hooks.slack.com/app/rig",
    };
  }

  /** Sends the topmost modal with these values; what the app answers happens to it. */
  async submits(values: Readonly<Record<string, string>>): Promise<Delivered> {
    const { modals } = this.#workspace;
    const stack = [...(modals.get(this.user.id) ?? [])];
    const view = stack.at(-1);
    if (!view) throw new Error(`${this.user.name} has no modal open`);
    const payload = this.submissionPayload(view, values);
    const delivered = await this.#deliveries.deliver({ kind: "interactive", payload });
    if (!delivered.acknowledged) return delivered;
    stack.pop();
    const next = delivered.body as { response_action?: string; view?: Omit<View, "id"> } | null;
    if (next?.response_action === "update" && next.view) stack.push({ ...next.view, id: view.id });
    modals.set(this.user.id, next?.response_action === "clear" ? [] : stack);
    this.#workspace.changed();
    return delivered;
  }

  submissionPayload(view: View, values: Readonly<Record<string, string>>): Record<string, unknown> {
    const inputs = view.blocks.filter(({ type }) => type === "input");
    const state = inputs.map(({ block_id = "", element }) => [
      block_id,
      { [element?.action_id ?? ""]: { type: "plain_text_input", value: values[block_id] ?? null } },
    ]);
    return {
      type: "view_submission",
      ...this.#interaction(),
      view: { ...view, state: { values: Object.fromEntries(state) } },
    };
  }

  closesModal(): void {
    const stack = this.#workspace.modals.get(this.user.id) ?? [];
    this.#workspace.modals.set(this.user.id, stack.at(-1)?.clear_on_close ? [] : stack.slice(0, -1));
    this.#workspace.changed();
  }

  /** Opens the app: its home, or its messages. */
  opens(tab: "home" | "messages"): Promise<Delivered> {
    const event = {
      type: "app_home_opened",
      user: this.user.id,
      channel: this.direct,
      tab,
      event_ts: this.#workspace.now(),
    };
    return this.#deliveries.deliver({ kind: "events_api", payload: this.event(event) });
  }

  #interaction(): Record<string, unknown> {
    const { id, name, team_id } = this.user;
    return {
      user: { id, username: name, name, team_id },
      api_app_id: this.#workspace.appId,
      token: "deprecated",
      team: { id: this.#workspace.teamId, domain: "rig" },
      enterprise: null,
      is_enterprise_install: false,
      trigger_id: this.#workspace.trigger(id),
    };
  }
}

/** What somebody types, as Slack writes it down. */
function markupOf(text: string, botUserId: string): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return escaped.replace(/@steward\b/gi, `<@${botUserId}>`).replace(/https?:\/\/\S+/g, "<$&>");
}

function elementsOf(blocks: readonly Block[]): Element[] {
  return blocks.filter(({ type }) => type === "actions").flatMap(({ elements = [] }) => elements);
}

function labelOf({ text }: Element): string {
  return typeof text === "string" ? text : (text?.text ?? "");
}
