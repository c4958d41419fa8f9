import type { Args, Block, Message, Reply } from "./shapes.ts";
import type { Workspace } from "./workspace.ts";

interface Chunk {
  readonly type?: string;
  readonly text?: string;
  readonly id?: string;
  readonly title?: string;
  readonly status?: string;
}

/** Characters of Markdown in one call. */
const longest = 12_000;

/** chat.startStream, appendStream and stopStream: https://docs.slack.dev/reference/methods/chat.startStream. In between nobody can change the message. */
export function streaming(workspace: Workspace): Readonly<Record<string, (args: Args) => Reply>> {
  const no = (error: string): Reply => ({ ok: false, error });
  const text = (args: Args, name: string): string => (typeof args[name] === "string" ? args[name] : "");

  return {
    "chat.startStream": (args) => {
      const channel = workspace.channels.get(text(args, "channel"));
      if (!channel?.members.has(workspace.botUserId)) return no("channel_not_found");
      const thread = text(args, "thread_ts");
      if (thread === "") return no("invalid_arguments");
      if (!workspace.message(channel.id, thread)) return no("thread_not_found");
      if (channel.kind !== "im") {
        if (!text(args, "recipient_team_id")) return no("missing_recipient_team_id");
        if (!text(args, "recipient_user_id")) return no("missing_recipient_user_id");
      }
      const wrong = wrongIn(args);
      if (wrong) return no(wrong);
      const { botUserId: user, botId: bot_id, appId: app_id } = workspace;
      const about = {
        channel: channel.id,
        user,
        bot_id,
        app_id,
        thread_ts: thread,
        text: "",
        blocks: [],
        onlyFor: null,
      };
      const message = workspace.add({ ...about, streaming: true });
      add(message, args);
      workspace.statuses.delete(channel.id);
      workspace.changed();
      return { ok: true, channel: channel.id, ts: message.ts };
    },
    "chat.appendStream": (args) => inStream(args, () => ({})),
    "chat.stopStream": (args) =>
      inStream(args, (message) => {
        message.streaming = false;
        const metadata = args["metadata"] as Message["metadata"];
        if (metadata) message.metadata = metadata;
        return { message: { ...message, reactions: undefined } };
      }),
  };

  function inStream(args: Args, then: (message: Message) => object): Reply {
    const message = workspace.message(text(args, "channel"), text(args, "ts"));
    if (message === undefined) return no("message_not_found");
    if (message.bot_id !== workspace.botId) return no("message_not_owned_by_app");
    if (!message.streaming) return no("message_not_in_streaming_state");
    const wrong = wrongIn(args);
    if (wrong) return no(wrong);
    add(message, args);
    const more = then(message);
    workspace.changed();
    return { ok: true, channel: message.channel, ts: message.ts, ...more };
  }
}

function chunksOf(args: Args): readonly Chunk[] {
  return (args["chunks"] ?? []) as readonly Chunk[];
}

function wrongIn(args: Args): string | null {
  for (const { type, text = "", id, title, status = "" } of chunksOf(args)) {
    if (type === "markdown_text" && text.length > longest) return "msg_too_long";
    const isTask =
      type === "task_update" && id && title && ["pending", "in_progress", "complete", "error"].includes(status);
    if (type !== "markdown_text" && !isTask) return "invalid_chunks";
  }
  return null;
}

/** Text goes on in the last block of Markdown; a task is there once. */
function add(message: Message, args: Args): void {
  for (const { type, text = "", id = "", title = "", status = "" } of chunksOf(args)) {
    const { blocks } = message;
    const last = blocks.at(-1);
    if (type === "task_update") {
      const card: Block = { type: "task_card", task_id: id, title, status };
      const known = blocks.some((block) => block.task_id === id);
      message.blocks = known ? blocks.map((block) => (block.task_id === id ? card : block)) : [...blocks, card];
    } else if (last?.type === "markdown")
      message.blocks = [...blocks.slice(0, -1), { type: "markdown", text: `${String(last.text)}${text}` }];
    else message.blocks = [...blocks, { type: "markdown", text }];
  }
  message.text = message.blocks
    .filter((block) => block.type === "markdown")
    .map((block) => withoutEscapes(String(block.text)))
    .join("\n");
}

/** Markdown as a person reads it: without its escapes. */
export function readMarkdown(markdown: string): string {
  return withoutEscapes(markdown).replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function withoutEscapes(markdown: string): string {
  return markdown.replace(/\\([!-/:-@[-`{-~])/g, "$1");
}
