import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Attachment, all, checkMessage, checkModal, type Part, Refusal } from "./check.ts";
import { LocalGateway } from "./gateway.ts";

/** A user of this Discord. `member` null: not in the server. */
export interface User {
  readonly id: string;
  readonly username: string;
  readonly bot?: boolean;
  member: { roles: string[]; pending?: boolean } | null;
  takesDirects: boolean;
}

export interface Message {
  readonly id: string;
  readonly channel_id: string;
  readonly type: number;
  readonly author: { id: string; username: string; bot: boolean };
  content: string;
  components: Part[];
  /** What it was posted with; an edit that names attachments keeps only those it names or brings. */
  attachments: readonly Attachment[];
  flags: number;
  readonly mentions: { id: string; username: string; bot: boolean }[];
  readonly message_reference?: { message_id: string };
  readonly referenced_message?: Message;
  /** Who alone sees it: an answer to an interaction. */
  readonly onlyFor?: string;
  readonly nonce?: string;
  readonly reactions: Set<string>;
}

/** Another server the bot is in, with members of its own. */
interface OtherServer {
  readonly id: string;
  readonly name: string;
  readonly members: Set<User>;
}

interface Channel {
  readonly id: string;
  readonly name: string;
  /** The other server it is in; undefined in the first one. */
  readonly server?: OtherServer;
  /** 0 text, 1 direct message, 11 thread. */
  readonly type: 0 | 1 | 11;
  readonly parent_id: string | null;
  /** Whose direct message with the bot it is. */
  readonly with?: string;
  archived?: boolean;
  readonly messages: Message[];
}

/** What somebody sees after a command, a press or a form. */
export interface Shown {
  readonly kind: "message" | "modal" | "nothing" | "choices" | "no answer";
  /** Everything said to them alone, in order. */
  readonly messages: Message[];
  readonly modal?: { readonly custom_id: string; readonly title: string; readonly components: Part[] };
  readonly choices?: readonly { readonly name: string; readonly value: string }[];
}

interface Pending {
  readonly id: string;
  readonly token: string;
  readonly user: User;
  readonly channel: Channel;
  answered: boolean;
  original: Message | null;
  readonly messages: Message[];
  settle(shown: Omit<Shown, "messages">): void;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
  readonly uploads: ReadonlyMap<string, Upload>;
  readonly bot: boolean;
}

/** A file of a multipart request, by the number that its body gives it. */
interface Upload {
  readonly filename: string;
  readonly bytes: Buffer;
}

const epoch = 1_420_070_400_000;
const giveUpMs = 3000;
const attachFiles = 1n << 15n;

/** A Discord of one server for one bot, on this machine: REST version 10, the gateway, and people who write and press. */
export class LocalDiscord {
  readonly token = "rig-discord-token";
  readonly botId: string;
  readonly applicationId: string;
  readonly guildId: string;
  readonly users = new Map<string, User>();
  readonly channels = new Map<string, Channel>();
  readonly others: OtherServer[] = [];
  readonly calls: { method: string; path: string; status: number }[] = [];
  commands: { name: string }[] = [];
  /** Whether Message Content Intent is switched on. */
  readsContent = true;
  permissions = "309237746752";
  /** How many messages a channel takes in how long. */
  bucket = { size: 1000, perMs: 5000 };
  /** Nothing is recorded and nobody is answered by the API. */
  away = false;
  /** Called with each request before it is served; what it returns is awaited. */
  before: (call: { method: string; path: string }) => Promise<void> | void = () => undefined;
  readonly gateway: LocalGateway;
  readonly #http: Server;
  readonly #pending = new Map<string, Pending>();
  readonly #spent = new Map<string, number[]>();
  #limits = 0;
  #last = 0n;

