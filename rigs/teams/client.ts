import { randomUUID } from "node:crypto";
import type { Signer } from "./keys.ts";
import { conversationOf, type Loose, type Room, type Rooms, type Shown, type User } from "./rooms.ts";

export interface ClientParts {
  readonly rooms: Rooms;
  readonly app: { readonly id: string; readonly tenantId: string };
  readonly serviceUrl: string;
  /** Null: unsigned, as a local client speaks. */
  readonly signer: Signer | null;
}

/** How the bot answered a press. */
export interface Pressed {
  readonly status: number;
  /** What whoever pressed is told in words; null where a card came, or nothing. */
  readonly sentence: string | null;
}

const tries = 3;
/** For more people than these Teams asks for no drawings of their own. */
const mostViewers = 60;

/** What people do in Teams, sent to the bot as Teams sends it: signed, and again when the bot did not acknowledge. */
export class Client {
  readonly #parts: ClientParts;
  /** The bot's messaging endpoint. */
  endpoint = "";

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  /** The bot's name in Teams. */
  get bot(): string {
    return `28:${this.#parts.app.id}`;
  }

  /** Writes in a room, in a thread of it or at its top. A channel's message reaches the bot only with a mention. */
  async say(
    from: User,
    room: Room,
    text: string,
    { thread = null, mention = room.type !== "personal" }: { thread?: string | null; mention?: boolean } = {},
  ): Promise<Shown> {
    const shown = this.#parts.rooms.add(room, thread, from, { type: "message", text });
    if (mention || room.type === "personal") await this.deliver(this.message(from, shown, text, mention));
    return shown;
  }

  /** A message as Teams describes it to a bot. */
  message(from: User, shown: Pick<Shown, "id" | "room" | "thread">, text: string, mention: boolean): Loose {
    const tag = "<at>Steward</at>";
    const entity = { type: "mention", mentioned: { id: this.bot, name: "Steward" }, text: tag };
    return {
      ...this.activity("message", from, shown),
      id: shown.id,
      text: mention ? `${tag}&nbsp;${text}` : text,
      textFormat: "plain",
      entities: [...(mention ? [entity] : []), { type: "clientInfo", locale: "en-GB", country: "GB", platform: "Web" }],
      attachments: [{ contentType: "text/html", content: `<p>${text}</p>` }],
    };
  }

  /** What all activities have. */
  activity(type: string, from: User, shown: Pick<Shown, "id" | "room" | "thread">): Loose {
    const { app, serviceUrl } = this.#parts;
    const { type: conversationType } = shown.room;
    return {
      type,
      id: `f:${randomUUID()}`,
      timestamp: new Date().toISOString(),
      serviceUrl,
      channelId: "msteams",
      from: { id: from.id, name: from.name, aadObjectId: from.aadObjectId },
      conversation: {
        id: conversationOf(shown),
        conversationType,
        tenantId: app.tenantId,
        ...(conversationType !== "personal" && { isGroup: true }),
      },
      recipient: { id: this.bot, name: "Steward" },
      channelData: { tenant: { id: app.tenantId } },
      locale: "en-GB",
    };
  }

  /** Presses a button by its label; `old` presses as a client does that does not know Action.Execute. */
  async press(
    from: User,
    shown: Shown,
    label: string,
    { inputs = {}, old = false }: { inputs?: Readonly<Record<string, string>>; old?: boolean } = {},
  ): Promise<Pressed> {
    const action = cardOf(shown, from)?.actions?.find((each: Loose) => each.title === label);
    if (action === undefined) throw new Error(`${from.name} sees no button “${label}”`);
    const data = { ...action.data, ...(action.associatedInputs === "none" ? {} : inputs) };
    const common = { replyToId: shown.id };
    if (old) {
      const { status } = await this.deliver({ ...this.activity("message", from, shown), ...common, value: data });
      return { status, sentence: null };
    }
    const { status, body } = await this.deliver({
      ...this.activity("invoke", from, shown),
      ...common,
      name: "adaptiveCard/action",
      value: { action: { type: "Action.Execute", title: label, verb: action.verb, data }, trigger: "manual" },
    });
    if (isCard(body)) shown.own.set(from, body.value);
    return { status, sentence: typeof body?.value === "string" ? body.value : (body?.value?.message ?? null) };
  }

