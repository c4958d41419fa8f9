import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import { type Api, codes, unless } from "./api.ts";
import { compare } from "./ledger.ts";

const Page = z.array(z.looseObject({ id: z.string() }));
const pageSize = 100;
const mostPages = 10;

/**
 * The messages of a channel after this one, oldest first, until `held` is aborted; none where we may not read. While
 * Discord is busy it waits. Throws Fault("platform-refused") after a thousand: what is newer is not read.
 */
export async function* missedIn(
  api: Api,
  channel: string,
  since: string,
  held: AbortSignal,
): AsyncGenerator<z.output<typeof Page>[number]> {
  let after = since;
  for (let page = 0; page < mostPages && !held.aborted; page++) {
    const query = { after, limit: String(pageSize) };
    const got = await patiently(held, () =>
      unless(
        api.call("get", `/channels/${channel}/messages`, Page, { query, signal: held }),
        codes.missingAccess,
        codes.missingPermissions,
        codes.unknownChannel,
      ),
    );
    const messages = (got ?? []).toSorted((a, b) => compare(a.id, b.id));
    yield* messages;
    if (messages.length < pageSize) return;
    after = messages.at(-1)?.id ?? after;
  }
  if (held.aborted) return;
  throw new Fault(
    "platform-refused",
    `Discord channel ${channel} has more than ${mostPages * pageSize} messages from while Steward was away; the newer ones were not read.`,
  );
}

/** Tries again whatever Discord cannot do just now; null when `held` was aborted. */
async function patiently<T>(held: AbortSignal, work: () => Promise<T>): Promise<T | null> {
  while (!held.aborted) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Fault) || error.retryAfterMs === null) throw error;
      await wait(error.retryAfterMs, undefined, { signal: held }).catch(() => undefined);
    }
  }
  return null;
}
