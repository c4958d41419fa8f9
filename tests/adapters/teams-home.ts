import { Hono } from "hono";
import { cardOf } from "../../rigs/teams/client.ts";
import type { Loose, Room, Shown, User } from "../../rigs/teams/rooms.ts";
import { startTeams, type TeamsRig } from "../../rigs/teams/server.ts";
import { type Cloud, publicCloud } from "../../src/adapters/teams/cloud.ts";
import { createTeams } from "../../src/adapters/teams/connect.ts";
import { toProblem } from "../../src/http/errors.ts";
import { listen } from "../../src/http/listen.ts";
import type { Parsed, Reach, View } from "../../src/messages/adapter.ts";
import type { ChatPlatform, Intake, Memory, OwnAnswer, PlatformParts, Taken } from "../../src/messages/platform.ts";

export const tenant = "default";

/** Steward's side of Teams against a local Teams, with an intake that notes what it takes and answers as it is told. */
export interface Home extends AsyncDisposable {
  readonly rig: TeamsRig;
  readonly platform: ChatPlatform;
  readonly ana: User;
  readonly ben: User;
  readonly ops: Room;
  readonly took: Parsed[];
  readonly faults: Error[];
  readonly kept: Map<string, string>;
  /** What `take` answers from now on; unless told otherwise, what was said is stored. */
  answers(taken: Taken | Error): void;
  /** The card that `cardOf` knows. */
  card: View | null;
  /** What `answerOf` knows, by user id. */
  readonly own: Map<string, OwnAnswer>;
  reach(privateTo?: string | null): Reach;
}

/** The rig as a cloud: its addresses, and nobody else's. */
export function cloudOf(rig: Pick<TeamsRig, "url" | "serviceUrl">): Cloud {
  return {
    ...publicCloud,
    openIdUrl: `${rig.url}/openid`,
    loginUrl: `${rig.url}/`,
    serviceUrl: rig.serviceUrl,
    serves: (url) => url === rig.serviceUrl,
  };
}

export async function openHome({ kept = new Map<string, string>() } = {}): Promise<Home> {
  const rig = await startTeams();
  const [ana, ben] = [rig.rooms.user("ana", rig.app.tenantId), rig.rooms.user("ben", rig.app.tenantId)];
  const ops = rig.rooms.room("channel", [ana, ben]);
  const faults: Error[] = [];
  const memory: Memory = {
    keep: async (of, key, value) => void kept.set(`${of} ${key}`, value),
    recall: async (of, key) => kept.get(`${of} ${key}`) ?? null,
  };
  const parts: PlatformParts = {
    tenant,
    memory,
    leader: { lead: () => Promise.reject(new Error("Teams needs no leader")) },
    address: (path) => `https://steward.example.com${path}`,
    examples: [],
    onError: (error) => void faults.push(error),
  };
  const platform = createTeams({ app: rig.app }, parts, cloudOf(rig));
  const took: Parsed[] = [];
  let told: Taken | Error | null = null;
  const home: Home = {
    rig,
    platform,
    ana,
    ben,
    ops,
    took,
    faults,
    kept,
    card: null,
    own: new Map(),
    answers(taken) {
      told = taken;
    },
    reach: (privateTo = null) => ({ tenant, privateTo, signal: new AbortController().signal }),
    async [Symbol.asyncDispose]() {
      await listening.close(0);
      await platform.stop();
      await rig[Symbol.asyncDispose]();
    },
  };
  const intake: Intake = {
    async take(delivery) {
      const parsed = platform.adapter.parse(delivery);
      took.push(parsed);
      if (told instanceof Error) throw told;
      if (parsed.kind === "unsupported" || parsed.kind === "forged") return parsed;
      return told ?? { kind: "stored", duplicate: false };
    },
    cardOf: async () => home.card,
    answerOf: async (_tenant, { userId }) => home.own.get(userId) ?? null,
    home: async () => null,
    feedback: async () => undefined,
  };
  const doors = new Hono();
  for (const { path, handle } of platform.doors ?? []) doors.post(path, (c) => handle(c.req.raw, intake));
  doors.onError((error, c) => toProblem(c, error));
  const listening = await listen(doors as never, { host: "127.0.0.1", port: 0 });
  rig.client.endpoint = `${listening.url}/api/messages`;
  await platform.start(intake);
  return home;
}

/** A card of Teams, read back as the view it was drawn from. */
export function viewOf(shown: Shown, viewer: User): View {
  const card = cardOf(shown, viewer);
  const words = (id: string): string | undefined =>
    card.body
      .find((block: Loose) => block.id === id)
      ?.inlines.map((run: Loose) => run.text)
      .join("");
  const fields = card.body.flatMap((block: Loose) => {
    const [label, value] = block.id?.startsWith("field-") ? block.inlines : [];
    return label === undefined ? [] : [{ label: label.text.replace(/: $/, ""), value: value.text }];
  });
  const buttons = (card.actions ?? []).flatMap(({ type, title, style, data }: Loose) => {
    const looks = { label: title, style: { positive: "primary", destructive: "danger" }[style as string] ?? "default" };
    if (type !== "Action.Execute") return [];
    return [data.say === undefined ? { ...looks, token: data.token } : { ...looks, say: data.say }];
  });
  const [title, outcome] = [words("title"), words("outcome")];
  return {
    text: words("text") ?? "",
    ...(title !== undefined && { title }),
    ...(fields.length > 0 && { fields }),
    ...(buttons.length > 0 && { buttons }),
    ...(outcome !== undefined && { outcome }),
  };
}