  /**
   * Looks at a message. Teams asks the bot for a drawing of the viewer's own where the card names them, once for each edit;
   * when nothing of use comes, they see what everybody sees.
   */
  async look(viewer: User, shown: Shown): Promise<void> {
    const { activity } = shown;
    const content = activity.attachments?.[0]?.content;
    const named: readonly string[] = content?.refresh?.userIds?.slice(0, mostViewers) ?? [];
    if (shown.own.has(viewer) || !named.includes(viewer.id)) return;
    const { body } = await this.refresh(viewer, shown, "automatic");
    if (shown.activity === activity) shown.own.set(viewer, isCard(body) ? body.value : content);
  }

  /** Asks for a drawing of their own, as the card's menu does, or Teams by itself. */
  refresh(viewer: User, shown: Shown, trigger: "automatic" | "manual"): Promise<{ status: number; body: Loose }> {
    const { action } = shown.activity.attachments[0].content.refresh;
    return this.deliver({
      ...this.activity("invoke", viewer, shown),
      replyToId: shown.id,
      name: "adaptiveCard/action",
      value: { action, trigger },
    });
  }

  /** Sends an activity until it is acknowledged, at most three times. */
  async deliver(activity: Loose, authorization = this.authorization()): Promise<{ status: number; body: Loose }> {
    for (let left = tries - 1; ; left--) {
      const response = await fetch(this.endpoint, {
        method: "POST",
        headers: { "content-type": "application/json", ...(authorization !== null && { authorization }) },
        body: typeof activity === "string" ? activity : JSON.stringify(activity),
      });
      const text = await response.text();
      if (response.status >= 502 && left > 0) continue;
      return { status: response.status, body: text === "" ? null : JSON.parse(text) };
    }
  }

  /** The Authorization header Teams sends, with what a test wants otherwise. */
  authorization(claims: Readonly<Record<string, unknown>> = {}): string | null {
    const { signer, app, serviceUrl } = this.#parts;
    const now = Math.floor(Date.now() / 1000);
    const usual = {
      iss: "https://api.botframework.com",
      aud: app.id,
      nbf: now - 60,
      exp: now + 3600,
      serviceurl: serviceUrl,
    };
    return signer === null ? null : `Bearer ${signer.sign({ ...usual, ...claims })}`;
  }
}

function isCard(body: Loose): boolean {
  return body?.type === "application/vnd.microsoft.card.adaptive";
}

/** The card of a message as somebody sees it; undefined where it has none. */
export function cardOf(shown: Shown, viewer: User): Loose {
  return shown.own.get(viewer) ?? shown.activity.attachments?.[0]?.content;
}

/** All words of a card, top to bottom. */
export function wordsOf(card: Loose): string[] {
  const words: string[] = (card?.body ?? []).map((block: Loose) =>
    block.type === "Image"
      ? `(picture: ${block.altText})`
      : (block.inlines ?? []).map((run: Loose) => run.text).join(""),
  );
  return words.filter((text) => text !== "");
}

/** The picture on a card, as a client draws it: its words, and its bytes where it came with the card. */
export function pictureOf(card: Loose): { readonly alt: string; readonly png: Buffer } | null {
  const image = (card?.body ?? []).find((block: Loose) => block.type === "Image");
  const [, bytes] = /^data:image\/png;base64,([A-Za-z0-9+/=]+)$/.exec(image?.url ?? "") ?? [];
  return bytes === undefined ? null : { alt: image.altText ?? "", png: Buffer.from(bytes, "base64") };
}
