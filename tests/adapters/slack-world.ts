import { type Outgoing, signed } from "../../rigs/slack/deliveries.ts";
import type { Block, Element, Message } from "../../rigs/slack/shapes.ts";
import { type SlackRig, startSlackRig } from "../../rigs/slack/slack.ts";
import { createSlack, type SlackConnection } from "../../src/adapters/slack/connect.ts";
import type { Incoming } from "../../src/domain/incoming.ts";
import type { Delivery, Press, Reach, Sender, View, ViewButton } from "../../src/messages/adapter.ts";
import type { ChatPlatform, Home, Intake, Taken } from "../../src/messages/platform.ts";

export const tenant = "default";

/** An intake that keeps what it takes, once for each delivery key, and answers presses as a test says. */
export interface Kept extends Intake {
  readonly incomings: Incoming[];
  readonly presses: Press[];
  readonly refusedDeliveries: Taken[];
  readonly opinions: { readonly who: Sender; readonly about: string; readonly liked: boolean }[];
  /** Called before a delivery is kept; throws where a test wants the store to be gone. */
  before(): Promise<void>;
  decide(press: Press): Taken;
  cards: Map<string, View>;
  homes: Map<string, Home>;
}

export interface SlackWorld extends AsyncDisposable {
  readonly rig: SlackRig;
  readonly platform: ChatPlatform;
  readonly kept: Kept;
  readonly errors: Error[];
  reach(privateTo?: string | null): Reach;
}

/** Opens a workspace with #ops (ana, ben, Steward) and Steward connected to it. */
export async function openSlack({
  mode = "http",
  retryAfterMs = [0, 20, 40],
  ...more
}: { mode?: "http" | "socket" } & NonNullable<Parameters<typeof startSlackRig>[0]> = {}): Promise<SlackWorld> {
  const errors: Error[] = [];
  const remembered = new Map<string, string>();
  const door = { handle: async (_request: Request): Promise<Response> => new Response(null, { status: 503 }) };
  const http = mode === "http" ? await listen((request) => door.handle(request)) : null;
  const rig = await startSlackRig({ requestUrl: http?.url ?? null, retryAfterMs, ...more });
  for (const name of ["ana", "ben", "cara"]) rig.somebody(name);
  rig.workspace.addChannel("ops", "public", ["U0ANA", "U0BEN", rig.workspace.botUserId]);
  const settings: SlackConnection = {
    botToken: rig.botToken,
    appToken: mode === "socket" ? rig.appToken : null,
    signingSecret: mode === "http" ? rig.signingSecret : null,
    apiUrl: rig.apiUrl,
  };
  const platform = createSlack(settings, {
    tenant,
    memory: {
      keep: async (_tenant, key, value) => void remembered.set(key, value),
      recall: async (_tenant, key) => remembered.get(key) ?? null,
    },
    leader: { lead: async (_name, signal, work) => work(signal) },
    address: (path) => new URL(path, "https://steward.example.com").href,
    examples: ["restart checkout in production", "status of checkout"],
    onError: (error) => void errors.push(error),
  });
  const kept = keeping(platform);
  const [first] = platform.doors ?? [];
  if (first) door.handle = (request) => first.handle(request, kept);
  await platform.start(kept);
  return {
    rig,
    platform,
    kept,
    errors,
    reach: (privateTo = null) => ({ tenant, privateTo, signal: new AbortController().signal }),
    async [Symbol.asyncDispose]() {
      await platform.stop();
      await rig[Symbol.asyncDispose]();
      await http?.close();
    },
  };
}

function keeping(platform: ChatPlatform): Kept {
  const kept: Kept = {
    incomings: [],
    presses: [],
    refusedDeliveries: [],
    opinions: [],
    cards: new Map(),
    homes: new Map(),
    before: async () => undefined,
    decide: () => ({ kind: "decided", sentence: "You approved it." }),
    async take(delivery) {
      const parsed = platform.adapter.parse(delivery);
      await kept.before();
      if (parsed.kind === "press") {
        kept.presses.push(parsed.press);
        return kept.decide(parsed.press);
      }
      if (parsed.kind !== "incoming") {
        kept.refusedDeliveries.push(parsed);
        return parsed;
      }
      const { incoming } = parsed;
      if (!incoming.addressed) return { kind: "silent" };
      if (parsed.by.userId === "U0STRANGER") return { kind: "stranger", sentence: "I do not know you yet." };
      const duplicate = kept.incomings.some((each) => each.deliveryKey === incoming.deliveryKey);
      if (!duplicate) kept.incomings.push(incoming);
      return { kind: "stored", duplicate };
    },
    answerOf: async () => null,
    cardOf: async (_tenant, _who, token) => kept.cards.get(token) ?? null,
    home: async (_tenant, who) => kept.homes.get(who.userId) ?? null,
    feedback: async (_tenant, who, about, liked) => void kept.opinions.push({ who, about, liked }),
  };
  return kept;
}

/** A delivery as the HTTP door hands it over, signed now unless `more` says otherwise. */
export function delivery(rig: SlackRig, outgoing: Outgoing, more: { at?: number; signedAt?: number } = {}): Delivery {
  const { at = Date.now(), signedAt = at } = more;
  return { tenant, at: new Date(at), ...signed(outgoing, { signingSecret: rig.signingSecret, at: signedAt }) };
}

/** What a message says, read back from Slack's blocks. */
export function viewOf(message: Message): View {
  const { blocks } = message;
  const find = (type: string) => blocks.find((block) => block.type === type);
  const header = find("header")?.text;
  const title = typeof header === "object" ? header.text : header;
  const fields = blocks.flatMap((block) => (block.type === "section" ? rowsOf(block) : []));
  const buttons = (find("actions")?.elements ?? []).map(buttonOf);
  const outcome = blocks
    .filter(({ type }) => type === "rich_text")
    .flatMap((block) => (block.elements ?? []).flatMap(({ elements }) => elements ?? []))
    .filter(({ type }) => type === "text")
    .map(({ text }) => text)
    .join("");
  return {
    text: message.text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"),
    ...(title !== undefined && { title }),
    ...(fields.length > 0 && { fields }),
    ...(buttons.length > 0 && { buttons }),
    ...(outcome !== "" && { outcome }),
  };
}

function rowsOf({ fields = [] }: Block) {
  return fields.flatMap((label, at) =>
    at % 2 === 0 ? [{ label: label.text.replace(/:$/, ""), value: fields[at + 1]?.text ?? "" }] : [],
  );
}

function buttonOf({ text, style, action_id, value = "" }: Element): ViewButton {
  const label = typeof text === "string" ? text : (text?.text ?? "");
  const look = { label, style: (style ?? "default") as ViewButton["style"] };
  return action_id?.startsWith("say:") ? { ...look, say: value } : { ...look, token: value };
}

/** A real HTTP server in front of a door, as Slack reaches it. */
async function listen(handle: (request: Request) => Promise<Response>) {
  const { serve } = await import("@hono/node-server");
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = serve({ fetch: handle, port: 0, hostname: "127.0.0.1" }, ({ port }) => resolve(port));
  return {
    url: `http://127.0.0.1:${await promise}/slack/events`,
    close: () => new Promise((done) => server.close(done)),
  };
}
