import { linesOf } from "../../../rigs/slack/screen.ts";
import type { Message } from "../../../rigs/slack/shapes.ts";
import { type SlackRig, startSlackRig } from "../../../rigs/slack/slack.ts";
import { type Name, names, type Read, type Surface } from "../surface.ts";

/** Slack in Socket Mode, on its local server. `rig` reaches behind the clients people have. */
export async function openSlack({
  strangers = [],
}: {
  /** People of the workspace whom steward.yaml does not know there. */
  readonly strangers?: readonly Name[];
} = {}): Promise<Surface & { readonly rig: SlackRig }> {
  const rig = await startSlackRig({ retryAfterMs: [0, 50, 100] });
  const { workspace } = rig;
  const people = Object.fromEntries(names.map((name) => [name, rig.somebody(name)]));
  const somebody = (name: Name) => rig.somebody(name);
  const everybody = [...Object.values(people).map(({ user }) => user.id), workspace.botUserId];
  const channels = Object.fromEntries(
    ["ops", "approvals", "help-needed"].map((name) => [name, workspace.addChannel(name, "public", everybody).id]),
  );
  let last = { channel: "", ts: "" };
  const seen = (viewer: Name, channel: string) => workspace.seenBy(somebody(viewer).user.id, channel);
  const inThread = (message: Message) => message.ts === last.ts || message.thread_ts === last.ts;

  return {
    rig,
    platform: "slack",
    chat: {
      slack: { botToken: rig.botToken, appToken: rig.appToken, signingSecret: null, apiUrl: rig.apiUrl },
    },
    identities: Object.fromEntries(
      names
        .filter((name) => !strangers.includes(name))
        .map((name) => [name, { workspace: workspace.teamId, user: somebody(name).user.id }]),
    ),
    channels,
    begin: async () => undefined,
    async asks(person, text, where) {
      const channel = channels[where.in] ?? "";
      const { message } = await somebody(person).says(`@steward ${text}`, { in: channel });
      last = { channel, ts: message.ts };
    },
    async opens(viewer, words, where) {
      const channel = channels[where.in] ?? "";
      const found = seen(viewer, channel).findLast(
        (message) => !message.thread_ts && words.test(toRead(message).words),
      );
      if (!found) throw new Error(`${viewer} sees no message ${words}`);
      last = { channel, ts: found.ts };
    },
    async replies(person, text) {
      await somebody(person).says(text, { in: last.channel, thread: last.ts });
    },
    async presses(person, label, { in: where, reason, values = reason === undefined ? undefined : { reason } } = {}) {
      const channel = where === undefined ? last.channel : (channels[where] ?? "");
      const button = somebody(person)
        .buttons(channel)
        .findLast(({ label: each, on }) => each === label && (where !== undefined || !("ts" in on) || inThread(on)));
      if (!button) throw new Error(`${person} sees no button “${label}” in ${channel}`);
      const before = new Set(alone(person, channel));
      await somebody(person).presses(button);
      if (values !== undefined) {
        await workspace.until("a form", () => workspace.modals.get(somebody(person).user.id)?.at(-1));
        await somebody(person).submits(values);
        // The form itself says what came of it.
        const modal = workspace.modals.get(somebody(person).user.id)?.at(-1);
        somebody(person).closesModal();
        return modal === undefined ? null : linesOf(modal.blocks).join("\n");
      }
      // Whoever decides is always told something alone; what a button says is answered for all.
      if (!["Approve", "Deny"].includes(label)) return null;
      const told = await workspace.until("what came of a press", () =>
        alone(person, channel).find((message) => !before.has(message)),
      );
      return told.text;
    },
    async reads(viewer, where) {
      const messages = seen(viewer, where === undefined ? last.channel : (channels[where.in] ?? ""));
      return messages.filter((message) => (where ? message.thread_ts === undefined : inThread(message))).map(toRead);
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };

  function alone(person: Name, channel: string): Message[] {
    return seen(person, channel).filter((message) => message.onlyFor !== null);
  }
}

function toRead({ text, blocks }: Message): Read {
  const buttons = blocks
    .filter(({ type }) => type === "actions")
    .flatMap(({ elements = [] }) => elements)
    .map((element) => (typeof element.text === "string" ? element.text : (element.text?.text ?? "")));
  return { words: blocks.length === 0 ? text : linesOf(blocks).join("\n"), buttons };
}