  private constructor(http: Server, guildId: string | undefined) {
    this.#http = http;
    this.guildId = guildId ?? this.snowflake();
    this.applicationId = this.snowflake();
    const bot = this.addUser("steward", { bot: true });
    this.botId = bot.id;
    this.gateway = new LocalGateway(http, {
      token: this.token,
      mayReadContent: () => this.readsContent,
      ready: () => ({
        user: this.#author(bot),
        application: { id: this.applicationId, flags: this.#flags() },
        guilds: this.#servers().map(({ id }) => ({ id, unavailable: true })),
      }),
      guilds: () =>
        this.#servers().map(({ id, name }) => ({
          id,
          name,
          roles: [],
          channels: this.#listed(0, id),
          threads: this.#listed(11, id),
        })),
    });
    http.on("request", (request, response) => void this.#serve(request, response));
  }

  /** Starts one on a free port of this machine. Ids are made up unless they are given. */
  static async open({ guildId }: { guildId?: string } = {}): Promise<LocalDiscord> {
    const http = createServer();
    const discord = new LocalDiscord(http, guildId);
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    return discord;
  }

  /** Resolves when a bot is connected. */
  async connected(): Promise<void> {
    while (this.gateway.connected === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  get address(): string {
    const at = this.#http.address();
    return `127.0.0.1:${typeof at === "object" && at !== null ? at.port : 0}`;
  }

  /** What DISCORD_API_URL must be. */
  get apiUrl(): string {
    return `http://${this.address}/api`;
  }

  async close(): Promise<void> {
    this.gateway.close();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  snowflake(at = Date.now()): string {
    const made = BigInt(at - epoch) << 22n;
    this.#last = made > this.#last ? made : this.#last + 1n;
    return String(this.#last);
  }

  addUser(username: string, more: { bot?: boolean; roles?: string[]; outside?: boolean; id?: string } = {}): User {
    const user: User = {
      id: more.id ?? this.snowflake(),
      username,
      bot: more.bot ?? false,
      member: more.outside ? null : { roles: more.roles ?? [] },
      takesDirects: true,
    };
    this.users.set(user.id, user);
    return user;
  }

  addChannel(name: string, id?: string, server?: OtherServer): Channel {
    return this.#addChannel({ name, type: 0, parent_id: null, ...(server && { server }) }, id);
  }

  /** Another server that the bot is in; it lists before those made later. */
  addServer(name: string, members: readonly User[]): OtherServer {
    const server = { id: this.snowflake(), name, members: new Set(members) };
    this.others.push(server);
    return server;
  }

  #servers(): readonly { readonly id: string; readonly name: string }[] {
    return [{ id: this.guildId, name: "Rig" }, ...this.others];
  }

  #serverOf({ server }: Pick<Channel, "server">): string {
    return server?.id ?? this.guildId;
  }

  /** The next call to the API is told to slow down. */
  limit(): void {
    this.#limits++;
  }

  /** Somebody writes in a channel, a thread or their direct message with the bot. */
  write(user: User, channelId: string, content: string, more: { replyTo?: string; type?: number } = {}): Message {
    const channel = this.#channel(channelId);
    const answered = channel.messages.find(({ id }) => id === more.replyTo);
    const named = [...content.matchAll(/<@!?(\d+)>/g)].flatMap(([, id = ""]) => this.users.get(id) ?? []);
    const message: Message = {
      id: this.snowflake(),
      channel_id: channel.id,
      type: more.type ?? (answered ? 19 : 0),
      author: this.#author(user),
      content,
      components: [],
      attachments: [],
      flags: 0,
      mentions: [...named.map((each) => this.#author(each)), ...(answered ? [answered.author] : [])],
      ...(answered && { message_reference: { message_id: answered.id }, referenced_message: answered }),
      reactions: new Set(),
    };
    channel.messages.push(message);
    this.gateway.dispatch("MESSAGE_CREATE", this.event(message));
    return message;
  }

  /** A message as the gateway tells it. */
  event(message: Message): object {
    const channel = this.#channel(message.channel_id);
    return { ...this.#public(message), ...(channel.type === 1 ? {} : { guild_id: this.#serverOf(channel) }) };
  }

  /** Somebody begins a thread of their own from a message. */
  beginThread(message: Message, name: string): Channel {
    return this.#thread(message.channel_id, message.id, name);
  }

  command(user: User, channelId: string, request: string): Promise<Shown> {
    const data = {
      id: "1",
      type: 1,
      name: "steward",
      options: request === "" ? [] : [{ name: "request", type: 3, value: request }],
    };
    return this.interact(user, channelId, { type: 2, data });
  }

  types(user: User, channelId: string, request: string): Promise<Shown> {
    const options = [{ name: "request", type: 3, value: request, focused: true }];
    return this.interact(user, channelId, { type: 4, data: { id: "1", type: 1, name: "steward", options } });
  }

  handOver(user: User, message: Message): Promise<Shown> {
    const resolved = { messages: { [message.id]: this.#public(message) } };
    const data = { id: "2", type: 3, name: "Hand to Steward", target_id: message.id, resolved };
    return this.interact(user, message.channel_id, { type: 2, data });
  }

  press(user: User, message: Message, label: string): Promise<Shown> {
    const button = all(message.components).find((each) => each.type === 2 && each.label === label);
    if (button?.custom_id === undefined) throw new Error(`No button “${label}” on this message`);
    const data = { component_type: 2, custom_id: button.custom_id };
    return this.interact(user, message.channel_id, { type: 3, data, message: this.#public(message) });
  }

  submit(
    user: User,
    channelId: string,
    modal: NonNullable<Shown["modal"]>,
    values: Record<string, string>,
  ): Promise<Shown> {
    const components = modal.components.map(({ component }) => ({
      type: 18,
      id: 1,
      component: { type: 4, id: 2, custom_id: component?.custom_id, value: values[component?.custom_id ?? ""] ?? "" },
    }));
    return this.interact(user, channelId, { type: 5, data: { custom_id: modal.custom_id, components } });
  }

  /** An interaction as the gateway tells it. */
  interaction(user: User, channelId: string, more: object): { id: string; token: string; [name: string]: unknown } {
    const channel = this.#channel(channelId);
    const who =
      channel.type === 1
        ? { user: this.#author(user), context: 1 }
        : {
            member: { user: this.#author(user), roles: user.member?.roles ?? [] },
            guild_id: this.#serverOf(channel),
            context: 0,
          };
    const id = this.snowflake();
    return {
      id,
      application_id: this.applicationId,
      token: `token-${id}`,
      version: 1,
      channel_id: channel.id,
      channel: { id: channel.id, type: channel.type, parent_id: channel.parent_id, name: channel.name },
      ...who,
      ...more,
    };
  }

  /** Does something, and waits for what they are shown; Discord gives up after 3 seconds. */
  interact(user: User, channelId: string, more: object): Promise<Shown> {
    const payload = this.interaction(user, channelId, more);
    return new Promise((resolve) => {
      const messages: Message[] = [];
      const timer = setTimeout(() => {
        if (!pending.answered) pending.settle({ kind: "no answer" });
      }, giveUpMs);
      const pending: Pending = {
        id: payload.id,
        token: payload.token,
        user,
        channel: this.#channel(channelId),
        answered: false,
        original: null,
        messages,
        settle: (shown) => {
          clearTimeout(timer);
          resolve({ ...shown, messages });
        },
      };
      this.#pending.set(payload.id, pending);
      this.gateway.dispatch("INTERACTION_CREATE", payload);
    });
  }

  /** What this user sees in a channel, oldest first. */
  seen(user: User, channelId: string): readonly Message[] {
    const channel = this.#channel(channelId);
    if (channel.with !== undefined && channel.with !== user.id) return [];
    return channel.messages.filter(({ onlyFor }) => onlyFor === undefined || onlyFor === user.id);
  }

  /** The direct message of this user with the bot. */
  direct(user: User): Channel {
    const known = [...this.channels.values()].find((channel) => channel.with === user.id);
    return known ?? this.#addChannel({ name: user.username, type: 1, parent_id: null, with: user.id });
  }

  #addChannel(more: Pick<Channel, "name" | "type" | "parent_id" | "with" | "server">, id = this.snowflake()): Channel {
    const channel: Channel = { id, ...more, messages: [] };
    this.channels.set(id, channel);
    if (channel.type !== 1)
      this.gateway?.dispatch(channel.type === 0 ? "CHANNEL_CREATE" : "THREAD_CREATE", this.#described(channel));
    return channel;
  }

  #thread(parent: string, id: string, name: string): Channel {
    if (this.channels.has(id)) throw new Refusal(400, 160004, "A thread has already been created for this message");
    const { server } = this.#channel(parent);
    return this.#addChannel({ name, type: 11, parent_id: parent, ...(server && { server }) }, id);
  }

  #described(channel: Channel): object {
    const { id, name, type, parent_id, messages, archived = false } = channel;
    const last_message_id = messages.findLast(({ onlyFor }) => onlyFor === undefined)?.id ?? null;
    return {
      id,
      name,
      type,
      parent_id,
      guild_id: this.#serverOf(channel),
      last_message_id,
      thread_metadata: { archived },
    };
  }

  #listed(type: number, server: string): object[] {
    return [...this.channels.values()]
      .filter((each) => each.type === type && !each.archived && this.#serverOf(each) === server)
      .map((each) => this.#described(each));
  }

  #author({ id, username, bot = false }: User): Message["author"] {
    return { id, username, bot };
  }

  /** What the API says of a message: no nonce, which only the first answer has. */
  #public({ nonce: _, onlyFor: __, reactions, attachments, ...message }: Message): object {
    const files = attachments.map(({ bytes, ...file }) => ({ ...file, size: bytes.length }));
    return {
      ...message,
      attachments: files,
      reactions: [...reactions].map((name) => ({ emoji: { name }, count: 1, me: true })),
    };
  }

  #channel(id: string): Channel {
    const channel = this.channels.get(id);
    if (channel === undefined) throw new Refusal(404, 10003, "Unknown Channel");
    return channel;
  }

  #message(channel: Channel, id: string): Message {
    const message = channel.messages.find((each) => each.id === id && each.onlyFor === undefined);
    if (message === undefined) throw new Refusal(404, 10008, "Unknown Message");
    return message;
  }

  #flags(): number {
    return this.readsContent ? 1 << 19 : 0;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", `http://${this.address}`);
    const method = request.method ?? "GET";
    const path = url.pathname.replace(/^\/api\/v10/, "");
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { text, uploads } = await partsOf(request, Buffer.concat(chunks));
    const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      this.calls.push({ method, path, status });
      response.writeHead(status, { ...(body !== undefined && { "content-type": "application/json" }), ...headers });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    };
    await this.before({ method, path });
    if (this.away) return answer(503, { message: "Service unavailable", code: 0 });
    if (this.#limits > 0) {
      this.#limits--;
      return this.#tooFast(answer, 0.4, "user");
    }
    const posts = /^\/channels\/(\d+)\/messages$/.exec(path);
    if (method === "POST" && posts) {
      const key = posts[1] ?? "";
      const now = Date.now();
      const recent = (this.#spent.get(key) ?? []).filter((at) => now - at < this.bucket.perMs);
      if (recent.length >= this.bucket.size)
        return this.#tooFast(answer, (this.bucket.perMs - (now - (recent[0] ?? now))) / 1000, "user");
      this.#spent.set(key, [...recent, now]);
    }
    try {
      const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
      const bot = request.headers.authorization === `Bot ${this.token}`;
      if (uploads.size > 0 && (BigInt(this.permissions) & attachFiles) === 0n)
        throw new Refusal(403, 50013, "Missing Permissions");
      const result = this.#handle({ method, path, query: url.searchParams, body, uploads, bot });
      return answer(result === undefined ? 204 : 200, result);
    } catch (error) {
      if (!(error instanceof Refusal)) return answer(500, { message: String(error), code: 0 });
      const { code, message, errors } = error;
      return answer(error.status, { code, message, ...(errors && { errors }) });
    }
  }

  #tooFast(
    answer: (status: number, body: unknown, headers: Record<string, string>) => void,
    seconds: number,
    scope: string,
  ) {
    answer(
      429,
      { message: "You are being rate limited.", retry_after: seconds, global: false },
      {
        "retry-after": String(Math.ceil(seconds)),
        "x-ratelimit-limit": String(this.bucket.size),
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset-after": String(seconds),
        "x-ratelimit-bucket": "rig-messages",
        "x-ratelimit-scope": scope,
      },
    );
  }

  #handle(call: Call): unknown {
    const { method, path, body } = call;
    const open = /^\/(interactions|webhooks)\//.test(path);
    if (!call.bot && !open) throw new Refusal(401, 0, "401: Unauthorized");
    const [, area = "", id = "", ...rest] = path.split("/");
    const bad = [id, ...rest].find(
      (each) => /^\w+$/.test(each) && /^(channels|guilds)$/.test(area) && each === id && !/^\d+$/.test(each),
    );
    if (bad !== undefined) throw new Refusal(400, 50035, "Invalid Form Body");
    switch (`${method} ${area}`) {
      case "GET gateway":
        return {
          url: `ws://${this.address}/gateway`,
          shards: 1,
          session_start_limit: { total: 1000, remaining: 999, reset_after: 86_400_000, max_concurrency: 1 },
        };
      case "GET users":
        return rest[0] === "guilds"
          ? this.#servers().map((each) => ({ ...each, members: undefined, permissions: this.permissions }))
          : this.#author(this.#user(this.botId));
      case "POST users":
        return this.#describeDirect(this.#user(String(body["recipient_id"])));
      case "GET applications":
        return { id: this.applicationId, flags: this.#flags() };
      case "PUT applications":
        this.commands = body as unknown as { name: string }[];
        return this.commands;
      case "GET guilds":
        return this.#member(id, rest[1] ?? "");
      case "POST interactions":
        return this.#callBack(id, rest[0] ?? "", body as { type: number; data?: Record<string, unknown> });
      case "POST webhooks":
        return this.#followUp(rest[0] ?? "", body);
      case "PATCH webhooks":
        return this.#editOriginal(rest[0] ?? "", body);
      default:
        if (area === "channels") return this.#inChannel(call, this.#channel(id), rest);
        throw new Refusal(404, 0, "404: Not Found");
    }
  }

  #inChannel({ method, query, body, uploads }: Call, channel: Channel, rest: readonly string[]): unknown {
    const [what, messageId = "", act, emoji = ""] = rest;
    if (what === undefined) {
      if (method === "PATCH") channel.archived = body["archived"] === true;
      return this.#described(channel);
    }
    if (messageId === "" && method === "POST") return this.#create(channel, body, uploads);
    if (messageId === "") return this.#page(channel, query);
    const message = this.#message(channel, messageId);
    if (act === "threads")
      return this.#described(this.#thread(channel.id, messageId, String(body["name"]).slice(0, 100)));
    if (act === "reactions") {
      const name = decodeURIComponent(emoji);
      if (method === "PUT") message.reactions.add(name);
      else message.reactions.delete(name);
      return undefined;
    }
    if (method === "PATCH") {
      if (message.author.id !== this.botId)
        throw new Refusal(403, 50005, "Cannot edit a message authored by another user");
      if (channel.archived) throw new Refusal(400, 50083, "Thread is archived");
      const named = body["attachments"] as readonly { readonly id: string | number }[] | undefined;
      const kept = message.attachments.filter(({ id }) => named === undefined || named.some((one) => one.id === id));
      const attachments = [...kept, ...this.#attached(body, uploads)];
      message.components = checkMessage(
        body,
        attachments.map(({ filename }) => filename),
      );
      message.attachments = attachments;
    }
    return this.#public(message);
  }

  /** What was uploaded, with the words the body has for it. */
  #attached(body: Record<string, unknown>, uploads: Call["uploads"]): Attachment[] {
    const described = (body["attachments"] ?? []) as readonly { readonly id: string | number; description?: string }[];
    return [...uploads].map(([id, upload]) => {
      const description = described.find((one) => String(one.id) === id)?.description ?? "";
      return { ...upload, id: this.snowflake(), description };
    });
  }

  #create(channel: Channel, body: Record<string, unknown>, uploads: Call["uploads"]): object {
    const reader = channel.with === undefined ? undefined : this.users.get(channel.with);
    if (reader && !reader.takesDirects) throw new Refusal(403, 50007, "Cannot send messages to this user");
    const attachments = this.#attached(body, uploads);
    const components = checkMessage(
      body,
      attachments.map(({ filename }) => filename),
    );
    const nonce = typeof body["nonce"] === "string" ? body["nonce"] : undefined;
    const twin = channel.messages.find((each) => nonce !== undefined && each.nonce === nonce);
    if (twin && body["enforce_nonce"] === true) return { ...this.#public(twin), nonce };
    const reference = (body["message_reference"] as { message_id: string } | undefined)?.message_id;
    const answered = channel.messages.find(({ id }) => id === reference);
    channel.archived = false;
    const message: Message = {
      id: this.snowflake(),
      channel_id: channel.id,
      type: answered ? 19 : 0,
      author: this.#author(this.#user(this.botId)),
      content: "",
      components,
      attachments,
      flags: Number(body["flags"]),
      mentions: [],
      ...(answered && { message_reference: { message_id: answered.id }, referenced_message: answered }),
      ...(nonce !== undefined && { nonce }),
      reactions: new Set(),
    };
    channel.messages.push(message);
    this.gateway.dispatch("MESSAGE_CREATE", this.event(message));
    return { ...this.#public(message), nonce };
  }

  #page(channel: Channel, query: URLSearchParams): object[] {
    const after = query.get("after");
    const limit = Number(query.get("limit") ?? 50);
    const open = channel.messages.filter(({ onlyFor }) => onlyFor === undefined);
    const later =
      after === null ? open.slice(-limit) : open.filter(({ id }) => BigInt(id) > BigInt(after)).slice(0, limit);
    return later.toReversed().map((message) => this.#public(message));
  }

  #user(id: string): User {
    const user = this.users.get(id);
    if (user === undefined) throw new Refusal(404, 10013, "Unknown User");
    return user;
  }

  #describeDirect(user: User): object {
    const { id, type } = this.direct(user);
    return { id, type, recipients: [this.#author(user)] };
  }

  #member(guild: string, id: string): object {
    const other = this.others.find((each) => each.id === guild);
    if (other === undefined && guild !== this.guildId) throw new Refusal(404, 10004, "Unknown Guild");
    const user = this.#user(id);
    if (other ? !other.members.has(user) : user.member === null) throw new Refusal(404, 10007, "Unknown Member");
    if (other) return { user: this.#author(user), flags: 0, pending: false, roles: [] };
    return { user: this.#author(user), flags: 0, pending: false, ...user.member };
  }

  #callBack(
    id: string,
    token: string,
    { type, data = {} }: { type: number; data?: Record<string, unknown> },
  ): undefined {
    const pending = this.#pending.get(id);
    if (pending?.token !== token) throw new Refusal(404, 10062, "Unknown interaction");
    if (pending.answered) throw new Refusal(400, 40060, "Interaction has already been acknowledged.");
    if (type === 4) this.#show(pending, data);
    if (type === 9) checkModal(data);
    pending.answered = true;
    if (type === 4) pending.settle({ kind: "message" });
    if (type === 6) pending.settle({ kind: "nothing" });
    if (type === 8) pending.settle({ kind: "choices", choices: data["choices"] as { name: string; value: string }[] });
    if (type === 9) pending.settle({ kind: "modal", modal: data as unknown as NonNullable<Shown["modal"]> });
    return undefined;
  }

  #show(pending: Pending, body: Record<string, unknown>): Message {
    const message: Message = {
      id: this.snowflake(),
      channel_id: pending.channel.id,
      type: 20,
      author: this.#author(this.#user(this.botId)),
      content: "",
      components: checkMessage(body),
      attachments: [],
      flags: Number(body["flags"]),
      mentions: [],
      reactions: new Set(),
      ...((Number(body["flags"]) & 64) !== 0 && { onlyFor: pending.user.id }),
    };
    pending.channel.messages.push(message);
    pending.messages.push(message);
    pending.original ??= message;
    return message;
  }

  /** A quarter of an hour passes for every interaction so far: their tokens are good for nothing any more. */
  outliveInteractions(): void {
    this.#pending.clear();
  }

  #byToken(token: string): Pending {
    const pending = [...this.#pending.values()].find((each) => each.token === token);
    if (!pending?.answered) throw new Refusal(404, 10015, "Unknown Webhook");
    return pending;
  }

  #followUp(token: string, body: Record<string, unknown>): object {
    return this.#public(this.#show(this.#byToken(token), body));
  }

  #editOriginal(token: string, body: Record<string, unknown>): object {
    const pending = this.#byToken(token);
    if (pending.original === null) {
      const shown = this.#show(pending, body);
      pending.settle({ kind: "message" });
      return this.#public(shown);
    }
    pending.original.components = checkMessage(body);
    return this.#public(pending.original);
  }
}

/** The JSON of a request, and what it uploads: https://discord.com/developers/docs/reference#uploading-files */
async function partsOf(
  { headers }: IncomingMessage,
  whole: Buffer,
): Promise<{ readonly text: string; readonly uploads: ReadonlyMap<string, Upload> }> {
  const type = headers["content-type"] ?? "";
  if (!type.startsWith("multipart/form-data")) return { text: whole.toString(), uploads: new Map() };
  const form = await new Response(new Uint8Array(whole), { headers: { "content-type": type } }).formData();
  const uploads = new Map<string, Upload>();
  for (const [name, value] of form) {
    const [, id] = /^files\[(\d+)\]$/.exec(name) ?? [];
    if (id === undefined || typeof value === "string") continue;
    uploads.set(id, { filename: value.name, bytes: Buffer.from(await value.arrayBuffer()) });
  }
  return { text: String(form.get("payload_json") ?? ""), uploads };
}
