import { z } from "zod";
import type { Api } from "./api.ts";
import { standingOf } from "./standing.ts";

export interface HomeParts {
  readonly api: Api;
  /** The server of a channel; null where Discord does not let us see it. */
  serverOf(channel: string): Promise<string | null>;
}

/** Which server vouches for somebody in a direct message. Throws the API's faults. */
export interface Homes {
  /** The server of the channel it is about, if they are a member there; otherwise the first of ours they are a member of; "" is none. */
  of(user: string, about: string | null): Promise<string>;
}

const Servers = z.array(z.object({ id: z.string() }));
/** A direct message has no server, so what was found out about its author holds for a minute. What they may do is asked at every decision. */
const holdsMs = 60_000;
const mostServers = 10;
const mostKept = 5_000;

export function createHomes({ api, serverOf }: HomeParts): Homes {
  const servers = remembering(async () => (await api.call("get", "/users/@me/guilds", Servers)).map(({ id }) => id));
  const homes = remembering(async (key: string) => {
    const [user = "", about = ""] = key.split(" ");
    const first = about === "" ? null : await serverOf(about);
    const others = (await servers("")).filter((id) => id !== first);
    for (const workspace of [...(first === null ? [] : [first]), ...others].slice(0, mostServers)) {
      const { kind } = await standingOf(api, { platform: "discord", workspace, userId: user });
      if (kind !== "outsider") return workspace;
    }
    return "";
  });
  return { of: (user, about) => homes(`${user} ${about ?? ""}`) };
}

/** Answers are kept for a minute, also while they are on their way; failures are not. */
function remembering<T>(find: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const kept = new Map<string, { readonly until: number; readonly found: Promise<T> }>();
  return (key) => {
    const now = performance.now();
    const known = kept.get(key);
    if (known !== undefined && known.until > now) return known.found;
    for (const [old, { until }] of kept) if (until <= now || kept.size >= mostKept) kept.delete(old);
    const found = find(key);
    kept.set(key, { until: now + holdsMs, found });
    found.catch(() => kept.delete(key));
    return found;
  };
}
