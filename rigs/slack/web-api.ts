import { problemsOf, viewProblemsOf } from "./limits.ts";
import type { Args, Block, Channel, Message, Reply, Text, View } from "./shapes.ts";
import { streaming } from "./streams.ts";
import type { Workspace } from "./workspace.ts";

const no = (error: string, more: object = {}): Reply => ({ ok: false, error, ...more });
const text = (args: Args, name: string): string => (typeof args[name] === "string" ? args[name] : "");
const blocksOf = (args: Args) => (args["blocks"] ?? []) as readonly Block[];

/** The methods of Slack's Web API that Steward calls, over a workspace. `socketUrl` is where Socket Mode connects, `at` makes a path of ours whole. */
export function webApi(
  workspace: Workspace,
  socketUrl: () => string,
  at: (path: string) => string,
): Readonly<Record<string, (args: Args) => Reply>> {
  const { files } = workspace;
  const { botUserId, botId, appId, teamId } = workspace;

  return {
    "auth.test": () => ({
      ok: true,
      url: "https://rig.slack.test/",
      team: "Rig",
      user: "steward",
      team_id: teamId,
      user_id: botUserId,
      bot_id: botId,
      is_enterprise_install: false,
    }),
    "bots.info": (args) =>
      text(args, "bot") === botId
        ? { ok: true, bot: { id: botId, app_id: appId, user_id: botUserId } }
        : no("bot_not_found"),
    "apps.connections.open": () => ({ ok: true, url: socketUrl() }),

    "files.getUploadURLExternal": (args) => {
      const length = Number(args["length"]);
      if (!text(args, "filename") || !Number.isInteger(length) || length < 1) return no("invalid_arguments");
      const { file, path } = files.ask(length, text(args, "alt_txt"));
      return { ok: true, upload_url: at(path), file_id: file.id };
    },
    "files.completeUploadExternal": (args) => {
      const asked = (args["files"] ?? []) as readonly { readonly id: string }[];
      if (asked.length === 0 || !asked.every(({ id }) => files.complete(id))) return no("file_not_found");
      return { ok: true, files: asked.map(({ id }) => ({ id, mimetype: "" })) };
    },

    "chat.postMessage": (args) => {
      const channel = open(text(args, "channel"));
      if (typeof channel === "string") return no(channel);
      return post(args, channel, null);
    },
    "chat.postEphemeral": (args) => {
      const channel = open(text(args, "channel"));
      if (typeof channel === "string") return no(channel);
      if (!channel.members.has(text(args, "user"))) return no("user_not_in_channel");
      const posted = post(args, channel, text(args, "user"));
      return posted.ok ? { ok: true, message_ts: posted["ts"] } : posted;
    },
    "chat.update": (args) => {
      const message = workspace.message(text(args, "channel"), text(args, "ts"));
      if (!workspace.channels.has(text(args, "channel"))) return no("channel_not_found");
      if (message === undefined || message.onlyFor !== null) return no("message_not_found");
      if (message.bot_id !== botId) return no("cant_update_message");
      if (message.streaming) return no("streaming_state_conflict");
      const wrong = refused(args);
      if (wrong) return wrong;
      if (text(args, "text").length > 4000) return no("msg_too_long");
      message.text = text(args, "text");
      message.blocks = blocksOf(args);
      const metadata = args["metadata"] as Message["metadata"];
      if (metadata) message.metadata = metadata;
      message.edited = { user: botUserId, ts: workspace.now() };
      workspace.changed();
      return { ok: true, channel: message.channel, ts: message.ts };
    },

    ...streaming(workspace),

    "conversations.history": (args) => {
      const channel = open(text(args, "channel"));
      if (typeof channel === "string") return no(channel);
      return page(
        args,
        inside(channel.id, args)
          .filter((each) => (each.thread_ts ?? each.ts) === each.ts)
          .reverse(),
      );
    },
    "conversations.replies": (args) => {
      const channel = open(text(args, "channel"));
      if (typeof channel === "string") return no(channel);
      const ts = text(args, "ts");
      if (!workspace.message(channel.id, ts)) return no("thread_not_found");
      const root = workspace.messages.filter((each) => each.channel === channel.id && each.ts === ts);
      const replies = inside(channel.id, args).filter((each) => each.thread_ts === ts && each.ts !== ts);
      return page(args, [...root, ...replies]);
    },
    "conversations.info": (args) => {
      const channel = workspace.channels.get(text(args, "channel"));
      if (!channel || (channel.kind !== "public" && !channel.members.has(botUserId))) return no("channel_not_found");
      return { ok: true, channel: shown(channel) };
    },
    "conversations.list": (args) =>
      page(args, [...workspace.channels.values()].filter(({ kind }) => kind === "public").map(shown), "channels"),
    "users.conversations": (args) =>
      page(
        args,
        [...workspace.channels.values()]
          .filter(({ kind, members }) => kind !== "im" && members.has(botUserId))
          .map(shown),
        "channels",
      ),
    "conversations.open": (args) => {
      if (!workspace.users.has(text(args, "users"))) return no("user_not_found");
      return { ok: true, channel: { id: workspace.directOf(text(args, "users")).id } };
    },

    "reactions.add": (args) =>
      react(args, (who) => (who.has(botUserId) ? "already_reacted" : who.add(botUserId) && null)),
    "reactions.remove": (args) => react(args, (who) => (who.delete(botUserId) ? null : "no_reaction")),

    "views.open": (args) => show(args, () => []),
    "views.push": (args) => show(args, (user) => workspace.modals.get(user) ?? []),
    "views.update": (args) => {
      const view = args["view"] as Omit<View, "id">;
      const problems = viewProblemsOf(view);
      if (problems.length > 0) return no("invalid_arguments", { response_metadata: { messages: problems } });
      for (const stack of workspace.modals.values()) {
        const at = stack.findIndex(({ id }) => id === text(args, "view_id"));
        if (at === -1) continue;
        stack[at] = { ...view, id: text(args, "view_id") };
        workspace.changed();
        return { ok: true, view: stack[at] };
      }
      return no("not_found");
    },
    "views.publish": (args) => {
      const view = args["view"] as Omit<View, "id">;
      const problems = viewProblemsOf(view);
      if (problems.length > 0) return no("invalid_arguments", { response_metadata: { messages: problems } });
      workspace.homes.set(text(args, "user_id"), workspace.addView(view));
      workspace.changed();
      return { ok: true, view };
    },

    "users.info": (args) => {
      const user = workspace.users.get(text(args, "user"));
      return user ? { ok: true, user: { ...user } } : no("user_not_found");
    },
    "users.list": (args) =>
      page(
        args,
        [...workspace.users.values()].map((user) => ({ ...user })),
        "members",
      ),
    "usergroups.list": () => ({
      ok: true,
      usergroups: [...workspace.groups].map(([id, users]) => ({ id, handle: id.toLowerCase(), users: [...users] })),
    }),

    "assistant.threads.setStatus": (args) => {
      if (workspace.channels.get(text(args, "channel_id"))?.kind !== "im" || !text(args, "thread_ts"))
        return no("invalid_arguments");
      if (text(args, "status") === "") workspace.statuses.delete(text(args, "channel_id"));
      else workspace.statuses.set(text(args, "channel_id"), text(args, "status"));
      workspace.changed();
      return { ok: true };
    },
    "assistant.threads.setSuggestedPrompts": (args) => {
      const prompts = (args["prompts"] ?? []) as readonly { title: string; message: string }[];
      if (prompts.length === 0 || prompts.length > 4) return no("invalid_arguments");
      // With a thread an app with the agent view is told "ok" and nothing is shown.
      if (!text(args, "thread_ts")) workspace.prompts.set(text(args, "channel_id"), prompts);
      workspace.changed();
      return { ok: true };
    },
  };

  /** The channel as the bot may use it, or why not. A user's id stands for the conversation with them. */
  function open(id: string): Channel | string {
    const channel = workspace.users.has(id) ? workspace.directOf(id) : workspace.channels.get(id);
    if (channel === undefined) return "channel_not_found";
    if (channel.members.has(botUserId)) return channel;
    return channel.kind === "public" ? "not_in_channel" : "channel_not_found";
  }

  function refused(args: Args): Reply | null {
    if (text(args, "text") === "" && blocksOf(args).length === 0) return no("no_text");
    if (blocksOf(args).length === 0) return null;
    const problems = [...problemsOf(blocksOf(args), "message"), ...files.problemsOf(blocksOf(args))];
    return problems.length > 0 ? no("invalid_blocks", { response_metadata: { messages: problems } }) : null;
  }

  function post(args: Args, { id: channel }: Channel, onlyFor: string | null): Reply {
    const wrong = refused(args);
    if (wrong) return wrong;
    const thread = text(args, "thread_ts");
    if (thread !== "" && !workspace.message(channel, thread)) return no("thread_not_found");
    const metadata = args["metadata"] as Message["metadata"];
    const message = workspace.add({
      channel,
      user: botUserId,
      bot_id: botId,
      app_id: appId,
      text: text(args, "text"),
      blocks: blocksOf(args),
      onlyFor,
      ...(thread !== "" && { thread_ts: thread }),
      ...(metadata && { metadata }),
    });
    workspace.statuses.delete(channel);
    return { ok: true, channel, ts: message.ts, message: { ...message, reactions: undefined } };
  }

  function inside(channel: string, args: Args): Message[] {
    const oldest = text(args, "oldest") || "0";
    const latest = text(args, "latest") || "9999999999";
    const inclusive = String(args["inclusive"]) === "true";
    return workspace.messages.filter(
      ({ channel: in_, onlyFor, ts }) =>
        in_ === channel &&
        onlyFor === null &&
        ((ts > oldest && ts < latest) || (inclusive && (ts === oldest || ts === latest))),
    );
  }

  function page(args: Args, all: readonly object[], name = "messages"): Reply {
    const limit = Number(args["limit"] ?? 100);
    const from = Number(text(args, "cursor") || 0);
    const withMetadata = String(args["include_all_metadata"]) === "true";
    const items = all.slice(from, from + limit).map((item) => {
      const { metadata, reactions: _, onlyFor: __, ...rest } = item as Message;
      return withMetadata && metadata ? { ...rest, metadata } : rest;
    });
    const next = from + limit < all.length ? String(from + limit) : "";
    return { ok: true, [name]: items, has_more: next !== "", response_metadata: { next_cursor: next } };
  }

  function shown({ id, name, kind, members }: Channel): object {
    return {
      id,
      name,
      is_channel: kind === "public",
      is_private: kind === "private",
      is_im: kind === "im",
      is_member: members.has(botUserId),
    };
  }

  function react(args: Args, change: (who: Set<string>) => string | null): Reply {
    const message = workspace.message(text(args, "channel"), text(args, "timestamp"));
    if (message === undefined) return no("message_not_found");
    const name = text(args, "name");
    const who = message.reactions.get(name) ?? new Set<string>();
    const wrong = change(who);
    if (who.size > 0) message.reactions.set(name, who);
    else message.reactions.delete(name);
    workspace.changed();
    return wrong === null ? { ok: true } : no(wrong);
  }

  function show(args: Args, below: (user: string) => readonly View[]): Reply {
    const trigger = workspace.useTrigger(text(args, "trigger_id"));
    if (typeof trigger === "string") return no(trigger);
    const view = args["view"] as Omit<View, "id"> & { title?: Text };
    const problems = viewProblemsOf(view);
    if (problems.length > 0) return no("invalid_arguments", { response_metadata: { messages: problems } });
    const opened = workspace.addView(view);
    workspace.modals.set(trigger.user, [...below(trigger.user), opened]);
    workspace.changed();
    return { ok: true, view: opened };
  }
}
